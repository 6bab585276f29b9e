#include "knowledge/status.h"

#include <algorithm>

#include "knowledge/probe_answer.h"
#include "knowledge/release.h"
#include "knowledge/released.h"

namespace nfstriage::knowledge {
namespace {

std::string_view release_of(const facts::Scene& scene) {
    return scene.kernel.release ? std::string_view(*scene.kernel.release) : std::string_view();
}

// What the package that the kernel was built as is known to carry, or the release of a kernel that
// is plain upstream.
CommitHere by_records(const Commit& commit, const facts::Scene& scene) {
    auto package = package_of(scene.kernel.version.value_or(""));
    if (package) return by_package(commit, *package);
    if (auto plain = plain_release(release_of(scene))) return by_release(commit, *plain);
    return {&commit, Presence::unknown, Basis::none, ""};
}

// What a vendor's kernel took over from the mainline release that it is based on. What it has
// beyond that its release does not say, and it may have dropped a fix: so this shows only what
// brought a bug in.
std::optional<CommitHere> by_base(const Commit& commit, const facts::Scene& scene) {
    auto base = base_release(release_of(scene));
    auto mainline = mainline_of(commit);
    if (!base || !mainline || *base < *mainline) return std::nullopt;
    return CommitHere{
        &commit, Presence::present, Basis::release,
        "the release that this kernel is based on has it: in mainline since " + commit.release};
}

bool repairs(Role role) { return role == Role::fix || role == Role::prerequisite; }

struct SetHere {
    std::vector<CommitHere> commits;
    std::size_t present = 0, absent = 0, needed = 0;  // of fixes and prerequisites
};

SetHere ask_set(const FixSet& set, const facts::Scene& scene) {
    SetHere here;
    for (const Commit& commit : set.commits) {
        here.commits.push_back(presence_of(commit, scene));
        if (!repairs(commit.role)) continue;
        ++here.needed;
        here.present += here.commits.back().presence == Presence::present;
        here.absent += here.commits.back().presence == Presence::absent;
    }
    return here;
}

// Without the commit that brought the bug in, the lack of the fix means nothing.
bool may_have_bug(const SetHere& set) {
    bool named = false, present = false;
    for (const CommitHere& here : set.commits) {
        if (here.commit->role != Role::introduces) continue;
        named = true;
        present = present || here.presence == Presence::present;
    }
    return !named || present;
}

// The weakest basis on which a commit of the repair was decided.
Basis basis_of(const SetHere& set) {
    Basis basis = Basis::probe;
    for (const CommitHere& here : set.commits)
        if (repairs(here.commit->role) && here.presence != Presence::unknown && here.basis > basis)
            basis = here.basis;
    return basis;
}

std::string subject_of(const CommitHere& here) {
    return here.commit->commit.empty() ? "\"" + here.commit->subject + "\"" : here.commit->commit;
}

// The commit that brought the bug in is known to be missing.
const CommitHere* missing_introducer(const SetHere& set) {
    for (const CommitHere& here : set.commits)
        if (here.commit->role == Role::introduces && here.presence == Presence::absent)
            return &here;
    return nullptr;
}

bool inside(const Range& range, const Release& kernel) {
    auto introduced = range.introduced == "0" ? Release{} : *parse_release(range.introduced);
    if (kernel < introduced) return false;
    if (range.fixed) return kernel < *parse_release(*range.fixed);
    if (range.last_affected) return kernel <= *parse_release(*range.last_affected);
    return true;
}

// What the mainline releases of the fix say about a kernel based on `base`: it is older than them.
bool older_than_fix(const Record& record, const Release& base) {
    for (const FixSet& set : record.fix_sets) {
        bool has_all = true;
        for (const Commit& commit : set.commits) {
            if (!repairs(commit.role)) continue;
            auto mainline = mainline_of(commit);
            has_all = has_all && mainline && base >= *mainline;
        }
        if (has_all) return false;
    }
    return true;
}

// Whether a kernel based on `base` may have a commit: mainline had it by then, or the stable series
// got it. False only where its release is known.
bool may_have(const Commit& commit, const Release& base) {
    auto mainline = mainline_of(commit);
    if (!mainline || base >= *mainline) return true;
    return std::any_of(commit.stable.begin(), commit.stable.end(), [&](const std::string& text) {
        auto stable = parse_release(text);
        return stable && stable->same_series(base);
    });
}

// Whether one based on `base` has something that brought the bug in, where that is known.
bool may_have_introducer(const Record& record, const Release& base) {
    bool named = false;
    for (const FixSet& set : record.fix_sets)
        for (const Commit& commit : set.commits) {
            if (commit.role != Role::introduces) continue;
            named = true;
            if (may_have(commit, base)) return true;
        }
    return !named;
}

Tri plausible_on(const Record& record, const Release& base) {
    if (!older_than_fix(record, base)) return Tri::no;
    // A vendor may have taken what brought the bug in without the release that had it.
    return may_have_introducer(record, base) ? Tri::yes : Tri::unknown;
}

void decide_from_sets(const std::vector<SetHere>& sets, Here& here) {
    for (const SetHere& set : sets) {
        if (const CommitHere* introducer = missing_introducer(set)) {
            here.status = HereStatus::not_affected;
            here.basis = introducer->basis;
            here.why = "the commit that brought it in, " + subject_of(*introducer) +
                       ", is not in this kernel";
            return;
        }
        if (set.needed != 0 && set.present == set.needed) {
            here.status = HereStatus::fixed;
            here.basis = basis_of(set);
            here.why = "every commit of the fix is in this kernel";
            return;
        }
    }
    for (const SetHere& set : sets) {
        if (set.present == 0 || set.absent == 0) continue;
        here.status = HereStatus::partly_fixed;
        here.basis = basis_of(set);
        here.why = std::to_string(set.present) + " of " + std::to_string(set.needed) +
                   " commits of the fix are in this kernel, " + std::to_string(set.absent) +
                   " are not";
        return;
    }
    bool each_lacks_one =
        !sets.empty() && std::all_of(sets.begin(), sets.end(), [](const SetHere& s) {
            return s.absent != 0 && s.present == 0 && may_have_bug(s);
        });
    if (each_lacks_one) {
        here.status = HereStatus::affected;
        here.basis = basis_of(sets.front());
        here.why = "the fix is not in this kernel";
    }
}

void decide_from_ranges(const Record& record, const Release& kernel, Here& here) {
    for (const Range& range : record.ranges) {
        if (!inside(range, kernel)) continue;
        here.status = HereStatus::affected;
        here.basis = Basis::release;
        here.why = "upstream releases " +
                   (range.introduced == "0" ? "" : "from " + range.introduced + " on ") +
                   (range.fixed           ? "before " + *range.fixed
                    : range.last_affected ? "up to " + *range.last_affected
                                          : "until now") +
                   " have the bug";
        return;
    }
}

void say_why_unknown(const facts::Scene& scene, const std::vector<SetHere>& sets, Here& here) {
    std::string release(release_of(scene));
    if (sets.empty()) {
        here.why = "no fix is known";
        return;
    }
    bool asked = scene.symbols != nullptr || scene.types != nullptr;
    here.why = asked
                   ? "what this input has of symbols and types does not show whether the fix is in"
                   : "a console log does not show the kernel's symbols and types";
    if (release.empty())
        here.why += "; the release is not known";
    else if (!plain_release(release))
        here.why +=
            "; " + release + " is a distributor's kernel, its number does not tell backports";
    else
        here.why += "; upstream " + release + " lies outside of the releases that were checked";
    if (here.plausible == Tri::no) here.why += "; the upstream release it is based on has the fix";
}

}  // namespace

std::string_view to_string(Presence presence) {
    return presence == Presence::present  ? "present"
           : presence == Presence::absent ? "absent"
                                          : "unknown";
}

std::string_view to_string(HereStatus status) {
    switch (status) {
        case HereStatus::fixed:
            return "fixed";
        case HereStatus::partly_fixed:
            return "partly_fixed";
        case HereStatus::affected:
            return "affected";
        case HereStatus::not_affected:
            return "not_affected";
        case HereStatus::unknown:
            break;
    }
    return "unknown";
}

std::string_view to_string(Basis basis) {
    switch (basis) {
        case Basis::probe:
            return "probe";
        case Basis::package:
            return "package";
        case Basis::release:
            return "release";
        case Basis::none:
            break;
    }
    return "none";
}

CommitHere presence_of(const Commit& commit, const facts::Scene& scene) {
    CommitHere probed = by_probe(commit, scene);
    CommitHere recorded = by_records(commit, scene);
    if (recorded.presence == Presence::unknown) {
        auto inherited = by_base(commit, scene);
        bool decides = commit.role == Role::introduces || probed.presence == Presence::absent;
        if (!inherited || !decides) return probed;
        recorded = std::move(*inherited);
    }
    if (probed.presence == Presence::unknown) return recorded;
    if (probed.presence == recorded.presence) return probed;
    return {&commit, Presence::unknown, Basis::none,
            "the kernel itself and its release disagree: " + probed.why + ", but " + recorded.why};
}

Here status_here(const Record& record, const facts::Scene& scene) {
    Here here;
    auto base = base_release(release_of(scene));
    if (base) here.plausible = plausible_on(record, *base);

    std::vector<SetHere> sets;
    for (const FixSet& set : record.fix_sets) sets.push_back(ask_set(set, scene));
    auto closest =
        std::max_element(sets.begin(), sets.end(), [](const SetHere& a, const SetHere& b) {
            return a.present * b.needed < b.present * a.needed;
        });
    if (closest != sets.end()) {
        here.commits = closest->commits;
        for (const CommitHere& commit : here.commits)
            here.evidence.push_back(subject_of(commit) + ": " +
                                    std::string(to_string(commit.presence)) + " (" + commit.why +
                                    ")");
    }

    if (!record.arch.empty() && scene.kernel.arch &&
        std::find(record.arch.begin(), record.arch.end(), *scene.kernel.arch) ==
            record.arch.end()) {
        here.status = HereStatus::not_affected;
        here.basis = Basis::release;
        here.why = "it needs another architecture than " +
                   std::string(nfstriage::to_string(*scene.kernel.arch));
        here.plausible = Tri::no;
        return here;
    }
    if (!record.symbols.empty() && has_none_of(record.symbols, scene) == Tri::yes) {
        here.status = HereStatus::not_affected;
        here.basis = Basis::probe;
        here.why = "its code is not in this kernel: there is no " + record.symbols.front();
        here.plausible = Tri::no;
        return here;
    }
    decide_from_sets(sets, here);
    if (here.status == HereStatus::unknown)
        if (auto plain = plain_release(release_of(scene))) decide_from_ranges(record, *plain, here);
    if (here.status == HereStatus::unknown) say_why_unknown(scene, sets, here);
    if (here.status == HereStatus::fixed || here.status == HereStatus::not_affected)
        here.plausible = Tri::no;
    return here;
}

}  // namespace nfstriage::knowledge
