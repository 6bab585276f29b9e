// The invariants of each area: tables of states that the kernel leaves its objects in. One file for
// each area, check_*.cc.
// We promise: a finding is impossible on a healthy kernel, whatever moment it was stopped at, and
// none appears because something could not be read. A list is incomplete where a check could not be
// made.
#pragma once

#include "nfs/client_state.h"
#include "nfs/finding.h"
#include "nfs/lockd_state.h"
#include "nfs/server_state.h"
#include "nfs/sunrpc_state.h"
#include "nfs/writeback_state.h"

namespace nfstriage::nfs {

Listing<Finding> check(const Roots& roots, const SunrpcState& state);
Listing<Finding> check(const Roots& roots, const ClientState& state);
Listing<Finding> check(const Roots& roots, const WritebackState& state);
Listing<Finding> check(const Roots& roots, const ServerState& state);
Listing<Finding> check(const Roots& roots, const LockdState& state);

}  // namespace nfstriage::nfs
