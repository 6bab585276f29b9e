// The verdict: everything that goes out about one crash, as plain values. It mirrors the JSON
// contract (engine/report/verdict.schema.json) field by field; the report room only writes it down.
// Absent means unknown. Nothing here refers to the scene, the rules or the records it was made
// from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facts/culprit.h"
#include "facts/scene.h"
#include "knowledge/record.h"
#include "knowledge/status.h"
#include "nfs/summary.h"
#include "rules/evaluate.h"

namespace nfstriage::verdict {

enum class Status : std::uint8_t {  // best known first: the order of ranking
    known_bug,
    known_condition,
    not_nfs,
    candidate,
    unknown_signature,
    no_crash,
    inconclusive
};
enum class Confidence : std::uint8_t { possible, likely, certain };

std::string_view to_string(Status status);
std::string_view to_string(Confidence confidence);

struct FixHere {  // one commit of a record, and whether this kernel has it
    std::string commit, subject, release;
    std::vector<std::string> stable;
    knowledge::Role role = knowledge::Role::fix;
    knowledge::Presence presence = knowledge::Presence::unknown;
    knowledge::Basis basis = knowledge::Basis::none;
    std::string note;
};

struct RecordHere {
    std::string id, title;
    std::string component;
    knowledge::RecordKind kind = knowledge::RecordKind::bug;
    knowledge::HereStatus status = knowledge::HereStatus::unknown;
    knowledge::Basis basis = knowledge::Basis::none;
    Tri plausible = Tri::unknown;  // as knowledge::Here::plausible
    std::string why;
    std::vector<std::string> evidence;
    std::vector<FixHere> fixes;  // of the fix set that comes closest
    std::string workaround;
    std::vector<knowledge::Regression> regressions;
    std::vector<std::string> aliases;
    // Where no rule matched: the functions of this record that are on the stack, the only thing
    // that was compared (near_records.h).
    std::vector<std::string> shared_functions;
};

struct Diagnosis {  // one entry of `verdicts`
    unsigned rank = 1;
    Status status = Status::inconclusive;
    Confidence confidence = Confidence::possible;
    std::string rule;  // "" when no rule decided
    std::string title;
    std::string explanation;
    std::vector<rules::Evidence> evidence;
    std::vector<RecordHere> records;
    std::vector<knowledge::Step> next_steps;
    std::vector<std::string> not_this;
    std::string component;  // of the rule
};

struct NearMiss {
    std::string rule, title;
    std::string failed_clause, clause_text;
    Tri result = Tri::unknown;
};

struct Signature {
    std::string id, text;
    unsigned version = 1;
    std::vector<std::string> alternates;  // texts
};

struct Limits {
    bool deadline_hit = false, budget_hit = false;
    std::vector<std::string> walks_truncated, rules_not_loaded;
};

struct Statistics {
    std::optional<std::uint64_t> pages_read, bytes_read, cpu_ms, peak_rss_bytes;
};

struct Verdict {
    facts::Input input;
    facts::Kernel kernel;
    facts::Host host;
    std::vector<std::string> servers;  // other hosts that its NFS was a client of, sorted
    std::vector<std::string> modules_of_interest;
    std::optional<facts::Crash> crash, first_error;
    std::optional<facts::Panic> panic;
    facts::Culprit culprit;
    std::vector<facts::Stack> stacks;
    std::optional<nfs::Summary> nfs;  // of the state of NFS; absent for logs
    std::vector<std::string> state;   // sentences about servers, tasks and reports, for people
    std::optional<Signature> signature;
    std::vector<Diagnosis> verdicts;  // at least one, best first
    std::vector<NearMiss> near_misses;
    Limits limits;
    Statistics statistics;
};

}  // namespace nfstriage::verdict
