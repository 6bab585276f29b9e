// Members of kernel structures as integers: the bytes that layout::Types says they have.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/types.h"

namespace nfstriage::kernel {

// The value of `structure`.`path` of the object at `object`: integers, enumerations, pointers, bit
// fields, at most 8 bytes; signed ones are extended. Unknown: no_type, the memory's reasons.
Maybe<std::uint64_t> read_member(const dump::Memory& memory, const layout::Types& types,
                                 std::string_view structure, std::string_view path, VAddr object);

// The same for a member whose own address is known.
Maybe<std::uint64_t> read_value(const dump::Memory& memory, const layout::Member& member,
                                VAddr address);

}  // namespace nfstriage::kernel
