// The weight of a record is the sum over its functions on the stack of 1/n, n the number of records
// that show the function: svc_process() stands in most reports of the server and says nothing,
// nfs4_locku_prepare() in one. Functions outside of NFS and SUNRPC count only for records that show
// none inside: vfs_read() leads to anything. Functions that the fix only names count half. A report
// that begins with the same function of NFS is worth one more, and one of another kind (a lockup
// against a NULL pointer) half of all.
#include "verdict/near_records.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "facts/culprit.h"
#include "nfs/family.h"

namespace nfstriage::verdict {
namespace {

using knowledge::Record;

constexpr double kNamedOnly = 0.5, kSameBeginning = 1, kOtherKind = 0.5;
constexpr double kWorthSaying = 0.5;  // one function of its own, or two that it shares with another

struct Seen {
    std::set<std::string, std::less<>> functions;
    std::string first_of_nfs;
    std::set<CrashKind> kinds;
};

void add(Seen& seen, const std::vector<Frame>& frames) {
    for (const Frame& frame : frames)
        if (frame.trust < Trust::scan && !frame.function.empty())
            seen.functions.emplace(without_suffix(frame.function));
}

Seen seen_in(const facts::Scene& scene) {
    Seen seen;
    add(seen, facts::blamed_frames(scene).frames);
    for (const facts::Stack& stack : scene.stacks)
        if (stack.role == facts::StackRole::first_error) add(seen, stack.frames);
    seen.first_of_nfs = facts::find_culprit(scene).first_nfs_function;
    for (const auto* crash : {&scene.crash, &scene.first_error})
        if (*crash) seen.kinds.insert((*crash)->kind);
    return seen;
}

using Counts = std::map<std::string_view, std::size_t>;  // records that show a function

Counts count_functions(const knowledge::Library& library) {
    Counts counts;
    for (const auto& [id, record] : library.records) {
        std::set<std::string_view> functions(record.backtrace.begin(), record.backtrace.end());
        functions.insert(record.named.begin(), record.named.end());
        for (std::string_view function : functions) ++counts[function];
    }
    return counts;
}

std::string_view first_of_nfs(const Record& record) {
    for (const std::string& function : record.backtrace)
        if (nfs::component_of(function, "")) return function;
    return "";
}

bool is_of_nfs(const std::string& function) { return nfs::component_of(function, "").has_value(); }

NearRecord weigh(const Record& record, const Seen& seen, const Counts& counts) {
    NearRecord near;
    near.record = &record;
    auto any_of_nfs = [](const std::vector<std::string>& functions) {
        return std::any_of(functions.begin(), functions.end(), is_of_nfs);
    };
    const bool shows_nfs = any_of_nfs(record.backtrace) || any_of_nfs(record.named);
    auto take = [&](const std::vector<std::string>& functions, double worth) {
        for (const std::string& function : functions) {
            bool known =
                std::find(near.shared.begin(), near.shared.end(), function) != near.shared.end();
            if (known || seen.functions.count(function) == 0) continue;
            if (shows_nfs && !is_of_nfs(function)) continue;
            near.shared.push_back(function);
            near.weight += worth / static_cast<double>(counts.at(function));
        }
    };
    take(record.backtrace, 1);
    take(record.named, kNamedOnly);
    if (!near.shared.empty() && !seen.first_of_nfs.empty() &&
        first_of_nfs(record) == seen.first_of_nfs)
        near.weight += kSameBeginning;
    auto shows_as = [&](CrashKind kind) { return seen.kinds.count(kind) != 0; };
    if (!record.kinds.empty() && std::none_of(record.kinds.begin(), record.kinds.end(), shows_as))
        near.weight *= kOtherKind;
    return near;
}

bool may_be_here(const knowledge::Here& here) {
    using knowledge::HereStatus;
    return here.status != HereStatus::fixed && here.status != HereStatus::not_affected &&
           here.plausible != Tri::no;
}

}  // namespace

std::vector<NearRecord> near_records(const facts::Scene& scene, const knowledge::Library& library,
                                     std::size_t most) {
    const Seen seen = seen_in(scene);
    const Counts counts = count_functions(library);
    std::vector<NearRecord> near;
    for (const auto& [id, record] : library.records) {
        if (record.kind != knowledge::RecordKind::bug) continue;
        NearRecord candidate = weigh(record, seen, counts);
        if (candidate.weight >= kWorthSaying) near.push_back(std::move(candidate));
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const NearRecord& a, const NearRecord& b) { return a.weight > b.weight; });
    // Whether the fix is here costs a look at the kernel's code: only the nearest are asked.
    std::vector<NearRecord> result;
    for (NearRecord& candidate : near) {
        if (result.size() == most) break;
        candidate.here = knowledge::status_here(*candidate.record, scene);
        if (may_be_here(candidate.here)) result.push_back(std::move(candidate));
    }
    return result;
}

}  // namespace nfstriage::verdict
