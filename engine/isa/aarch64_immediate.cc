// C4.1.92: data processing with an immediate operand.
#include <bit>
#include <optional>

#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

bool address(A64Word& w) {
    std::int64_t offset = w.signed_field(5, 19) * 4 + w.field(29, 2);
    std::uint64_t from = w.out.address;
    if (w.flag(31)) {  // adrp
        from &= ~std::uint64_t{0xfff};
        offset *= 4096;
    }
    w.writes(w.rd());
    w.constant(w.rd(), from + static_cast<std::uint64_t>(offset));
    return true;
}

bool add(A64Word& w) {
    bool is_64 = w.flag(31), subtract = w.flag(30), sets_flags = w.flag(29);
    std::uint64_t value = w.field(10, 12);
    if (w.flag(22)) value <<= 12;
    w.reads_sp(w.rn());
    if (sets_flags && w.rd() == 31) return true;  // cmp, cmn
    w.writes_sp(w.rd());
    if (is_64) {
        w.sum_sp(w.rd(), w.rn(), subtract ? 0 - value : value);
    } else if (value == 0) {
        w.copy_sp(w.rd(), w.rn(), 32);
    }
    return true;
}

// addg, subg: the address moves and so does its tag
bool add_tag(A64Word& w) {
    if (!w.is(0xbfc0c000, 0x91800000)) return false;
    w.reads_sp(w.rn());
    w.writes_sp(w.rd());
    return true;
}

// DecodeBitMasks of the Arm ARM: a run of ones, rotated and repeated.
std::optional<std::uint64_t> bit_mask(unsigned n, unsigned imms, unsigned immr, bool is_64) {
    unsigned length = std::bit_width((n << 6) | (~imms & 0x3f));
    if (length < 2 || (!is_64 && n)) return std::nullopt;
    unsigned size = 1u << (length - 1), levels = size - 1;
    unsigned ones = (imms & levels) + 1, rotation = immr & levels;
    if (ones == size) return std::nullopt;
    std::uint64_t all = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
    std::uint64_t mask = (std::uint64_t{1} << ones) - 1;
    if (rotation != 0) mask = (mask >> rotation | mask << (size - rotation)) & all;
    for (; size < 64; size *= 2) mask |= mask << size;
    return is_64 ? mask : mask & 0xffffffff;
}

bool logical(A64Word& w) {
    bool is_64 = w.flag(31);
    unsigned operation = w.field(29, 2);  // and, orr, eor, ands
    auto mask = bit_mask(w.field(22, 1), w.field(10, 6), w.field(16, 6), is_64);
    if (!mask) return false;
    w.reads(w.rn());
    if (operation == 3) {
        w.writes(w.rd());
        return true;
    }
    w.writes_sp(w.rd());
    if (w.rn() == 31 && operation != 0) w.constant_sp(w.rd(), *mask);  // mov
    return true;
}

bool move_wide(A64Word& w) {
    bool is_64 = w.flag(31);
    unsigned operation = w.field(29, 2), shift = w.field(21, 2) * 16;
    if (operation == 1 || (!is_64 && shift > 16)) return false;
    w.writes(w.rd());
    std::uint64_t value = std::uint64_t{w.field(5, 16)} << shift;
    if (operation == 3) {  // movk: keeps the other bits
        w.reads(w.rd());
        return true;
    }
    if (operation == 0) value = ~value;  // movn
    w.constant(w.rd(), is_64 ? value : value & 0xffffffff);
    return true;
}

bool bit_field(A64Word& w) {
    bool is_64 = w.flag(31);
    unsigned operation = w.field(29, 2), right = w.field(16, 6), last = w.field(10, 6);
    if (operation == 3 || is_64 != w.flag(22)) return false;
    if (!is_64 && (right > 31 || last > 31)) return false;
    w.reads(w.rn());
    w.writes(w.rd());
    if (operation == 1) {  // bfm: keeps the other bits
        w.reads(w.rd());
        return true;
    }
    bool is_signed = operation == 0, low = right == 0;
    if (!low || (last != 7 && last != 15 && last != 31)) return true;
    // Extending the sign to 32 bits clears the upper half: neither zeros nor copies of the sign.
    if (is_signed && !is_64 && last != 31) return true;
    w.copy(w.rd(), w.rn(), last + 1, is_signed && is_64);
    return true;
}

bool extract(A64Word& w) {
    bool is_64 = w.flag(31);
    if (w.field(29, 2) != 0 || is_64 != w.flag(22) || w.flag(21)) return false;
    if (!is_64 && w.flag(15)) return false;
    w.reads(w.rn());
    w.reads(w.rm());
    w.writes(w.rd());
    return true;
}

}  // namespace

bool decode_a64_immediate(A64Word& w) {
    switch (w.field(23, 3)) {
        case 0:
        case 1:
            return address(w);
        case 2:
            return add(w);
        case 3:
            return add_tag(w);
        case 4:
            return logical(w);
        case 5:
            return move_wide(w);
        case 6:
            return bit_field(w);
        default:
            return extract(w);
    }
}

}  // namespace nfstriage::isa
