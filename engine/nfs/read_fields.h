// What readers need again and again: times in jiffies as lengths and ages, the length of a list, an
// address as text.
#pragma once

#include "nfs/describe.h"
#include "nfs/file_path.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

// A member that counts jiffies, as a length of time; one that is a point in jiffies, as its age.
Field<Duration> jiffies_field(const Roots& roots, const kernel::Object& object,
                              std::string_view path);
Field<Duration> age_field(const Roots& roots, const kernel::Object& object, std::string_view path);

// How many objects are on a list. Unknown if it cannot be walked to its end.
Field<std::uint64_t> length_field(const Roots& roots, const kernel::Object& owner,
                                  std::string_view head, std::string_view type,
                                  std::string_view node);

// "192.0.2.1:2049": a sockaddr that lies in the object.
Field<std::string> address_field(const kernel::Object& object, std::string_view path);

// A __be32, in host byte order.
Field<std::uint64_t> network_u32(const kernel::Object& object, std::string_view path);

// fsuid of the credential that the member points to: struct cred, and struct rpc_cred before
// a52458b48af1 (4.19).
Field<std::uint64_t> uid_field(const kernel::Object& object, std::string_view path);

// The file whose inode, or dentry, the member points to.
Field<std::string> path_field(const FilePaths& paths, const kernel::Object& object,
                              std::string_view path);

// nfs4_stateid (include/linux/nfs4.h): what the server calls an open file, lock, delegation or
// layout.
struct StateidFields {
    Field<std::string> type, other;  // "OPEN"; the 12 bytes that stay the same, in hex
    Field<std::uint64_t> sequence;
};
StateidFields read_stateid(const kernel::Object& object, std::string_view path);
struct StateidNames {
    std::string_view type, sequence, other;
};
constexpr StateidNames kStateid{"stateid_type", "stateid_sequence", "stateid_other"};
constexpr StateidNames kOpenStateid{"open_stateid_type", "open_stateid_sequence",
                                    "open_stateid_other"};
void describe(const StateidFields& stateid, const StateidNames& names, Visitor& visitor);

}  // namespace nfstriage::nfs
