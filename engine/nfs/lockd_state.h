// What was read of the lock manager: hosts, blocked and granted locks.
#pragma once

#include "nfs/listing.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct LockdState {};

LockdState read_lockd_state(const Roots& roots);

}  // namespace nfstriage::nfs
