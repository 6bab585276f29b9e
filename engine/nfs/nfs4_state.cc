#include "nfs/nfs4_state.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

class StateReader {
public:
    StateReader(const Roots& roots, const FilePaths& paths, OpenState& into)
        : roots_(roots),
          paths_(paths),
          into_(into),
          owner_flags_(roots.reader, "nfs4_state_owner.so_flags"),
          state_flags_(roots.reader, "nfs4_state.flags"),
          lock_flags_(roots.reader, "nfs4_lock_state.ls_flags"),
          modes_(roots.reader, "fmode_t") {}

    void read(const Object& server) {
        const std::string what = "state owners of nfs_server " + hex(server.address());
        auto root = server.at("state_owners");
        if (!root) {
            // A kernel without NFSv4 has none.
            if (server.reader().describes("struct nfs_server") &&
                !server.reader().describes("struct nfs4_state_owner"))
                return;
            into_.owners.add_gap(root.error(), what);
            return;
        }
        Budget budget = roots_.budget();
        auto walk = kernel::rbtree(*root, Nfs4StateOwner::kType, "so_server_node", budget);
        into_.owners.add_gap(walk, what);
        for (const Object& owner : walk.objects) read_owner(owner);
    }

private:
    void read_owner(const Object& owner) {
        Nfs4StateOwner result;
        result.address = owner.address();
        result.server = owner.get<VAddr>("so_server");
        result.hostname = owner.get<std::string>("so_server->nfs_client->cl_hostname");
        result.uid = uid_field(owner, "so_cred");
        result.owner_id = owner.get<std::uint64_t>("so_seqid.owner_id");
        result.sequence = owner.get<std::uint64_t>("so_seqid.counter");
        result.references = owner.get<std::uint64_t>("so_count");
        result.flags = owner_flags_.flags(owner.get<std::uint64_t>("so_flags"));
        // Set when the last user goes; on the list of idle owners only then.
        result.idle = Reason::null;
        if (result.references.is(0)) result.idle = age_field(roots_, owner, "so_expires");
        Budget budget = roots_.budget();
        auto walk = kernel::list(owner, "so_states", Nfs4State::kType, "open_states", budget);
        into_.states.add_gap(walk, "states of nfs4_state_owner " + hex(owner.address()));
        result.states = {walk.complete ? Maybe<std::uint64_t>(walk.objects.size())
                                       : tl::unexpected<Unknown>(walk.why),
                         owner.origin("so_states")};
        into_.owners.items.push_back(std::move(result));
        for (const Object& state : walk.objects) read_state(state);
    }

    void read_state(const Object& state) {
        Nfs4State result;
        result.address = state.address();
        result.owner = state.get<VAddr>("owner");
        result.inode = state.get<VAddr>("inode");
        result.path = path_field(paths_, state, "inode");
        result.flags = state_flags_.flags(state.get<std::uint64_t>("flags"));
        result.mode = modes_.flags(state.get<std::uint64_t>("state"));
        result.readers = state.get<std::uint64_t>("n_rdonly");
        result.writers = state.get<std::uint64_t>("n_wronly");
        result.both = state.get<std::uint64_t>("n_rdwr");
        result.references = state.get<std::uint64_t>("count");
        result.stateid = read_stateid(state, "stateid");
        result.open_stateid = read_stateid(state, "open_stateid");
        Budget budget = roots_.budget();
        auto walk = kernel::list(state, "lock_states", Nfs4LockState::kType, "ls_locks", budget);
        into_.locks.add_gap(walk, "locks of nfs4_state " + hex(state.address()));
        result.locks = {walk.complete ? Maybe<std::uint64_t>(walk.objects.size())
                                      : tl::unexpected<Unknown>(walk.why),
                        state.origin("lock_states")};
        for (const Object& lock : walk.objects) read_lock(lock, result);
        into_.states.items.push_back(std::move(result));
    }

    void read_lock(const Object& lock, const Nfs4State& state) {
        Nfs4LockState result;
        result.address = lock.address();
        result.state = lock.get<VAddr>("ls_state");
        result.path = state.path;
        result.flags = lock_flags_.flags(lock.get<std::uint64_t>("ls_flags"));
        result.references = lock.get<std::uint64_t>("ls_count");
        result.lock_owner = lock.get<VAddr>("ls_owner");
        result.stateid = read_stateid(lock, "ls_stateid");
        into_.locks.items.push_back(std::move(result));
    }

    const Roots& roots_;
    const FilePaths& paths_;
    OpenState& into_;
    BitNames owner_flags_, state_flags_, lock_flags_, modes_;
};

}  // namespace

void describe(const Nfs4StateOwner& owner, Visitor& visitor) {
    visitor.object(owner.kType, owner.address);
    visitor.column("hostname", owner.hostname, "name of the server");
    visitor.detail("nfs_server", owner.server, "struct nfs_server");
    visitor.column("uid", owner.uid, "user whose files these are");
    visitor.column("owner_id", owner.owner_id, "number in the open_owner that the server sees");
    visitor.column("states", owner.states, "files that it has open");
    visitor.column("references", owner.references, "so_count; 0: kept for a while without use");
    visitor.column("flags", owner.flags, "so_flags: what has to be reclaimed, NFS_OWNER_*");
    visitor.detail("sequence", owner.sequence, "sequence number of NFSv4.0");
    visitor.detail("idle_ns", owner.idle, "time since it was last used, if it is not in use");
}

void describe(const Nfs4State& state, Visitor& visitor) {
    visitor.object(state.kType, state.address);
    visitor.column("path", state.path, "the file");
    visitor.column("flags", state.flags, "flags, NFS_*_STATE and others of nfs4_fs.h");
    visitor.column("mode", state.mode, "FMODE_* that it is open for");
    visitor.column("readers", state.readers, "n_rdonly");
    visitor.column("writers", state.writers, "n_wronly");
    visitor.column("both", state.both, "n_rdwr");
    visitor.detail("owner", state.owner, "struct nfs4_state_owner");
    visitor.detail("inode", state.inode, "struct inode");
    visitor.detail("references", state.references, "count");
    visitor.detail("locks", state.locks, "nfs4_lock_states");
    describe(state.stateid, kStateid, visitor);
    describe(state.open_stateid, kOpenStateid, visitor);
}

void describe(const Nfs4LockState& lock, Visitor& visitor) {
    visitor.object(lock.kType, lock.address);
    visitor.column("path", lock.path, "the file");
    visitor.column("flags", lock.flags, "ls_flags, NFS_LOCK_*");
    visitor.detail("state", lock.state, "struct nfs4_state of the file");
    visitor.column("lock_owner", lock.lock_owner, "files_struct or file that owns the locks");
    visitor.column("references", lock.references, "ls_count");
    describe(lock.stateid, kStateid, visitor);
}

void read_open_state(const Roots& roots, const FilePaths& paths, const Object& server,
                     OpenState& into) {
    StateReader(roots, paths, into).read(server);
}

}  // namespace nfstriage::nfs
