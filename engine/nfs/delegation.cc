#include "nfs/delegation.h"

#include "nfs/macro_bits.h"

namespace nfstriage::nfs {

using kernel::Object;

void describe(const Delegation& delegation, Visitor& visitor) {
    visitor.object(delegation.kType, delegation.address);
    visitor.column("hostname", delegation.hostname, "name of the server");
    visitor.column("path", delegation.path, "the file");
    visitor.column("kind", delegation.kind, "read or write");
    visitor.column("flags", delegation.flags, "NFS_DELEGATION_*");
    visitor.column("returning", delegation.returning,
                   "to be given back, or on its way back to the server");
    visitor.detail("nfs_server", delegation.server, "struct nfs_server");
    visitor.detail("inode", delegation.inode, "struct inode; 0 once it was detached");
    visitor.detail("uid", delegation.uid, "user that it was given to");
    visitor.detail("references", delegation.references, "refcount");
    visitor.detail("change", delegation.change, "change attribute when it was given");
    visitor.detail("page_limit", delegation.page_limit,
                   "pages that may be written before the server has to be asked");
    describe(delegation.stateid, kStateid, visitor);
}

Listing<Delegation> read_delegations(const Roots& roots, const FilePaths& paths,
                                     const Object& server) {
    Listing<Delegation> delegations;
    Budget budget = roots.budget();
    auto walk = kernel::list(server, "delegations", Delegation::kType, "super_list", budget);
    delegations.add_gap(walk, "delegations of nfs_server " + hex(server.address()));
    BitNames flags(roots.reader, "nfs_delegation.flags");
    for (const Object& delegation : walk.objects) {
        Delegation result;
        result.address = delegation.address();
        result.server = server.address();
        result.hostname = server.get<std::string>("nfs_client->cl_hostname");
        result.inode = delegation.get<VAddr>("inode");
        result.path = path_field(paths, delegation, "inode");
        auto mode = delegation.get<std::uint64_t>("type");  // FMODE_READ 1, FMODE_WRITE 2
        if (!mode)
            result.kind = {mode.why(), mode.origin()};
        else
            result.kind = {std::string((*mode & 2) != 0 ? "write" : "read"), mode.origin()};
        result.flags = flags.flags(delegation.get<std::uint64_t>("flags"));
        result.returning =
            flags.is_either_set(result.flags, "NFS_DELEGATION_RETURN", "NFS_DELEGATION_RETURNING");
        result.uid = uid_field(delegation, "cred");
        result.references = delegation.get<std::uint64_t>("refcount");  // not in 4.19
        result.change = delegation.get<std::uint64_t>("change_attr");
        result.page_limit = delegation.get<std::uint64_t>("pagemod_limit");
        result.stateid = read_stateid(delegation, "stateid");
        delegations.items.push_back(std::move(result));
    }
    return delegations;
}

}  // namespace nfstriage::nfs
