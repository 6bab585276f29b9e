// What readers of client objects need again and again: times in jiffies as lengths and ages, the
// length of a list, an address as text.
#pragma once

#include "nfs/describe.h"
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

}  // namespace nfstriage::nfs
