// What was read of the lock manager: hosts, blocked and granted locks.
#pragma once

#include "nfs/listing.h"
#include "nfs/nlm_host.h"
#include "nfs/nlm_lock.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct LockdState {
    Listing<NlmHost> nlm_hosts;
    Listing<NlmBlock> nlm_blocks;
    Listing<NlmWait> nlm_waits;
    Listing<NlmFile> nlm_files;
    Listing<NlmLock> nlm_locks;
};

LockdState read_lockd_state(const Roots& roots);

}  // namespace nfstriage::nfs
