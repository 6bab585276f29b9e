#include "nfs/server_state.h"

namespace nfstriage::nfs {

ServerState read_server_state(const Roots&) { return {}; }

}  // namespace nfstriage::nfs
