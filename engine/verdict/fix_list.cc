#include "verdict/fix_list.h"

#include <algorithm>

namespace nfstriage::verdict {
namespace {

bool names_commit(const knowledge::Record& record, const std::string& hash) {
    auto is_it = [&](const knowledge::Commit& commit) {
        // One of them may have been shortened.
        std::size_t digits = std::min(hash.size(), commit.commit.size());
        return digits != 0 && commit.commit.compare(0, digits, hash, 0, digits) == 0;
    };
    return std::any_of(record.fix_sets.begin(), record.fix_sets.end(), [&](const auto& set) {
        return std::any_of(set.commits.begin(), set.commits.end(), is_it);
    });
}

bool passes(const knowledge::Record& record, const FixFilter& filter) {
    if (!filter.ids.empty() && !filter.ids.contains(record.id)) return false;
    if (!filter.components.empty() && !filter.components.contains(record.component)) return false;
    return filter.commits.empty() ||
           std::any_of(filter.commits.begin(), filter.commits.end(),
                       [&](const std::string& hash) { return names_commit(record, hash); });
}

}  // namespace

RecordHere record_here(const knowledge::Record& record, const knowledge::Here& here) {
    RecordHere result;
    result.id = record.id;
    result.title = record.title;
    result.component = record.component;
    result.kind = record.kind;
    result.status = here.status;
    result.basis = here.basis;
    result.plausible = record.kind == knowledge::RecordKind::condition ? Tri::yes : here.plausible;
    result.why = here.why;
    result.evidence = here.evidence;
    result.workaround = record.workaround;
    result.regressions = record.regressions;
    result.aliases = record.aliases;
    for (const knowledge::CommitHere& commit : here.commits)
        result.fixes.push_back({commit.commit->commit, commit.commit->subject,
                                commit.commit->release, commit.commit->stable, commit.commit->role,
                                commit.presence, commit.basis, commit.commit->note});
    return result;
}

FixList list_fixes(const knowledge::Library& library, const facts::Scene& scene,
                   const FixFilter& filter) {
    FixList list;
    list.input = scene.input;
    list.kernel = scene.kernel;
    for (const Error& error : library.errors) list.records_not_loaded.push_back(to_string(error));
    for (const auto& [id, record] : library.records) {
        if (!passes(record, filter)) continue;
        knowledge::Here here = knowledge::status_here(record, scene);
        if (!filter.statuses.empty() && !filter.statuses.contains(here.status)) continue;
        list.records.push_back(record_here(record, here));
    }
    return list;
}

}  // namespace nfstriage::verdict
