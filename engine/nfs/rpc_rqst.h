// rpc_rqst (include/linux/sunrpc/xprt.h): the slot of a transport that an rpc_task holds while its
// call is sent and its reply awaited; also a call of the server over the back channel.
#pragma once

#include "nfs/describe.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct RpcRqst {
    static constexpr std::string_view kType = "struct rpc_rqst";
    VAddr address;
    Field<VAddr> task, xprt;
    Field<std::uint64_t> xid;         // as the wire and tracing show it: be32_to_cpu(rq_xid)
    Field<std::uint64_t> call_bytes;  // of the encoded call; 0 before it was encoded
    Field<std::uint64_t> sent_bytes;  // of the present transmission
    Field<std::uint64_t> reply_bytes, reply_room_bytes;
    Field<Duration> sent_age;  // since the last transmission
    Field<std::uint64_t> transmissions, retries;
    Field<Duration> timeout;                       // the present step of waiting for a reply
    Field<Duration> minor_timeout, major_timeout;  // time to go; negative: it has passed
    Field<std::uint64_t> connect_cookie;
    Field<bool> same_connection;  // that cookie is the transport's: no reconnect since it was sent
    Field<std::uint64_t> congestion, pins, gss_sequence;
    Field<VAddr> cred;
    Field<bool> on_transmit_queue, on_receive_queue;  // the transport's own queues have it
    Field<bool> backchannel;
};

void describe(const RpcRqst& rqst, Visitor& visitor);

RpcRqst read_rpc_rqst(const SunrpcContext& context, const kernel::Object& rqst);

}  // namespace nfstriage::nfs
