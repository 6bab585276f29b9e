// Is the fix in this kernel? Answered from the kernel itself where it can be: a symbol or member
// that only the fix brought is strong evidence that the fix is there, a call or a string good
// evidence. The lack of one is weak (a static helper may be inlined, a member may have moved, code
// may have been rewritten), so absence is claimed only where every probe was negative and a
// structure was described completely, or the whole body of the function in question was read and
// a profile or a second probe confirms it. Beside it stands what is recorded: for a distribution's
// kernel that names its package, the changelogs of that distribution; for a kernel that is plain
// upstream, its release. A vendor's release string alone decides nothing. Where the kernel itself
// and the records disagree, the answer is unknown.
#pragma once

#include <string>
#include <vector>

#include "base/tri.h"
#include "facts/scene.h"
#include "knowledge/record.h"

namespace nfstriage::knowledge {

enum class Presence : std::uint8_t { present, absent, unknown };
enum class HereStatus : std::uint8_t { fixed, partly_fixed, affected, not_affected, unknown };
enum class Basis : std::uint8_t { probe, package, release, none };

std::string_view to_string(Presence presence);
std::string_view to_string(HereStatus status);
std::string_view to_string(Basis basis);

struct CommitHere {
    const Commit* commit = nullptr;  // of the record that was asked about
    Presence presence = Presence::unknown;
    Basis basis = Basis::none;
    std::string why;  // "struct nfs4_client.cl_cb_inflight exists"
};

struct Here {
    HereStatus status = HereStatus::unknown;
    Basis basis = Basis::none;
    std::string why;                    // one sentence
    std::vector<std::string> evidence;  // the answers of the probes, one each
    std::vector<CommitHere> commits;    // of the set that comes closest, in the record's order
    // What the upstream release that this kernel is based on says, vendor kernels included, where
    // it decides nothing by itself: yes, it is older than the mainline fix and not older than what
    // brought the bug in; no, it has the fix, so the bug should not be here (also when the status
    // is fixed or not_affected); unknown without a release, or where only a backport can have
    // brought the bug in.
    Tri plausible = Tri::unknown;
};

// `record` must outlive the result. Reads the scene's symbols, types, code and release.
Here status_here(const Record& record, const facts::Scene& scene);

// One commit alone.
CommitHere presence_of(const Commit& commit, const facts::Scene& scene);

}  // namespace nfstriage::knowledge
