// Types and memory of a small NFS server: as of v6.1, or with the stateids of v6.9.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakes/btf_writer.h"
#include "fakes/dump.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "kernel/object.h"
#include "kernel/objects.h"
#include "layout/btf_types.h"
#include "nfs/check.h"
#include "nfs/server_state.h"

namespace nfstriage::test {

// Structures as lists of {member, type}, laid out like C: "u32", "char[16]", "*" for void *,
// "*svc_xprt" for a pointer to a structure written before, or the name of one.
class TypeWriter {
public:
    struct Member {
        std::string name, type;
    };

    TypeWriter() {
        for (auto [name, size] : {std::pair{"u8", 1u}, {"u16", 2u}, {"u32", 4u}, {"u64", 8u}})
            known_[name] = {writer_.integer(name, size), size, size};
        known_["int"] = {writer_.integer("int", 4, true), 4, 4};
        known_["s64"] = {writer_.integer("long", 8, true), 8, 8};
        known_["char"] = {writer_.integer("char", 1, true), 1, 1};
        known_["*"] = {writer_.pointer(0), 8, 8};
    }

    void structure(const std::string& name, const std::vector<Member>& members) {
        std::vector<fakes::BtfWriter::Member> written;
        std::uint32_t at = 0, align = 1;
        for (const Member& member : members) {
            Type type = find(member.type);
            at = (at + type.align - 1) / type.align * type.align;
            written.push_back({member.name, type.id, at * 8});
            offsets_[name + "." + member.name] = at;
            at += type.size;
            align = std::max(align, type.align);
        }
        std::uint32_t size = (at + align - 1) / align * align;
        known_[name] = {writer_.structure(name, size, written), size, align};
    }
    void enumeration(const std::vector<std::pair<std::string, std::int32_t>>& values) {
        writer_.enumeration("", values);
    }

    std::uint64_t size(const std::string& name) const { return known_.at(name).size; }
    std::uint64_t offset(const std::string& member) const { return offsets_.at(member); }
    std::unique_ptr<layout::BtfTypes> types() const {
        return std::make_unique<layout::BtfTypes>(
            std::move(layout::Btf::parse(writer_.bytes()).value()));
    }

private:
    struct Type {
        std::uint32_t id, size, align;
    };
    Type find(const std::string& spelling) {
        if (auto known = known_.find(spelling); known != known_.end()) return known->second;
        auto bracket = spelling.find('[');
        if (spelling.starts_with('*') && bracket == std::string::npos)
            return known_[spelling] = {writer_.pointer(find(spelling.substr(1)).id), 8, 8};
        Type element = find(spelling.substr(0, bracket));
        auto count = static_cast<std::uint32_t>(std::stoul(spelling.substr(bracket + 1)));
        return known_[spelling] = {writer_.array(element.id, find("u32").id, count),
                                   element.size * count, element.align};
    }

    fakes::BtfWriter writer_;
    std::map<std::string, Type> known_;
    std::map<std::string, std::uint32_t> offsets_;
};

class ServerDump : public fakes::FakeDump {
public:
    fakes::FakePages pages;
    const dump::Memory& memory() const override { return pages; }
};

class ServerWorld {
public:
    explicit ServerWorld(bool split_status = false) : writer_(written(split_status)) {}

    std::uint64_t offset(const std::string& member) const { return writer_.offset(member); }

    // A zeroed structure, each at a page of its own so that a test can take it away.
    std::uint64_t make(const std::string& type) {
        std::uint64_t address = next_;
        std::uint64_t pages = writer_.size(type) / 4096 + 1;
        next_ += pages * 4096;
        dump.pages.map(address, pages * 4096);
        return address;
    }
    template <class T>
    void set(std::uint64_t object, const std::string& member, T value) {
        dump.pages.put(object + offset(member), value);
    }
    void empty_list(std::uint64_t head) {
        dump.pages.put(head, head);
        dump.pages.put(head + 8, head);
    }
    // Adds a list node at the end of a list.
    void add(std::uint64_t head, std::uint64_t node) {
        std::uint64_t last = dump.pages.u64(VAddr{head + 8}).value();
        dump.pages.put(last, node);
        dump.pages.put(node + 8, last);
        dump.pages.put(node, head);
        dump.pages.put(head + 8, node);
    }

