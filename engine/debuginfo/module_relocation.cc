#include "debuginfo/module_relocation.h"

#include <elf.h>

#include <cstring>

namespace nfstriage::debuginfo {
namespace {

// The bytes of one field.
class Field {
public:
    Field(std::span<std::uint8_t> bytes, std::uint64_t offset, std::uint64_t value,
          std::uint64_t place)
        : bytes_(bytes), offset_(offset), value_(value), place_(place) {}

    using Size = std::optional<unsigned>;

    Size absolute(unsigned size) {
        return fits_unsigned(value_, size) ? put(value_, size) : Size();
    }
    Size absolute_signed(unsigned size) {
        return fits(value_, size * 8) ? put(value_, size) : Size();
    }
    Size either(unsigned size) {
        return fits_unsigned(value_, size) || fits(value_, size * 8) ? put(value_, size) : Size();
    }
    Size relative(unsigned size) {
        std::uint64_t distance = value_ - place_;
        return fits(distance, size * 8) ? put(distance, size) : Size();
    }

    // `bits` of the distance, in instructions if `shift` is 2, at bit `low` of an aarch64 word.
    Size branch(unsigned bits, unsigned low) {
        std::uint64_t distance = value_ - place_;
        if ((distance & 3) != 0 || !fits(distance, bits + 2)) return {};
        return insert(distance >> 2, bits, low);
    }
    // ADR and ADRP: the lower two bits stand at 29, the others at 5.
    Size address(bool pages) {
        std::uint64_t distance =
            pages ? (value_ & ~std::uint64_t{0xfff}) - (place_ & ~std::uint64_t{0xfff})
                  : value_ - place_;
        if (!fits(distance, pages ? 33 : 21)) return {};
        if (pages) distance >>= 12;
        if (!insert(distance, 2, 29)) return {};
        return insert(distance >> 2, 19, 5);
    }
    // The lower 12 bits of the address, scaled by the size of the access.
    Size low12(unsigned scale) {
        std::uint64_t low = value_ & 0xfff;
        if ((low & ((1u << scale) - 1)) != 0) return {};
        return insert(low >> scale, 12, 10);
    }
    // MOVZ and MOVK of an unsigned value; the kind says which 16 bits.
    Size move(unsigned group) { return insert(value_ >> (16 * group), 16, 5); }

private:
    static bool fits(std::uint64_t value, unsigned bits) {
        if (bits >= 64) return true;
        auto number = static_cast<std::int64_t>(value);
        std::int64_t limit = std::int64_t{1} << (bits - 1);
        return number >= -limit && number < limit;
    }
    static bool fits_unsigned(std::uint64_t value, unsigned size) {
        return size >= 8 || value >> (size * 8) == 0;
    }
    bool has(unsigned size) const {
        return offset_ <= bytes_.size() && size <= bytes_.size() - offset_;
    }
    Size put(std::uint64_t value, unsigned size) {
        if (!has(size)) return {};
        std::memcpy(bytes_.data() + offset_, &value, size);
        return size;
    }
    Size insert(std::uint64_t value, unsigned bits, unsigned low) {
        if (!has(4)) return {};
        std::uint32_t word = 0, mask = ((1u << bits) - 1) << low;
        std::memcpy(&word, bytes_.data() + offset_, 4);
        word = (word & ~mask) | ((static_cast<std::uint32_t>(value) << low) & mask);
        std::memcpy(bytes_.data() + offset_, &word, 4);
        return 4;
    }

    std::span<std::uint8_t> bytes_;
    std::uint64_t offset_, value_, place_;
};

std::optional<unsigned> x86_64(std::uint32_t kind, Field field) {
    switch (kind) {
        case R_X86_64_NONE:
            return 0;
        case R_X86_64_64:
            return field.absolute(8);
        case R_X86_64_PC32:
        case R_X86_64_PLT32:
            return field.relative(4);
        case R_X86_64_32:
            return field.absolute(4);
        case R_X86_64_32S:
            return field.absolute_signed(4);
        case R_X86_64_PC64:
            return field.relative(8);
        default:
            return std::nullopt;
    }
}

std::optional<unsigned> aarch64(std::uint32_t kind, Field field) {
    switch (kind) {
        case R_AARCH64_NONE:
            return 0;
        case R_AARCH64_ABS64:
            return field.absolute(8);
        case R_AARCH64_ABS32:
            return field.either(4);
        case R_AARCH64_PREL64:
            return field.relative(8);
        case R_AARCH64_PREL32:
            return field.relative(4);
        case R_AARCH64_CALL26:
        case R_AARCH64_JUMP26:
            return field.branch(26, 0);
        case R_AARCH64_CONDBR19:
        case R_AARCH64_LD_PREL_LO19:
            return field.branch(19, 5);
        case R_AARCH64_TSTBR14:
            return field.branch(14, 5);
        case R_AARCH64_ADR_PREL_LO21:
            return field.address(false);
        case R_AARCH64_ADR_PREL_PG_HI21:
        case R_AARCH64_ADR_PREL_PG_HI21_NC:
            return field.address(true);
        case R_AARCH64_ADD_ABS_LO12_NC:
        case R_AARCH64_LDST8_ABS_LO12_NC:
            return field.low12(0);
        case R_AARCH64_LDST16_ABS_LO12_NC:
            return field.low12(1);
        case R_AARCH64_LDST32_ABS_LO12_NC:
            return field.low12(2);
        case R_AARCH64_LDST64_ABS_LO12_NC:
            return field.low12(3);
        case R_AARCH64_LDST128_ABS_LO12_NC:
            return field.low12(4);
        case R_AARCH64_MOVW_UABS_G0_NC:
            return field.move(0);
        case R_AARCH64_MOVW_UABS_G1_NC:
            return field.move(1);
        case R_AARCH64_MOVW_UABS_G2_NC:
            return field.move(2);
        case R_AARCH64_MOVW_UABS_G3:
            return field.move(3);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<unsigned> apply_relocation(Arch arch, std::uint32_t kind, std::uint64_t value,
                                         std::uint64_t place, std::span<std::uint8_t> bytes,
                                         std::uint64_t offset) {
    Field field(bytes, offset, value, place);
    if (arch == Arch::x86_64) return x86_64(kind, field);
    if (arch == Arch::aarch64) return aarch64(kind, field);
    return std::nullopt;
}

}  // namespace nfstriage::debuginfo
