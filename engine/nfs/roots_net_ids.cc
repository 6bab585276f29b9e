#include "nfs/roots_net_ids.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "arguments/data_symbols.h"
#include "kernel/containers.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

constexpr std::uint64_t kMostIds = 4096;  // entries of a net_generic; a kernel has some dozens

// Whether the list head at `path` is one: its neighbours point back to it.
bool is_list_head(const Object& object, std::string_view path) {
    auto head = object.at(path);
    auto next = head ? head->follow("next") : tl::unexpected<Unknown>(head.error());
    auto prev = head ? head->follow("prev") : tl::unexpected<Unknown>(head.error());
    if (!next || !prev) return false;
    auto back = next->pointer("prev"), forth = prev->pointer("next");
    return back && forth && *back == head->address() && *forth == head->address();
}

// Whether the first object of a list says by its member `says` that it belongs to `net`.
bool first_says(const Object& owner, std::string_view head, std::string_view type,
                std::string_view node, std::string_view says, const Object& net) {
    if (!is_list_head(owner, head)) return false;
    auto first = owner.follow(std::string(head) + ".next");
    auto place = owner.address_of(head);
    if (!first || !place || first->address() == *place) return false;
    auto object = first->container(type, node);
    auto its = object ? object->pointer(says) : tl::unexpected<Unknown>(object.error());
    return its && *its == net.address();
}

bool says(const Object& object, std::string_view path, std::string_view text) {
    auto value = object.get<std::string>(path);
    return value && *value == text;
}

bool is_nfs_net(const Object& entry, const Object& net) {
    return first_says(entry, "nfs_client_list", "struct nfs_client", "cl_share_link", "cl_net",
                      net);
}

// ip_map_cache_create() and nfsd_export_init() make caches of these names for each namespace.
bool is_sunrpc_net(const Object& entry, const Object&) {
    return says(entry, "ip_map_cache->name", "auth.unix.ip");
}
bool is_nfsd_net(const Object& entry, const Object&) {
    return says(entry, "svc_expkey_cache->name", "nfsd.fh");
}

// lockd_init_net() of fs/lockd/svc.c.
bool is_lockd_net(const Object& entry, const Object&) {
    auto work = entry.symbol("grace_period_end.work.func");
    return work && *work == "grace_ender";
}

struct Kind {
    std::string_view symbol, type, file_system;  // registered by the module that has the id
    bool (*is)(const Object& entry, const Object& net);
};
constexpr std::array<Kind, 4> kKinds{
    Kind{"nfs_net_id", "struct nfs_net", "nfs", is_nfs_net},
    Kind{"sunrpc_net_id", "struct sunrpc_net", "rpc_pipefs", is_sunrpc_net},
    Kind{"nfsd_net_id", "struct nfsd_net", "nfsd", is_nfsd_net},
    Kind{"lockd_net_id", "struct lockd_net", "", is_lockd_net}};

// How many entries the table of a namespace has. Zero if it cannot be read.
std::uint64_t entries_of(const Object& net) {
    auto length = net.number("gen->s.len");
    return length && *length < kMostIds ? *length : 0;
}

// Whether no file system of that name is registered: the list file_systems of fs/filesystems.c.
bool is_unregistered(const Reader& reader, std::string_view name) {
    auto head = reader.symbols().address("file_systems");
    if (!head || name.empty()) return false;
    auto at = reader.memory().pointer(*head);
    for (unsigned seen = 0; at && !at->is_null() && seen < 1024; ++seen) {
        Object type = reader.object("struct file_system_type", *at);
        auto its = type.get<std::string>("name");
        if (!its || *its == name) return false;
        at = type.pointer("next");
    }
    return at && at->is_null();
}

std::optional<std::uint32_t> by_proof(const std::vector<Object>& nets, const Kind& kind) {
    for (const Object& net : nets)
        for (std::uint64_t id = 1; id < entries_of(net); ++id) {
            auto number = static_cast<std::uint32_t>(id);
            auto entry = net_generic(net, number, kind.type);
            if (entry && kind.is(*entry, net)) return number;
        }
    return std::nullopt;
}

// nfs_net without clients: functions of the module that read the id and little else. What each of
// them makes of constants is tried as the id's address; exactly one address must do for all that
// have any, and these be two at least.
std::optional<std::uint32_t> nfs_by_code(const Reader& reader, const std::vector<Object>& nets) {
    constexpr std::array<std::string_view, 6> kUsers{
        "nfs_clients_init",        "nfs_put_client",       "nfs_server_insert_lists",
        "nfs_server_remove_lists", "nfs_fs_proc_net_exit", "nfs_get_client"};
    auto is_empty_nfs_net = [&](std::uint32_t id) {
        return std::all_of(nets.begin(), nets.end(), [&](const Object& net) {
            auto entry = net_generic(net, id, "struct nfs_net");
            return id < entries_of(net) && entry && is_list_head(*entry, "nfs_client_list") &&
                   is_list_head(*entry, "nfs_volume_list");
        });
    };
    arguments::CodeReader code(reader.memory(), reader.symbols(), reader.dump().arch());
    std::optional<std::set<std::uint64_t>> common;
    unsigned agreeing = 0;
    for (std::string_view name : kUsers) {
        auto entry = reader.symbols().address(name);
        if (!entry) continue;
        auto function = code.function_at(*entry);
        if (!function || !(*function)->complete) continue;
        std::set<std::uint64_t> candidates;
        for (std::uint64_t address : arguments::made_addresses(**function)) {
            auto id = reader.memory().u32(VAddr{address});
            if (id && *id != 0 && is_empty_nfs_net(*id)) candidates.insert(address);
        }
        if (candidates.empty()) continue;  // the id is read in a part or function of its own
        ++agreeing;
        if (!common)
            common = candidates;
        else
            std::erase_if(*common, [&](auto address) { return !candidates.contains(address); });
    }
    if (agreeing < 2 || common->size() != 1 || nets.empty()) return std::nullopt;
    auto id = reader.memory().u32(VAddr{*common->begin()});
    return id ? std::optional<std::uint32_t>(*id) : std::nullopt;
}

Maybe<std::uint32_t> find_id(const Reader& reader, const std::vector<Object>& nets,
                             const Kind& kind) {
    if (auto at = reader.symbols().address(kind.symbol)) return reader.memory().u32(*at);
    if (auto id = by_proof(nets, kind)) return *id;
    if (is_unregistered(reader, kind.file_system))
        return unknown(Reason::null, "no file system " + std::string(kind.file_system));
    if (kind.symbol == "nfs_net_id")
        if (auto id = nfs_by_code(reader, nets)) return *id;
    return unknown(Reason::no_symbol, std::string(kind.symbol));
}

}  // namespace

NetIds find_net_ids(const Reader& reader, const std::vector<Object>& nets) {
    return {find_id(reader, nets, kKinds[0]), find_id(reader, nets, kKinds[1]),
            find_id(reader, nets, kKinds[2]), find_id(reader, nets, kKinds[3])};
}

Maybe<Object> net_generic(const Object& net, const Maybe<std::uint32_t>& id,
                          std::string_view type) {
    if (!id) return tl::unexpected<Unknown>(id.error());
    auto array = net.address_of("gen->ptr");
    if (!array) return tl::unexpected<Unknown>(array.error());
    auto address = net.reader().memory().pointer(*array + std::uint64_t{*id} * 8);
    if (!address) return tl::unexpected<Unknown>(address.error());
    if (address->is_null()) return unknown(Reason::null, std::string(type));
    return net.reader().object(type, *address);
}

}  // namespace nfstriage::nfs
