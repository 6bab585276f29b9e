#include "fleet/crash_result.h"

#include <zstd.h>
#include <algorithm>

#include "base/packed.h"
#include "base/text.h"
#include "report/json.h"

namespace nfstriage::fleet {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kLongestText = 4096;  // a line of a log at most
constexpr std::size_t kMostServers = 64, kMostAlternates = 16, kMostRecords = 16;
// Beyond these a host's clock says nothing: 2000 and 2100.
constexpr std::int64_t kFirstTime_s = 946'684'800, kLastTime_s = 4'102'444'800;

std::string compress(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
    out.resize(ZSTD_isError(size) ? 0 : size);
    return out;
}

// A name that many machines have tells none of them.
bool names_one_host(std::string_view name) {
    return !name.empty() && name != "localhost" && !name.starts_with("localhost.") &&
           name != "(none)";
}

std::string text_of(const std::optional<std::string>& text) { return text ? escape(*text) : ""; }

bool fits(std::string_view text) { return text.size() <= kLongestText && escape(text) == text; }

bool is_plausible(std::int64_t time_s) { return time_s >= kFirstTime_s && time_s < kLastTime_s; }

bool is_sound(const CrashResult& result) {
    using verdict::Confidence;
    using verdict::Status;
    auto all_fit = [](const std::vector<std::string>& texts) {
        return std::all_of(texts.begin(), texts.end(), fits);
    };
    auto record_fits = [](const RecordSaid& said) {
        return fits(said.record) && said.status <= knowledge::HereStatus::unknown &&
               said.basis <= knowledge::Basis::none;
    };
    return result.status <= Status::inconclusive && result.confidence <= Confidence::certain &&
           all_fit({result.rule, result.title, result.crash_kind, result.component,
                    result.signature, result.signature_text, result.release, result.version,
                    result.arch, result.vendor, result.host}) &&
           (!result.crash_time_s || is_plausible(*result.crash_time_s)) &&
           all_fit(result.alternates) && all_fit(result.servers) &&
           result.servers.size() <= kMostServers && result.alternates.size() <= kMostAlternates &&
           result.records.size() <= kMostRecords &&
           std::all_of(result.records.begin(), result.records.end(), record_fits);
}

template <class T>
void keep_first(std::vector<T>& list, std::size_t most) {
    if (list.size() > most) list.resize(most);
}

}  // namespace

CrashResult result_of(const verdict::Verdict& verdict) {
    CrashResult result;
    auto cut = [](std::string text) {
        return text.size() <= kLongestText ? text : text.substr(0, text.rfind(' ', kLongestText));
    };
    result.is_dump = verdict.input.is_dump;
    result.cut_short = verdict.limits.deadline_hit || verdict.limits.budget_hit;
    const verdict::Diagnosis& first = verdict.verdicts.front();
    result.status = first.status;
    result.confidence = first.confidence;
    result.rule = escape(first.rule);
    result.title = cut(escape(first.title));
    result.crash_kind = to_string(verdict.crash ? verdict.crash->kind : CrashKind::none);
    result.component = nfs::to_string(verdict.culprit.component);
    if (verdict.signature && verdict.crash) {
        result.signature = verdict.signature->id;
        result.signature_text = escape(verdict.signature->text);
        for (const std::string& text : verdict.signature->alternates)
            result.alternates.push_back(escape(text));
    }
    result.release = text_of(verdict.kernel.release);
    result.version = text_of(verdict.kernel.version);
    if (verdict.kernel.arch) result.arch = to_string(*verdict.kernel.arch);
    result.vendor = text_of(verdict.kernel.vendor);
    if (verdict.host.name && names_one_host(*verdict.host.name))
        result.host = text_of(verdict.host.name);
    auto time = verdict.host.crash_time_s;
    if (time && is_plausible(*time)) result.crash_time_s = time;
    for (const std::string& server : verdict.servers) result.servers.push_back(escape(server));
    if (!first.rule.empty())
        for (const verdict::RecordHere& record : first.records)
            result.records.push_back({escape(record.id), record.status, record.basis});
    keep_first(result.servers, kMostServers);
    keep_first(result.alternates, kMostAlternates);
    keep_first(result.records, kMostRecords);
    report::JsonOptions options;
    options.indent = -1;
    result.json = compress(report::to_json(verdict, options));
    return result;
}

Result<std::string> expand(std::string_view json, std::size_t most) {
    unsigned long long size = ZSTD_getFrameContentSize(json.data(), json.size());
    bool known = size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;
    if (known && size <= most) {
        std::string text(static_cast<std::size_t>(size), '\0');
        std::size_t got = ZSTD_decompress(text.data(), text.size(), json.data(), json.size());
        if (!ZSTD_isError(got) && got == text.size()) return text;
    }
    return error({}, std::nullopt, "a compressed verdict was expected",
                 "the store is damaged there; analyse that input again with another store");
}

Result<CrashResult> result_from(std::string_view bytes) {
    CrashResult result;
    PackReader reader(bytes);
    reader(result);
    if (reader.failed() || !reader.at_end() || !is_sound(result))
        return error({}, std::nullopt, "a result was expected, the analysis said something else",
                     "look at this input by itself: nfstriage analyze");
    return result;
}

}  // namespace nfstriage::fleet
