// Whose code a frame is. The function that faults is often nobody's in particular: a lock, a list
// helper, memcpy. Those are skipped on the way to the one whose code it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/frame.h"

namespace nfstriage::facts {

enum class Owner : std::uint8_t {
    generic,  // used by everybody: locks, memory, strings, lists, scheduler, entry, panic,
              // sanitizers
    nfs,      // NFS and SUNRPC
    shared,   // a service that NFS itself stands on: network, RDMA core, VFS, page cache, netfs
    other,    // code that NFS does not call into for its own work: other filesystems, drivers
    unknown,  // built into the kernel and not in any table
};

struct Owned {
    Owner owner = Owner::unknown;
    std::string name;  // "xfs", "mlx5", "network"; "" for generic and unknown
};

Owned owner_of(const Frame& frame);

// True for functions that say nothing about whose crash it is. The signature leaves them out too.
// The list is part of the signature's version 1: extending it changes signatures of crashes that
// have no NFS function.
bool is_generic_function(std::string_view function);

// True for functions in which a CPU spins or a task waits for a lock.
bool is_lock_function(std::string_view function);

}  // namespace nfstriage::facts
