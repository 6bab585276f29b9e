#include "nfs/lockd_state.h"

namespace nfstriage::nfs {

LockdState read_lockd_state(const Roots&) { return {}; }

}  // namespace nfstriage::nfs
