// Something in the state that the kernel never leaves so: a value outside its table of legal
// states, a list whose links disagree, an object that was freed and is still in use.
#pragma once

#include <string>

#include "base/frame.h"
#include "nfs/describe.h"

namespace nfstriage::nfs {

struct Finding {
    Field<std::string> check;        // which invariant: "nfs_page_flags"; stable, rules name it
    Field<std::string> type;         // of the object: "struct nfs_page"
    VAddr address;                   // of the object
    Field<std::string> found;        // "wb_flags 0x12 (PG_MAPPED|PG_...), wb_kref 1", and where
    Field<std::string> expected;     // "wb_flags 0x13, wb_kref 2 while locked"
    Field<std::string> meaning;      // one sentence on what breaks; the kernel function that relies
    Trust trust = Trust::registers;  // how the object was found
};

void describe(const Finding& finding, Visitor& visitor);

}  // namespace nfstriage::nfs
