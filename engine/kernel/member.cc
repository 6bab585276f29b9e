#include "kernel/member.h"

#include <array>
#include <cstring>

namespace nfstriage::kernel {

Maybe<std::uint64_t> read_member(const dump::Memory& memory, const layout::Types& types,
                                 std::string_view structure, std::string_view path, VAddr object) {
    auto member = types.member(structure, path);
    if (!member) return tl::unexpected<Unknown>(member.error());
    return read_value(memory, *member, object + member->offset);
}

Maybe<std::uint64_t> read_value(const dump::Memory& memory, const layout::Member& member,
                                VAddr address) {
    std::uint64_t size = member.type.size;
    if (size == 0 || size > 8) return unknown(Reason::no_type, member.type.name + " is no integer");
    std::array<std::uint8_t, 16> bytes{};
    unsigned bits = member.bit_size != 0 ? member.bit_size : static_cast<unsigned>(size * 8);
    if (bits > 64 || member.bit_offset > 63)
        return unknown(Reason::no_type, "bit field of " + std::to_string(bits) + " bits");
    std::size_t wanted = (member.bit_offset + bits + 7) / 8;
    if (auto read = memory.read(address, std::span(bytes).first(wanted)); !read)
        return tl::unexpected<Unknown>(read.error());
    const std::uint8_t* first = &bytes[member.bit_offset / 8];
    const unsigned shift = member.bit_offset % 8;
    std::uint64_t value;
    std::memcpy(&value, first, sizeof value);
    value >>= shift;
    // A bit field of 64 bits that begins inside a byte ends in a ninth one.
    if (shift != 0) value |= std::uint64_t{first[8]} << (64 - shift);
    if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
    if (member.type.is_signed && bits < 64 && (value >> (bits - 1) & 1) != 0)
        value |= ~std::uint64_t{0} << bits;
    return value;
}

}  // namespace nfstriage::kernel
