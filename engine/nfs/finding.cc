#include "nfs/finding.h"

namespace nfstriage::nfs {

void describe(const Finding& finding, Visitor& visitor) {
    visitor.object(finding.type ? *finding.type : "object", finding.address);
    visitor.column("check", finding.check, "the invariant that does not hold");
    visitor.column("type", finding.type, "C type of the object");
    visitor.column("found", finding.found, "the object's state");
    visitor.column("expected", finding.expected, "what the kernel keeps true");
    visitor.detail("meaning", finding.meaning, "what follows from it");
}

}  // namespace nfstriage::nfs
