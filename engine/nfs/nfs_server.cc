#include "nfs/nfs_server.h"

#include "nfs/macro_bits.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {

using kernel::Object;

void describe(const NfsServer& server, Visitor& visitor) {
    visitor.object(server.kType, server.address);
    visitor.column("hostname", server.hostname, "name of the server, from its nfs_client");
    visitor.column("path", server.path, "where it is mounted first");
    visitor.detail("nfs_client", server.client, "struct nfs_client of the server");
    visitor.detail("rpc_clnt", server.rpc_clnt, "struct rpc_clnt that its requests go through");
    visitor.detail("acl_rpc_clnt", server.acl_rpc_clnt, "struct rpc_clnt of the ACL protocol");
    visitor.detail("super_block", server.super_block, "struct super_block");
    visitor.detail("nlm_host", server.nlm_host, "struct nlm_host for locks; 0 for none");
    visitor.detail("flags", server.flags, "mount options, NFS_MOUNT_*");
    visitor.detail("capabilities", server.caps, "what the server can do, NFS_CAP_*");
    visitor.detail("options", server.options, "NFS_OPTION_*");
    visitor.column("rsize_bytes", server.rsize, "largest READ", "bytes");
    visitor.column("wsize_bytes", server.wsize, "largest WRITE", "bytes");
    visitor.detail("rpages", server.rpages, "rsize in pages");
    visitor.detail("wpages", server.wpages, "wsize in pages");
    visitor.detail("wtmult_bytes", server.wtmult, "the server's preferred multiple of writes",
                   "bytes");
    visitor.detail("dtsize_bytes", server.dtsize, "preferred READDIR", "bytes");
    visitor.detail("bsize_bytes", server.bsize, "block size that the server reports", "bytes");
    visitor.detail("acregmin_ns", server.acregmin, "attributes of files are cached at least this");
    visitor.detail("acregmax_ns", server.acregmax, "and at most this");
    visitor.detail("acdirmin_ns", server.acdirmin, "attributes of directories, at least");
    visitor.detail("acdirmax_ns", server.acdirmax, "and at most");
    visitor.detail("namelen", server.namelen, "longest name in bytes");
    visitor.detail("port", server.port, "port given when mounting; 0: asked for, or the standard");
    visitor.detail("max_file_bytes", server.max_file_size, "largest file", "bytes");
    visitor.detail("fsid_major", server.fsid_major, "id of the exported file system", "hex");
    visitor.detail("fsid_minor", server.fsid_minor, "its second half", "hex");
    visitor.column("writeback_pages", server.writeback_pages,
                   "pages that are being written to the server now");
    visitor.detail("write_congested", server.write_congested,
                   "so many pages that writers have to wait");
    visitor.column("mounted_ns", server.mounted, "time since it was mounted");
    visitor.detail("active", server.active, "active references; the super block is one");
    visitor.detail("timeout_ns", server.timeout, "timeo: time to the first retransmission");
    visitor.detail("retransmissions", server.retransmissions,
                   "retrans: retransmissions before the server counts as not responding");
    visitor.column("delegations", server.delegations, "delegations held for its files");
    visitor.detail("layouts", server.layouts, "pNFS layouts held for its files");
    visitor.detail("state_owners", server.state_owners, "open owners of NFSv4");
    visitor.detail("layout_driver", server.layout_driver, "pNFS layout driver");
    visitor.detail("mountd_address", server.mountd_address, "address of the server's mountd");
    visitor.detail("mountd_port", server.mountd_port, "its port");
    visitor.detail("mountd_version", server.mountd_version, "version of the MOUNT protocol");
    visitor.detail("device", server.device, "s_dev, as stat() shows it", "hex");
}

NfsServer read_nfs_server(const Roots& roots, const Object& server) {
    NfsServer result;
    result.address = server.address();
    result.client = server.get<VAddr>("nfs_client");
    result.rpc_clnt = server.get<VAddr>("client");
    result.acl_rpc_clnt = server.get<VAddr>("client_acl");
    // ERR_PTR(-EINVAL) until there is one.
    if (result.acl_rpc_clnt && result.acl_rpc_clnt->value >= std::uint64_t{0} - 4095)
        result.acl_rpc_clnt = {Reason::null, result.acl_rpc_clnt.origin()};
    result.super_block = server.get<VAddr>("super");
    result.nlm_host = server.get<VAddr>("nlm_host");
    result.hostname = server.get<std::string>("nfs_client->cl_hostname");
    result.path = Reason::null;
    BitNames flags(roots.reader, "nfs_server.flags"), caps(roots.reader, "nfs_server.caps"),
        options(roots.reader, "nfs_server.options");
    result.flags = flags.flags(server.get<std::uint64_t>("flags"));
    // int in 5.10, unsigned in 6.1
    if (result.flags)
        result.flags = {flags.flags(result.flags->bits & 0xffffffff), result.flags.origin()};
    result.caps = caps.flags(server.get<std::uint64_t>("caps"));
    result.options = options.flags(server.get<std::uint64_t>("options"));
    result.rsize = server.get<std::uint64_t>("rsize");
    result.wsize = server.get<std::uint64_t>("wsize");
    result.rpages = server.get<std::uint64_t>("rpages");
    result.wpages = server.get<std::uint64_t>("wpages");
    result.wtmult = server.get<std::uint64_t>("wtmult");
    result.dtsize = server.get<std::uint64_t>("dtsize");
    result.bsize = server.get<std::uint64_t>("bsize");
    result.acregmin = jiffies_field(roots, server, "acregmin");
    result.acregmax = jiffies_field(roots, server, "acregmax");
    result.acdirmin = jiffies_field(roots, server, "acdirmin");
    result.acdirmax = jiffies_field(roots, server, "acdirmax");
    result.namelen = server.get<std::uint64_t>("namelen");
    result.port = server.get<std::uint64_t>("port");
    result.max_file_size = server.get<std::uint64_t>("maxfilesize");
    result.fsid_major = server.get<std::uint64_t>("fsid.major");
    result.fsid_minor = server.get<std::uint64_t>("fsid.minor");
    result.writeback_pages = server.get<std::uint64_t>("writeback");
    // Since 6df25e58532b; the state of the file system's backing device before.
    result.write_congested = server.get<bool>("write_congested");
    result.mounted = age_field(roots, server, "mount_time");
    result.active = server.get<std::uint64_t>("active");
    result.timeout = jiffies_field(roots, server, "client->cl_timeout->to_initval");
    result.retransmissions = server.get<std::uint64_t>("client->cl_timeout->to_retries");
    result.delegations =
        length_field(roots, server, "delegations", "struct nfs_delegation", "super_list");
    result.layouts =
        length_field(roots, server, "layouts", "struct pnfs_layout_hdr", "plh_layouts");
    result.state_owners = Reason::no_type;
    if (auto root = server.at("state_owners")) {
        Budget budget = roots.budget();
        auto walk = kernel::rbtree(*root, "struct nfs4_state_owner", "so_server_node", budget);
        result.state_owners = {walk.complete ? Maybe<std::uint64_t>(walk.objects.size())
                                             : tl::unexpected<Unknown>(walk.why),
                               server.origin("state_owners")};
    }
    result.layout_driver = server.get<std::string>("pnfs_curr_ld->name");
    result.mountd_address = address_field(server, "mountd_address");
    result.mountd_port = server.get<std::uint64_t>("mountd_port");
    result.mountd_version = server.get<std::uint64_t>("mountd_version");
    result.device = server.get<std::uint64_t>("s_dev");
    return result;
}

}  // namespace nfstriage::nfs
