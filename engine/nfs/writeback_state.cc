#include "nfs/writeback_state.h"

namespace nfstriage::nfs {

WritebackState read_writeback_state(const Roots&, const ClientState&) { return {}; }

}  // namespace nfstriage::nfs
