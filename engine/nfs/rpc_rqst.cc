#include "nfs/rpc_rqst.h"

#include "nfs/read_fields.h"

namespace nfstriage::nfs {

using kernel::Object;

void describe(const RpcRqst& rqst, Visitor& visitor) {
    visitor.object(rqst.kType, rqst.address);
    visitor.column("xid", rqst.xid,
                   "as on the wire: be32_to_cpu(rq_xid); memory has the bytes in this order",
                   "hex");
    visitor.column("task", rqst.task, "struct rpc_task that it serves");
    visitor.detail("xprt", rqst.xprt, "struct rpc_xprt that it is a slot of");
    visitor.column("sent_age_ns", rqst.sent_age, "since it was sent last, rq_xtime");
    visitor.column("transmissions", rqst.transmissions, "how often it was sent, rq_ntrans");
    visitor.detail("retries", rqst.retries, "minor timeouts since the last major one, rq_retries");
    visitor.column("call_bytes", rqst.call_bytes, "of the encoded call, rq_snd_buf.len", "bytes");
    visitor.column("sent_bytes", rqst.sent_bytes, "of these given to the socket", "bytes");
    visitor.detail("reply_bytes", rqst.reply_bytes, "of the reply received, rq_reply_bytes_recvd",
                   "bytes");
    visitor.detail("reply_room_bytes", rqst.reply_room_bytes, "room for the reply, rq_rcv_buf",
                   "bytes");
    visitor.detail("timeout_ns", rqst.timeout, "how long it waits at present, rq_timeout");
    visitor.detail("minor_timeout_ns", rqst.minor_timeout, "until it is sent again, rq_minortimeo");
    visitor.column("major_timeout_ns", rqst.major_timeout,
                   "until the server counts as not responding, rq_majortimeo");
    visitor.detail("connect_cookie", rqst.connect_cookie,
                   "the transport's number of connections when it was sent, rq_connect_cookie");
    visitor.detail("same_connection", rqst.same_connection,
                   "the transport still has that number: no reconnect since");
    visitor.column("on_transmit_queue", rqst.on_transmit_queue,
                   "on the transport's xmit_queue: to be sent");
    visitor.column("on_receive_queue", rqst.on_receive_queue,
                   "in the transport's recv_queue: a reply is awaited");
    visitor.detail("congestion", rqst.congestion, "counts in the transport's window, rq_cong");
    visitor.detail("pins", rqst.pins, "somebody copies a reply into it, rq_pin");
    visitor.detail("gss_sequence", rqst.gss_sequence, "rq_seqno of RPCSEC_GSS");
    visitor.detail("cred", rqst.cred, "struct rpc_cred that it is sent with");
    visitor.detail("backchannel", rqst.backchannel, "belongs to a call of the server");
}

RpcRqst read_rpc_rqst(const SunrpcContext& context, const Object& rqst) {
    const kernel::Clock& clock = context.roots.clock;
    RpcRqst result;
    result.address = rqst.address();
    result.task = rqst.get<VAddr>("rq_task");
    result.xprt = rqst.get<VAddr>("rq_xprt");
    result.xid = network_u32(rqst, "rq_xid");
    result.call_bytes = rqst.get<std::uint64_t>("rq_snd_buf.len");
    result.sent_bytes = rqst.get<std::uint64_t>("rq_bytes_sent");
    result.reply_bytes = rqst.get<std::uint64_t>("rq_reply_bytes_recvd");
    result.reply_room_bytes = rqst.get<std::uint64_t>("rq_rcv_buf.buflen");
    auto sent = rqst.get<std::int64_t>("rq_xtime");
    if (sent.is(0))
        result.sent_age = {Reason::null, sent.origin()};  // never
    else
        result.sent_age = ktime_since(clock, rqst, "rq_xtime");
    result.transmissions = rqst.get<std::uint64_t>("rq_ntrans");
    result.retries = rqst.get<std::uint64_t>("rq_retries");
    result.timeout = jiffies_field(context.roots, rqst, "rq_timeout");
    result.minor_timeout = jiffies_until(clock, rqst, "rq_minortimeo");
    result.major_timeout = jiffies_until(clock, rqst, "rq_majortimeo");
    result.connect_cookie = rqst.get<std::uint64_t>("rq_connect_cookie");
    auto now = rqst.get<std::uint64_t>("rq_xprt->connect_cookie");
    if (result.connect_cookie && now)
        result.same_connection = {*result.connect_cookie == *now, now.origin()};
    else
        result.same_connection = result.connect_cookie ? now.why() : result.connect_cookie.why();
    result.congestion = rqst.get<std::uint64_t>("rq_cong");
    result.pins = rqst.get<std::uint64_t>("rq_pin");
    result.gss_sequence = rqst.get<std::uint64_t>("rq_seqno");
    result.cred = rqst.get<VAddr>("rq_cred");
    // RPC_BC_PA_IN_USE, bit 0. There without CONFIG_SUNRPC_BACKCHANNEL: no_type.
    auto state = rqst.get<std::uint64_t>("rq_bc_pa_state");
    result.backchannel =
        state ? Field<bool>((*state & 1) != 0, state.origin()) : Field<bool>(state.why());
    result.on_transmit_queue = Reason::null;
    result.on_receive_queue = Reason::null;
    return result;
}

}  // namespace nfstriage::nfs
