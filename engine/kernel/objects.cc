#include "kernel/objects.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "kernel/member.h"
#include "kernel/slab_homes.h"

namespace nfstriage::kernel {
namespace {

// Two ways from an object that end at the same place in every live object of the type.
struct Relation {
    std::string_view type, left, right;
};

// include/linux/{nfs_page,nfs_fs,nfs_fs_sb,fs,dcache,mount,net}.h, include/linux/sunrpc/{sched,
// xprt,svc}.h, fs/nfs/nfs4_fs.h, fs/nfsd/filecache.h
constexpr Relation kRelations[] = {
    {"struct nfs_page", "wb_this_page->wb_head", "wb_head"},
    {"struct nfs_open_context", "lock_context.open_context", ""},
    {"struct nfs_server", "super->s_fs_info", ""},
    {"struct nfs_pgio_header", "inode->i_mapping->host", "inode"},
    {"struct nfs4_state", "inode->i_mapping->host", "inode"},
    {"struct nfs_inode", "vfs_inode.i_mapping->host", "&vfs_inode"},
    {"struct rpc_task", "tk_rqstp->rq_task", ""},
    {"struct rpc_task", "tk_xprt", "tk_client->cl_xprt"},
    {"struct rpc_rqst", "rq_task->tk_rqstp", ""},
    {"struct svc_rqst", "rq_xprt->xpt_server", "rq_server"},
    {"struct nfsd_file", "nf_file->f_inode", "nf_inode"},
    {"struct inode", "i_mapping->host", ""},
    {"struct address_space", "host->i_mapping", ""},
    {"struct dentry", "d_inode->i_sb", "d_sb"},
    {"struct file", "f_path.dentry->d_inode", "f_inode"},
    {"struct super_block", "s_root->d_sb", ""},
    {"struct vfsmount", "mnt_root->d_sb", "mnt_sb"},
    {"struct task_struct", "group_leader->signal", "signal"},
    {"struct socket", "sk->sk_socket", ""},
    {"struct sock", "sk_socket->sk", ""},
};

// A member that leads to a known symbol (part of its name) or to a known C string.
struct Mark {
    std::string_view type, chain;
    bool is_string;
    std::string_view words;  // any of them, separated by |
};

// The operations and names that net/sunrpc, fs/nfs and fs/nfsd give their objects.
constexpr Mark kMarks[] = {
    {"struct rpc_clnt", "cl_program->name", true,
     "nfs|nfsacl|mount|lockd|statd|rpcbind|nfs4_cb|gssd"},
    {"struct rpc_clnt", "cl_procinfo", false, "_procedures"},
    {"struct rpc_task", "tk_client->cl_program->name", true,
     "nfs|nfsacl|mount|lockd|statd|rpcbind|nfs4_cb|gssd"},
    {"struct rpc_task", "tk_client->cl_procinfo", false, "_procedures"},
    {"struct rpc_rqst", "rq_task->tk_client->cl_procinfo", false, "_procedures"},
    {"struct rpc_xprt", "address_strings[2]", true, "tcp|udp|rdma|local|tcp-bc|rdma-bc"},
    {"struct rpc_xprt", "ops", false, "_tcp_ops|_udp_ops|_local_ops|xprt_rdma"},
    {"struct nfs_client", "rpc_ops", false, "_clientops"},
    {"struct nfs_client", "cl_rpcclient->cl_program->name", true, "nfs"},
    {"struct nfs_pgio_header", "rw_ops", false, "nfs_rw_"},
    {"struct nfs_commit_data", "mds_ops", false, "nfs_commit_"},
    {"struct svc_xprt", "xpt_class->xcl_name", true, "tcp|udp|rdma|tcp-bc|rdma-bc"},
    {"struct svc_serv", "sv_name", true, "nfsd|lockd|NFSv4 callback"},
    {"struct svc_serv", "sv_program->pg_name", true, "nfsd|lockd|NFSv4 callback"},
    {"struct svc_rqst", "rq_server->sv_name", true, "nfsd|lockd|NFSv4 callback"},
    {"struct svc_rqst", "rq_server->sv_program->pg_name", true, "nfsd|lockd|NFSv4 callback"},
    {"struct nfs4_stid", "sc_free", false, "nfs4_free_"},
    {"struct nfs4_stateowner", "so_ops", false, "owner_ops"},
};

constexpr std::uint64_t kLine = 64;  // to which caches may align their objects
constexpr unsigned kListsThatProve = 4;
constexpr std::size_t kLongestWord = 32;
constexpr std::size_t kMostListHeads = 16;

bool overlaps_another(const std::vector<layout::Field>& fields, const layout::Field& field) {
    return std::any_of(fields.begin(), fields.end(), [&](const layout::Field& other) {
        return &other != &field &&
               other.member.offset < field.member.offset + field.member.type.size &&
               field.member.offset < other.member.offset + other.member.type.size;
    });
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

Objects::Objects(const dump::Dump& dump, const layout::Types& types, const layout::Symbols& symbols)
    : dump_(dump), types_(types), symbols_(symbols), slabs_(dump, types, symbols) {}

std::string Objects::type_of_cache(std::string_view cache) {
    for (const SlabHome& home : slab_homes())
        if (home.cache == cache) return std::string(home.container);
    return {};
}

const Objects::Shape* Objects::shape_of(std::string_view type) {
    if (auto known = shapes_.find(type); known != shapes_.end()) return &known->second;
    auto size = types_.size_of(type);
    if (!size || *size == 0) return nullptr;
    Shape shape;
    shape.size = *size;
    if (auto fields = types_.members(type))
        for (const layout::Field& field : *fields)
            if (field.member.type.name == "list_head" && shape.list_heads.size() < kMostListHeads &&
                !overlaps_another(*fields, field))
                shape.list_heads.push_back(field.member.offset);
    return &shapes_.emplace(std::string(type), std::move(shape)).first->second;
}

Likeness Objects::likeness(std::string_view type, VAddr address) {
    if (address.value < 4096) return {Tri::no, "near NULL"};
    bool is_folio = type == "struct folio";
    if (type == "struct page" || is_folio) {
        auto is_page = slabs_.pages().is_page(address);
        if (!is_page) return {};
        if (!*is_page) return {Tri::no, "not in the kernel's array of struct page"};
        if (is_folio) {
            auto head = slabs_.pages().head_of(address);
            if (head && *head != address) return {Tri::no, "not the first page of its folio"};
            if (!head) return {};
        }
        return {Tri::yes, "in the kernel's array of struct page"};
    }
    const Shape* shape = shape_of(type);
    if (shape == nullptr) return {};
    if (shape->size >= 8 && address.value % 8 != 0) return {Tri::no, "not aligned"};
    if (auto mapped = dump_.translate(address); !mapped) {
        if (mapped.error().reason == Reason::unmapped) return {Tri::no, "not mapped"};
        return {};
    }
    bool hint = false;  // the slab speaks for it, but not alone
    Likeness slab = by_slab(type, *shape, address, hint);
    if (slab.answer != Tri::unknown) return slab;
    std::string ground;
    if (relations_hold(type, address, ground) || is_marked(type, address, ground))
        return {Tri::yes, ground};
    // One or two lists at a place are nothing special: many structures begin with them.
    unsigned lists = linked_lists(*shape, address);
    if (hint && lists >= kListsThatProve && lists == shape->list_heads.size())
        return {Tri::yes, fmt::format("{} lists lead back to it, and its slab fits", lists)};
    return {};
}

Objects::Identity Objects::identify(VAddr address) {
    std::set<std::string_view> types;
    for (const SlabHome& home : slab_homes()) types.insert(home.type);
    for (const Relation& relation : kRelations) types.insert(relation.type);
    for (const Mark& mark : kMarks) types.insert(mark.type);
    Identity found;
    std::uint64_t size = 0;
    for (std::string_view type : types) {
        Likeness like = likeness(type, address);
        if (like.answer != Tri::yes) continue;
        std::uint64_t own = types_.size_of(type).value_or(0);
        if (own <= size) continue;
        size = own;
        found = {std::string(type), like.ground};
    }
    return found;
}

// `hint`: the object has the size and place that one of this type would have, and so may others.
Likeness Objects::by_slab(std::string_view type, const Shape& shape, VAddr address,
                          bool& hint) const {
    bool only = false, has_home = false;
    for (const SlabHome& home : slab_homes())
        if (home.type == type) has_home = true, only = only || home.only;
    auto object = slabs_.object_at(address);
    if (!object) {
        // Mapped and in no slab: that is a contradiction only for what is nowhere else.
        auto page = slabs_.pages().page_of(address);
        auto head = page ? slabs_.pages().head_of(*page) : page;
        auto in_slab = head ? slabs_.pages().is_slab(*head) : unknown(Reason::unmapped);
        if (only && in_slab && !*in_slab) return {Tri::no, "not in a slab"};
        return {};
    }
    const SlabCache& cache = object->cache;
    bool alone = cache.shared && !*cache.shared && !cache.is_kmalloc();
    for (const SlabHome& home : slab_homes()) {
        if (home.type != type) continue;
        std::uint64_t offset = 0;
        if (!home.path.empty()) {
            auto member = types_.offset_of(home.container, home.path);
            if (!member) continue;
            offset = *member;
        }
        if (object->offset != offset) continue;
        if (home.cache == cache.name) {
            hint = true;
            if (alone) return {Tri::yes, "object of slab cache " + cache.name};
        }
        // Merging takes a cache whose objects are at most a pointer larger than asked, aligned.
        auto wanted = types_.size_of(home.container);
        if (!alone && wanted && cache.size >= *wanted &&
            cache.size < round_up(*wanted, kLine) + sizeof(std::uint64_t))
            hint = true;
    }
    // A cache may give less than the whole type (task_struct ends in registers of varying size),
    // but only its own.
    if (!hint && (!object->is_inside || object->offset > cache.object_size ||
                  shape.size > cache.object_size - object->offset))
        return {Tri::no, fmt::format("{} bytes do not fit at {:#x} of an object of slab cache {}",
                                     shape.size, object->offset, cache.name)};
    if (!has_home) {
        hint = cache.is_kmalloc() && object->offset == 0 && shape.size * 2 > cache.object_size;
        return {};
    }
    if (hint) return {};
    if (only) return {Tri::no, "object of slab cache " + cache.name};
    // Objects of a cache of its own are of that type, and hold ours only where the table says.
    if (alone && std::any_of(slab_homes().begin(), slab_homes().end(),
                             [&](const SlabHome& home) { return home.cache == cache.name; }))
        return {Tri::no,
                fmt::format("{:#x} into an object of slab cache {}", object->offset, cache.name)};
    return {};
}

Maybe<std::uint64_t> Objects::follow(std::string_view type, std::string_view chain,
                                     VAddr at) const {
    if (chain.empty()) return at.value;
    if (chain.front() == '&') {
        auto offset = types_.offset_of(type, chain.substr(1));
        if (!offset) return offset;
        return at.value + *offset;
    }
    std::string current(type);
    while (true) {
        std::size_t arrow = chain.find("->");
        std::string_view path = chain.substr(0, arrow);
        auto member = types_.member(current, path);
        if (!member) return tl::unexpected<Unknown>(member.error());
        auto value = read_member(dump_.memory(), types_, current, path, at);
        if (!value || arrow == std::string_view::npos) return value;
        if (*value < 4096) return unknown(Reason::null, std::string(path));
        current = member->type.pointee;
        at = VAddr{*value};
        chain.remove_prefix(arrow + 2);
    }
}

bool Objects::relations_hold(std::string_view type, VAddr address, std::string& ground) const {
    for (const Relation& relation : kRelations) {
        if (relation.type != type) continue;
        auto left = follow(type, relation.left, address);
        auto right = follow(type, relation.right, address);
        if (!left || !right || *left < 4096 || *left != *right) continue;
        ground = fmt::format("{} is {}", relation.left,
                             relation.right.empty() ? "the object itself" : relation.right);
        return true;
    }
    return false;
}

bool Objects::is_marked(std::string_view type, VAddr address, std::string& ground) const {
    for (const Mark& mark : kMarks) {
        if (mark.type != type) continue;
        auto value = follow(type, mark.chain, address);
        if (!value || *value < 4096) continue;
        std::string found;
        if (mark.is_string) {
            if (auto text = dump_.memory().cstring(VAddr{*value}, kLongestWord)) found = *text;
        } else if (auto symbol = symbols_.find(VAddr{*value}); symbol && symbol->offset == 0) {
            found = symbol->symbol.name;
        }
        if (found.empty()) continue;
        std::string_view words = mark.words;
        while (!words.empty()) {
            std::string_view word = words.substr(0, words.find('|'));
            words.remove_prefix(std::min(words.size(), word.size() + 1));
            if (mark.is_string ? found != word : found.find(word) == std::string::npos) continue;
            ground = fmt::format("{} is {}", mark.chain, found);
            return true;
        }
    }
    return false;
}

unsigned Objects::linked_lists(const Shape& shape, VAddr address) const {
    const dump::Memory& memory = dump_.memory();
    unsigned linked = 0;
    for (std::uint64_t offset : shape.list_heads) {
        VAddr head = address + offset;
        auto next = memory.pointer(head), previous = memory.pointer(head + 8);
        if (!next || !previous || next->is_null() || previous->is_null()) continue;
        auto back = memory.pointer(*next + 8), forth = memory.pointer(*previous);
        if (back && forth && *back == head && *forth == head) ++linked;
    }
    return linked;
}

}  // namespace nfstriage::kernel
