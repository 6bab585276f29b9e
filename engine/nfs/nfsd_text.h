// Text of what the server's objects have in common: file handles, names without an end mark, and
// paths of what is exported.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nfs/roots.h"

namespace nfstriage::nfs {

using kernel::Duration;
using kernel::Field;

// The bytes of a knfsd_fh or nfs_fh, in hexadecimal. Unknown(corrupt) for an impossible size,
// Unknown(null) for an empty one.
Field<std::string> file_handle_text(const kernel::Object& object, std::string_view path);

std::string hex_text(const std::vector<std::uint8_t>& bytes);

// The bytes of a struct xdr_netobj {len, data}: as text where all are printable, otherwise in
// hexadecimal. Unknown(null) for none.
Field<std::string> netobj_text(const kernel::Object& object, std::string_view path);

// Where a struct path {mnt, dentry} is seen: "/srv/data/file".
Field<std::string> path_text(const kernel::Object& path);
// The same of the dentry of a struct svc_fh, by the mount of its export.
Field<std::string> export_path(const kernel::Object& svc_fh);

// Task that holds a mutex; 0: nobody. Unknown(no_type) where mutexes do not say.
Field<VAddr> mutex_owner(const kernel::Object& object, std::string_view path);

// How long ago a time in seconds was: since boot, or in older kernels since 1970.
Field<Duration> seconds_age(const Roots& roots, const Field<std::int64_t>& then);

// The name of the enumerator with this value, of those given; its number if none has it.
struct EnumName {
    std::string_view enumerator, name;
};
Field<std::string> enum_text(const kernel::Reader& reader, const Field<std::uint64_t>& value,
                             std::span<const EnumName> names);
// The same for many values: the types are asked once.
class EnumTexts {
public:
    EnumTexts(const kernel::Reader& reader, std::span<const EnumName> names);
    Field<std::string> text(const Field<std::uint64_t>& value) const;

private:
    std::vector<std::pair<std::uint64_t, std::string_view>> known_;
};

// Whether the kernel has no such variable for sure: its module is not loaded. Without the names of
// a module's variables nobody can tell.
bool is_absent(const kernel::Reader& reader, std::string_view symbol);

// The objects of a hash table: `count` heads of C type `head` from `first` on, each walked by
// `chain`. Chains that could not be followed to their ends are one gap together: `of` says of what.
using WalkChain = std::function<kernel::Walk(const kernel::Object& head, Budget& budget)>;
Listing<kernel::Object> walk_table(const Roots& roots, VAddr first, std::uint64_t count,
                                   std::string_view head, const std::string& of,
                                   const WalkChain& chain);

// Whether nfsd runs in the namespace of an nfsd_net: only then are its tables what they seem,
// because nfsd frees them without clearing the pointers. Unknown: nobody can tell.
Maybe<bool> is_nfsd_up(const kernel::Object& nfsd_net);

// How many objects a walk saw, if it saw them all.
Field<std::uint64_t> length_of(const kernel::Walk& walk);

}  // namespace nfstriage::nfs
