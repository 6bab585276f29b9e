#include "nfs/lockd_state.h"

namespace nfstriage::nfs {

using kernel::Object;

LockdState read_lockd_state(const Roots& roots) {
    LockdState state;
    auto hosts = find_nlm_hosts(roots);
    state.nlm_hosts.add_gaps(hosts);
    for (const Object& host : hosts.items)
        state.nlm_hosts.items.push_back(read_nlm_host(roots, host));
    auto blocked = read_nlm_blocked(roots);
    state.nlm_blocks = std::move(blocked.blocks);
    state.nlm_waits = std::move(blocked.waits);
    auto files = find_nlm_files(roots);
    state.nlm_files.add_gaps(files);
    state.nlm_locks.add_gaps(files);
    for (const Object& file : files.items) {
        state.nlm_files.items.push_back(read_nlm_file(roots, file));
        state.nlm_locks.append(read_nlm_locks(roots, file));
    }
    return state;
}

}  // namespace nfstriage::nfs
