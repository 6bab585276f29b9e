#include "nfs/client_state.h"

namespace nfstriage::nfs {

ClientState read_client_state(const Roots&) { return {}; }

}  // namespace nfstriage::nfs
