// svc_cacherep, later nfsd_cacherep (fs/nfsd/cache.h): an entry of nfsd's duplicate reply cache,
// by which it answers a repeated NFSv2, v3 or v4.0 call without doing it twice.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdReply {
    VAddr address;
    std::string type;  // C type
    Field<VAddr> nfsd_net;
    Field<std::string> state;  // "unused", "in_progress", "done"
    Field<std::string> kind;   // "none", "status", "buffer"
    Field<std::uint64_t> xid, protocol, version, procedure;
    Field<std::string> peer;
    Field<Duration> age;
    Field<std::uint64_t> reply_bytes;
};

void describe(const NfsdReply& reply, Visitor& visitor);

LongListing<NfsdReply> read_nfsd_replies(const Roots& roots, const kernel::Object& nfsd_net);

}  // namespace nfstriage::nfs
