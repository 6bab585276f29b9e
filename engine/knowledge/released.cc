#include "knowledge/released.h"

namespace nfstriage::knowledge {

std::optional<Release> mainline_of(const Commit& commit) {
    if (!commit.release.starts_with("v")) return std::nullopt;
    return parse_release(std::string_view(commit.release).substr(1));
}

CommitHere by_release(const Commit& commit, const Release& kernel) {
    CommitHere here{&commit, Presence::unknown, Basis::none, ""};
    auto mainline = mainline_of(commit);
    if (mainline && kernel >= *mainline) {
        here.presence = Presence::present;
        here.why = "in mainline since " + commit.release;
    } else {
        for (const std::string& text : commit.stable) {
            auto stable = parse_release(text);
            if (!stable || !stable->same_series(kernel)) continue;
            here.presence = kernel >= *stable ? Presence::present : Presence::absent;
            here.why = "in this series since " + text;
        }
    }
    if (here.presence != Presence::unknown) here.basis = Basis::release;
    return here;
}

CommitHere by_package(const Commit& commit, const Package& package) {
    CommitHere here{&commit, Presence::unknown, Basis::none, ""};
    auto upstream = base_release(package.version);
    if (!upstream) return here;
    const std::string name = package.distribution + " package " + package.version;
    CommitHere inherited = by_release(commit, *upstream);
    if (inherited.presence == Presence::present) {
        here = {&commit, Presence::present, Basis::package,
                name + " is built from a release that has it: " + inherited.why};
    }
    // The changelog's last word up to this version counts: a commit, then perhaps its revert.
    const PackagedCommit* latest = nullptr;
    bool named_later = false;
    for (const PackagedCommit& packaged : commit.packages) {
        auto series = base_release(packaged.version);
        if (packaged.distribution != package.distribution || !series ||
            !series->same_series(*upstream))
            continue;
        bool reached = compare_versions(without_rebuild(package.version), packaged.version) >= 0;
        named_later = named_later || (!reached && !packaged.reverted);
        if (reached &&
            (latest == nullptr || compare_versions(packaged.version, latest->version) >= 0))
            latest = &packaged;
    }
    if (latest != nullptr)
        return {&commit, latest->reverted ? Presence::absent : Presence::present, Basis::package,
                (latest->reverted ? "reverted in " : "in the changelog of ") + latest->version +
                    ", this is " + package.version};
    if (named_later && here.presence == Presence::unknown)
        return {&commit, Presence::absent, Basis::package,
                "the changelog names it after " + package.version};
    return here;
}

}  // namespace nfstriage::knowledge