    // A network namespace with an nfsd that has no clients yet.
    std::uint64_t make_nfsd();
    std::uint64_t make_client(std::uint64_t nfsd, bool confirmed = true);
    // A stateid with that sc_type, in the idr of its client at `index` (below 64).
    std::uint64_t make_stateid(std::uint64_t client, unsigned index, std::uint16_t type);
    // A service with one pool.
    std::uint64_t make_service(std::uint64_t nfsd);
    std::uint64_t make_thread(std::uint64_t serv);
    std::uint64_t make_xprt(std::uint64_t serv, std::uint64_t flags, bool queued);

    nfs::ServerState read() {
        fresh();
        return nfs::read_server_state(*roots_);
    }
    std::vector<std::string> findings() {
        auto state = read();
        std::vector<std::string> names;
        for (const nfs::Finding& finding : nfs::check(*roots_, state).items)
            names.push_back(*finding.check);
        return names;
    }

    ServerDump dump;
    fakes::FakeSymbols symbols;
    std::uint64_t nfsd_mutex = 0;
    kernel::Clock clock;
    nfs::Listing<kernel::TaskInfo> tasks;

private:
    static TypeWriter written(bool split_status);
    void fresh() {
        types_ = writer_.types();
        reader_ = std::make_unique<kernel::Reader>(dump, *types_, symbols);
        objects_ = std::make_unique<kernel::Objects>(dump, *types_, symbols);
        nets_ = {};
        for (std::uint64_t nfsd : nfsds_) {
            nfs::NetNamespace net{reader_->object("struct net", VAddr{nfsd - 8})};
            net.nfsd = reader_->object("struct nfsd_net", VAddr{nfsd});
            nets_.items.push_back(net);
        }
        roots_.reset(new nfs::Roots{*reader_, *objects_, clock, tasks, nets_, 10'000});
    }

    TypeWriter writer_;
    std::uint64_t next_ = 0xffff'8880'0010'0000;
    std::vector<std::uint64_t> nfsds_;
    std::unique_ptr<layout::BtfTypes> types_;
    std::unique_ptr<kernel::Reader> reader_;
    std::unique_ptr<kernel::Objects> objects_;
    nfs::Listing<nfs::NetNamespace> nets_;
    std::unique_ptr<nfs::Roots> roots_;
};

inline TypeWriter ServerWorld::written(bool split_status) {
    TypeWriter w;
    w.structure("list_head", {{"next", "*"}, {"prev", "*"}});
    w.structure("atomic", {{"counter", "int"}});
    w.structure("qspinlock", {{"val", "atomic"}});
    w.structure("raw_spinlock", {{"raw_lock", "qspinlock"}});
    w.structure("spinlock", {{"rlock", "raw_spinlock"}});
    w.structure("mutex", {{"owner", "u64"}, {"wait_lock", "spinlock"}});
    w.structure("xarray", {{"xa_lock", "spinlock"}, {"xa_flags", "u32"}, {"xa_head", "*"}});
    w.structure("idr", {{"idr_rt", "xarray"}, {"idr_base", "u32"}, {"idr_next", "u32"}});
    w.structure("xa_node", {{"shift", "u8"},
                            {"offset", "u8"},
                            {"count", "u8"},
                            {"nr_values", "u8"},
                            {"parent", "*"},
                            {"array", "*"},
                            {"private_list", "list_head"},
                            {"slots", "*[64]"}});
    w.structure("xdr_netobj", {{"len", "u32"}, {"data", "*"}});
    w.structure("svc_xprt_class", {{"xcl_name", "*char"}});
    w.structure("svc_xprt", {{"xpt_class", "*svc_xprt_class"},
                             {"xpt_ref", "u32"},
                             {"xpt_list", "list_head"},
                             {"xpt_ready", "list_head"},
                             {"xpt_flags", "u64"},
                             {"xpt_server", "*"},
                             {"xpt_mutex", "mutex"},
                             {"xpt_deferred", "list_head"},
                             {"xpt_remote", "char[128]"}});
    w.structure("svc_pool", {{"sp_id", "u32"},
                             {"sp_lock", "spinlock"},
                             {"sp_sockets", "list_head"},
                             {"sp_nrthreads", "u32"},
                             {"sp_all_threads", "list_head"},
                             {"sp_flags", "u64"}});
    w.structure("svc_serv", {{"sv_name", "*char"},
                             {"sv_lock", "spinlock"},
                             {"sv_permsocks", "list_head"},
                             {"sv_tempsocks", "list_head"},
                             {"sv_nrpools", "u32"},
                             {"sv_pools", "*svc_pool"}});
    w.structure("nfsd4_operation", {{"op_func", "*"}, {"op_name", "*char"}});
    w.structure("nfsd4_op", {{"opnum", "u32"}, {"opdesc", "*nfsd4_operation"}});
    w.structure("nfsd4_compoundargs", {{"opcnt", "u32"}, {"ops", "*nfsd4_op"}});
    w.structure("nfsd4_compoundres", {{"opcnt", "u32"}});
    w.structure("svc_procedure", {{"pc_func", "*"}, {"pc_name", "*char"}});
    w.structure("svc_rqst", {{"rq_all", "list_head"},
                             {"rq_xprt", "*svc_xprt"},
                             {"rq_addr", "char[128]"},
                             {"rq_server", "*svc_serv"},
                             {"rq_pool", "*svc_pool"},
                             {"rq_procinfo", "*svc_procedure"},
                             {"rq_xid", "u32"},
                             {"rq_prog", "u32"},
                             {"rq_vers", "u32"},
                             {"rq_proc", "u32"},
                             {"rq_argp", "*"},
                             {"rq_resp", "*"},
                             {"rq_task", "*"}});
    w.structure("net", {{"count", "u32"}});
    w.structure("nfsd_net", {{"nfsd_serv", "*svc_serv"},
                             {"conf_id_hashtbl", "*list_head"},
                             {"unconf_id_hashtbl", "*list_head"},
                             {"client_lru", "list_head"},
                             {"client_lock", "spinlock"},
                             {"nfsd_net_up", "u8"},
                             {"nfsd4_lease", "s64"}});
    w.structure("nfs4_client", {{"cl_idhash", "list_head"},
                                {"cl_stateids", "idr"},
                                {"cl_lru", "list_head"},
                                {"cl_name", "xdr_netobj"},
                                {"cl_time", "s64"},
                                {"cl_flags", "u64"},
                                {"cl_state", "u32"},
                                {"cl_rpc_users", "u32"},
                                {"cl_lock", "spinlock"},
                                {"cl_sessions", "list_head"}});
    w.structure("opaque", {{"so_clid", "u64"}, {"so_id", "u32"}});
    w.structure("stateid", {{"si_generation", "u32"}, {"si_opaque", "opaque"}});
    if (split_status)
        w.structure("nfs4_stid", {{"sc_count", "u32"},
                                  {"sc_type", "u16"},
                                  {"sc_status", "u16"},
                                  {"sc_stateid", "stateid"},
                                  {"sc_client", "*nfs4_client"},
                                  {"sc_file", "*"}});
    else
        w.structure("nfs4_stid", {{"sc_count", "u32"},
                                  {"sc_type", "u8"},
                                  {"sc_stateid", "stateid"},
                                  {"sc_client", "*nfs4_client"},
                                  {"sc_file", "*"}});
    w.structure("nfs4_ol_stateid", {{"st_stid", "nfs4_stid"},
                                    {"st_perfile", "list_head"},
                                    {"st_access_bmap", "u8"},
                                    {"st_deny_bmap", "u8"},
                                    {"st_mutex", "mutex"}});
    w.enumeration({{"NFSD4_ACTIVE", 0}, {"NFSD4_COURTESY", 1}, {"NFSD4_EXPIRABLE", 2}});
    return w;
}

inline std::uint64_t ServerWorld::make_nfsd() {
    std::uint64_t nfsd = make("nfsd_net");
    empty_list(nfsd + offset("nfsd_net.client_lru"));
    for (const char* table : {"nfsd_net.conf_id_hashtbl", "nfsd_net.unconf_id_hashtbl"}) {
        std::uint64_t heads = make("list_head");
        for (unsigned i = 0; i < 16; ++i) empty_list(heads + i * 16);
        set(nfsd, table, heads);
    }
    set(nfsd, "nfsd_net.nfsd_net_up", std::uint8_t{1});
    if (nfsds_.empty()) symbols.add("nfsd_mutex", nfsd_mutex = make("mutex"), 16, 'D');
    nfsds_.push_back(nfsd);
    return nfsd;
}

inline std::uint64_t ServerWorld::make_client(std::uint64_t nfsd, bool confirmed) {
    std::uint64_t client = make("nfs4_client");
    auto table = offset(confirmed ? "nfsd_net.conf_id_hashtbl" : "nfsd_net.unconf_id_hashtbl");
    add(dump.pages.u64(VAddr{nfsd + table}).value() + 3 * 16,
        client + offset("nfs4_client.cl_idhash"));
    add(nfsd + offset("nfsd_net.client_lru"), client + offset("nfs4_client.cl_lru"));
    empty_list(client + offset("nfs4_client.cl_sessions"));
    set(client, "nfs4_client.cl_flags", std::uint64_t{confirmed ? 0x10u : 0u});
    return client;
}

inline std::uint64_t ServerWorld::make_stateid(std::uint64_t client, unsigned index,
                                               std::uint16_t type) {
    std::uint64_t head = client + offset("nfs4_client.cl_stateids") + offset("xarray.xa_head");
    std::uint64_t node = dump.pages.u64(VAddr{head}).value();
    if (node == 0) {
        node = make("xa_node") | 2;  // an internal entry
        dump.pages.put(head, node);
    }
    std::uint64_t stid = make("nfs4_ol_stateid");
    dump.pages.put((node & ~3ull) + offset("xa_node.slots") + index * 8, stid);
    set(stid, "nfs4_stid.sc_count", std::uint32_t{1});
    dump.pages.put(stid + offset("nfs4_stid.sc_type"), static_cast<std::uint8_t>(type));
    set(stid, "nfs4_stid.sc_client", client);
    dump.pages.put(stid + offset("nfs4_stid.sc_stateid") + offset("stateid.si_opaque") +
                       offset("opaque.so_id"),
                   std::uint32_t{index});
    empty_list(stid + offset("nfs4_ol_stateid.st_perfile"));
    return stid;
}

inline std::uint64_t ServerWorld::make_service(std::uint64_t nfsd) {
    std::uint64_t serv = make("svc_serv"), pool = make("svc_pool");
    for (const char* head : {"svc_serv.sv_permsocks", "svc_serv.sv_tempsocks"})
        empty_list(serv + offset(head));
    for (const char* head : {"svc_pool.sp_sockets", "svc_pool.sp_all_threads"})
        empty_list(pool + offset(head));
    set(serv, "svc_serv.sv_nrpools", std::uint32_t{1});
    set(serv, "svc_serv.sv_pools", pool);
    set(nfsd, "nfsd_net.nfsd_serv", serv);
    return serv;
}

inline std::uint64_t ServerWorld::make_thread(std::uint64_t serv) {
    std::uint64_t pool = dump.pages.u64(VAddr{serv + offset("svc_serv.sv_pools")}).value();
    std::uint64_t thread = make("svc_rqst");
    set(thread, "svc_rqst.rq_server", serv);
    set(thread, "svc_rqst.rq_pool", pool);
    add(pool + offset("svc_pool.sp_all_threads"), thread + offset("svc_rqst.rq_all"));
    auto count = dump.pages.u32(VAddr{pool + offset("svc_pool.sp_nrthreads")}).value();
    set(pool, "svc_pool.sp_nrthreads", count + 1);
    return thread;
}

inline std::uint64_t ServerWorld::make_xprt(std::uint64_t serv, std::uint64_t flags, bool queued) {
    std::uint64_t xprt = make("svc_xprt");
    std::uint64_t pool = dump.pages.u64(VAddr{serv + offset("svc_serv.sv_pools")}).value();
    set(xprt, "svc_xprt.xpt_ref", std::uint32_t{1});
    set(xprt, "svc_xprt.xpt_flags", flags);
    set(xprt, "svc_xprt.xpt_server", serv);
    empty_list(xprt + offset("svc_xprt.xpt_deferred"));
    add(serv + offset("svc_serv.sv_tempsocks"), xprt + offset("svc_xprt.xpt_list"));
    if (queued) add(pool + offset("svc_pool.sp_sockets"), xprt + offset("svc_xprt.xpt_ready"));
    return xprt;
}

}  // namespace nfstriage::test
