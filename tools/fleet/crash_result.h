// What a store keeps of one verdict: the whole of it, compressed, and what crashes are grouped by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verdict/verdict.h"

namespace nfstriage::fleet {

// Whether this kernel has the fix of a record, as the verdict says.
struct RecordSaid {
    std::string record;
    knowledge::HereStatus status = knowledge::HereStatus::unknown;
    knowledge::Basis basis = knowledge::Basis::none;
};

struct CrashResult {
    bool is_dump = false;
    bool cut_short = false;  // a limit was hit: made of what was known until then
    verdict::Status status = verdict::Status::inconclusive;
    verdict::Confidence confidence = verdict::Confidence::possible;
    std::string rule, title, crash_kind, component;
    // "" where a crash has none.
    std::string signature, signature_text;
    std::vector<std::string> alternates;
    std::string release, version, arch, vendor;  // of the kernel; "" where not known
    std::string host;                            // "" where not known, or one of many: localhost
    std::optional<std::int64_t> crash_time_s;    // since 1970
    std::vector<std::string> servers;
    std::vector<RecordSaid> records;  // of the first diagnosis, where a rule made it
    std::string json;                 // the verdict, zstd
};

template <class Archive>
void fields(Archive& archive, RecordSaid& said) {
    archive(said.record, said.status, said.basis);
}

template <class Archive>
void fields(Archive& archive, CrashResult& result) {
    archive(result.is_dump, result.cut_short, result.status, result.confidence, result.rule,
            result.title, result.crash_kind, result.component, result.signature,
            result.signature_text, result.alternates, result.release, result.version, result.arch,
            result.vendor, result.host, result.crash_time_s, result.servers, result.records,
            result.json);
}

CrashResult result_of(const verdict::Verdict& verdict);

// The verdict's JSON as it was. Errors: damaged, or more than `most` bytes.
Result<std::string> expand(std::string_view json, std::size_t most = std::size_t{64} << 20);

// From what a process said that read foreign data: whatever does not look like our own words is an
// error. `bytes`: a CrashResult, packed (base/packed.h).
Result<CrashResult> result_from(std::string_view bytes);

}  // namespace nfstriage::fleet
