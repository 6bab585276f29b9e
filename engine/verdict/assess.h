// What can be said about a crash when no rule names it: whether NFS is involved, positively not
// involved, or not shown. Being on the stack is no guilt and being absent from it no innocence, so
// not_nfs needs another culprit or a deliberate crash to be seen, on a stack that is there whole.
#pragma once

#include <string>

#include "facts/culprit.h"
#include "facts/scene.h"
#include "verdict/verdict.h"

namespace nfstriage::verdict {

struct Assessment {
    Status status = Status::inconclusive;  // unknown_signature, not_nfs, no_crash or inconclusive
    Confidence confidence = Confidence::possible;
    std::string title;        // one line
    std::string explanation;  // why, in sentences
    facts::Culprit culprit;   // as facts found it; component none where NFS is not at fault
    // Another filesystem's or driver's code faulted: no rule about an NFS bug may claim this crash
    // by what lies deeper in the stack.
    bool belongs_to_another = false;
};

Assessment assess(const facts::Scene& scene);

}  // namespace nfstriage::verdict
