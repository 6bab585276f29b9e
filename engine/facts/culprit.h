// Which function, and which component of NFS and SUNRPC, a crash is to be blamed on. Errors ahead
// of the fatal report (WARN, BUG, refcount, list corruption) are weighed first: the panicking task
// is often only the victim.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "facts/scene.h"
#include "nfs/family.h"

namespace nfstriage::facts {

struct Culprit {
    std::string function;  // without compiler suffix; "" if nothing names one
    std::string module;    // "" for vmlinux
    nfs::Component component = nfs::Component::none;
    std::string first_nfs_function;  // first NFS-family function from the top of the crash report
    std::string basis;               // one sentence: why this one
    bool from_first_error = false;
    std::optional<Frame> frame;  // the blamed frame
};

// Pure function of the scene. Frames found by scanning or guessing do not decide; without any
// reliable frame `function` is empty and the component none.
Culprit find_culprit(const Scene& scene);

// The frames of the context that the crash report blames, innermost first: the faulting or sampled
// instruction, then its callers; behind panic() and exception entry. Inlined functions count as the
// one that holds them: a log, or a dump without a profile, does not show them.
struct Blamed {
    std::vector<Frame> frames;
    bool complete = false;  // the whole stack is there
};
Blamed blamed_frames(const Scene& scene);

// Of `frames`, innermost first, those before an interrupt or a softirq came in: what lies beyond
// was interrupted by chance and has no part in what happened. Refers to `frames`.
std::span<const Frame> own_context(std::span<const Frame> frames);

// How many have a function that nothing names, as in modules whose symbols are not known.
std::size_t unnamed_frames(std::span<const Frame> frames);

}  // namespace nfstriage::facts
