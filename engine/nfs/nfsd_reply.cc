#include "nfs/nfsd_reply.h"

#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// More buckets than any amount of memory gives: nfsd makes one for each 64 entries.
constexpr std::uint64_t kMostBuckets = 1u << 20;

constexpr EnumName kStates[] = {
    {"RC_UNUSED", "unused"}, {"RC_INPROG", "in_progress"}, {"RC_DONE", "done"}};
constexpr EnumName kKinds[] = {
    {"RC_NOCACHE", "none"}, {"RC_REPLSTAT", "status"}, {"RC_REPLBUFF", "buffer"}};

struct Texts {
    explicit Texts(const kernel::Reader& reader) : states(reader, kStates), kinds(reader, kKinds) {}
    EnumTexts states, kinds;
};

NfsdReply read_reply(const Roots& roots, const Texts& texts, const Object& reply, VAddr nfsd_net) {
    NfsdReply result;
    result.address = reply.address();
    result.type = std::string(reply.type());
    result.nfsd_net = nfsd_net;
    result.state = texts.states.text(reply.get<std::uint64_t>("c_state"));
    result.kind = texts.kinds.text(reply.get<std::uint64_t>("c_type"));
    // The key is a structure of its own in 5.10.
    result.xid = network_u32(reply, reply.first_of({"c_key.k_xid", "c_xid"}));
    result.protocol = reply.get<std::uint64_t>({"c_key.k_prot", "c_prot"});
    result.version = reply.get<std::uint64_t>({"c_key.k_vers", "c_vers"});
    result.procedure = reply.get<std::uint64_t>({"c_key.k_proc", "c_proc"});
    result.peer = address_field(reply, reply.first_of({"c_key.k_addr", "c_addr"}));
    auto stamp = reply.get<std::uint64_t>("c_timestamp");
    result.age = stamp ? Field<Duration>(roots.clock.since_jiffies(*stamp))
                       : Field<Duration>(stamp.why(), stamp.origin());
    if (result.kind.is("buffer"))
        result.reply_bytes = reply.get<std::uint64_t>("c_u.u_vec.iov_len");
    else
        result.reply_bytes = result.kind ? Reason::null : result.kind.why();
    return result;
}

// The table belongs to a namespace (5.10); before (4.19), there is one for all.
struct Table {
    VAddr first;
    std::uint64_t size = 0;
};
Maybe<Table> table_of(const Roots& roots, const Object& nfsd_net) {
    if (nfsd_net.has("drc_hashtbl")) {
        auto first = nfsd_net.pointer("drc_hashtbl");
        auto size = nfsd_net.number("drc_hashsize");
        if (!first) return tl::unexpected<Unknown>(first.error());
        if (!size) return tl::unexpected<Unknown>(size.error());
        return Table{*first, *size};
    }
    auto first_at = roots.reader.symbols().address("drc_hashtbl");
    auto size_at = roots.reader.symbols().address("drc_hashsize");
    if (!first_at) return tl::unexpected<Unknown>(first_at.error());
    if (!size_at) return tl::unexpected<Unknown>(size_at.error());
    auto first = roots.reader.memory().pointer(*first_at);
    auto size = roots.reader.memory().u32(*size_at);
    if (!first) return tl::unexpected<Unknown>(first.error());
    if (!size) return tl::unexpected<Unknown>(size.error());
    return Table{*first, *size};
}

}  // namespace

void describe(const NfsdReply& reply, Visitor& visitor) {
    visitor.object(reply.type, reply.address);
    visitor.detail("nfsd_net", reply.nfsd_net, "nfsd_net that it belongs to");
    visitor.column("xid", reply.xid, "transaction of the call, host byte order", "hex");
    visitor.column("peer", reply.peer, "who called");
    visitor.column("version", reply.version, "NFS version of the call");
    visitor.column("procedure", reply.procedure, "number of the procedure");
    visitor.detail("protocol", reply.protocol, "6 TCP, 17 UDP");
    visitor.column("state", reply.state, "unused, in_progress or done");
    visitor.column("kind", reply.kind, "what is kept: none, status or buffer");
    visitor.column("age_ns", reply.age, "since it was used last, c_timestamp");
    visitor.detail("reply_bytes", reply.reply_bytes, "size of the reply that is kept", "bytes");
}

LongListing<NfsdReply> read_nfsd_replies(const Roots& roots, const Object& nfsd_net) {
    LongListing<NfsdReply> replies;
    std::string of = "reply cache of nfsd_net " + hex(nfsd_net.address());
    auto up = is_nfsd_up(nfsd_net);
    auto table = table_of(roots, nfsd_net);
    if (!up || !table) {
        replies.add_gap(!up ? up.error() : table.error(), of);
        return replies;
    }
    if (!*up || table->first.is_null()) return replies;
    if (table->size > kMostBuckets) {
        replies.add_gap(Unknown{Reason::corrupt, std::to_string(table->size) + " buckets"}, of);
        return replies;
    }
    std::string_view type = roots.reader.describes("struct nfsd_cacherep") ? "struct nfsd_cacherep"
                                                                           : "struct svc_cacherep";
    auto found = walk_table(roots, table->first, table->size, "struct nfsd_drc_bucket", of,
                            [type](const Object& bucket, Budget& budget) {
                                return kernel::list(bucket, "lru_head", type, "c_lru", budget);
                            });
    replies.add_gaps(found);
    const Texts texts(roots.reader);
    for (const Object& reply : found.items)
        replies.items.push_back(read_reply(roots, texts, reply, nfsd_net.address()));
    return replies;
}

}  // namespace nfstriage::nfs
