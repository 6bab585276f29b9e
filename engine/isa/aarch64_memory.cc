// C4.1.94: loads and stores of single registers and of pairs. A pair of general registers is two
// memory operands, so that each register's value can be said.
#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

// What a load or store of one register moves.
struct Access {
    bool vector = false, load = false;
    unsigned bytes = 0;
    unsigned result_bits = 0;  // of a general register: 32 or 64
    bool is_signed = false;
    bool prefetch = false;
};

// From `size`, `V` and `opc` (C4.1.94.x, the same in every class of single loads and stores).
// False: unallocated.
bool classify(const A64Word& w, Access& out) {
    unsigned size = w.field(30, 2), operation = w.field(22, 2);
    out.vector = w.flag(26);
    if (out.vector) {
        if (operation >= 2 && size != 0) return false;
        out.bytes = operation >= 2 ? 16 : 1u << size;
        out.load = (operation & 1) != 0;
        return true;
    }
    out.bytes = 1u << size;
    out.load = operation != 0;
    out.result_bits = size == 3 ? 64 : 32;
    if (operation < 2) return true;
    out.is_signed = true;
    if (operation == 2) {
        out.prefetch = size == 3;
        out.result_bits = 64;
        return true;
    }
    return size < 2;  // ldrsb, ldrsh of 32 bits
}

// A load of one general register, or the store of it.
void move(A64Word& w, const Access& access, unsigned r, std::uint8_t memory) {
    if (access.vector) return;
    if (!access.load) {
        w.reads(r);
        w.stores(memory, r);
        return;
    }
    w.writes(r);
    unsigned bits = access.bytes * 8;
    // Extending the sign to 32 bits clears the upper half: neither zeros nor copies of the sign.
    if (access.is_signed && access.result_bits == 32) return;
    w.load(r, memory, bits, access.is_signed);
}

// The base register moves by `offset`. Where it is also what is loaded or stored, the outcome is
// open (CONSTRAINED UNPREDICTABLE): such bits are no instruction here.
bool write_back(A64Word& w, std::int64_t offset, bool is_data) {
    w.writes_sp(w.rn());
    w.sum_sp(w.rn(), w.rn(), static_cast<std::uint64_t>(offset));
    return !is_data;
}

bool single(A64Word& w, std::int64_t offset, bool before, bool writes_back) {
    Access access;
    if (!classify(w, access)) return false;
    if (access.prefetch) {
        w.reads_sp(w.rn());
        return !writes_back;
    }
    std::uint8_t memory =
        w.access(w.rn(), before ? offset : 0, access.bytes, access.load, !access.load);
    move(w, access, w.rt(), memory);
    bool is_data = !access.vector && w.rn() != 31 && w.rt() == w.rn();
    return !writes_back || write_back(w, offset, is_data);
}

// Unscaled, post-indexed, unprivileged, pre-indexed.
bool single_9_bits(A64Word& w) {
    std::int64_t offset = w.signed_field(12, 9);
    switch (w.field(10, 2)) {
        case 0:
            return single(w, offset, true, false);
        case 1:
            return single(w, offset, false, true);
        case 2: {
            Access access;
            if (w.flag(26) || !classify(w, access) || access.prefetch) return false;
            return single(w, offset, true, false);
        }
        default:
            return single(w, offset, true, true);
    }
}

bool single_unsigned(A64Word& w) {
    Access access;
    if (!classify(w, access)) return false;
    return single(w, static_cast<std::int64_t>(w.field(10, 12) * access.bytes), true, false);
}

bool single_register_offset(A64Word& w) {
    Access access;
    unsigned option = w.field(13, 3);
    if (!classify(w, access) || (option & 2) == 0) return false;
    w.reads_sp(w.rn());
    w.reads(w.rm());
    if (access.prefetch) return true;
    MemoryOperand operand{.base = static_cast<Register>(w.rn()),
                          .size = access.bytes,
                          .read = access.load,
                          .written = !access.load};
    if (w.rm() != 31) {
        operand.index = static_cast<Register>(w.rm());
        operand.scale = static_cast<std::uint8_t>(w.flag(12) ? access.bytes : 1);
        operand.index_is_32 = option == 2 || option == 6;
        operand.index_is_signed = option == 6;
    }
    move(w, access, w.rt(), w.access(operand));
    return true;
}

// ldraa, ldrab: the base is an authenticated pointer. The address without its authentication code
// is no plain function of the register.
bool authenticated(A64Word& w) {
    if (!w.is(0xff200400, 0xf8200400)) return false;
    std::int64_t offset = (w.signed_field(22, 1) * 512 + w.field(12, 9)) * 8;
    w.access(w.rn(), offset, 8, true, false);
    w.writes(w.rt());
    if (w.flag(11)) w.writes_sp(w.rn());
    return true;
}

bool literal(A64Word& w) {
    unsigned operation = w.field(30, 2);
    Access access{.vector = w.flag(26), .load = true, .bytes = 4, .result_bits = 64};
    if (operation == 3) return !access.vector;  // prfm
    if (access.vector) {
        access.bytes = 4u << operation;
    } else if (operation == 1) {
        access.bytes = 8;
    } else if (operation == 2) {
        access.is_signed = true;  // ldrsw
    }
    std::uint64_t at = w.out.address + static_cast<std::uint64_t>(w.signed_field(5, 19) * 4);
    move(w, access, w.rt(),
         w.access(
             {.displacement = static_cast<std::int64_t>(at), .size = access.bytes, .read = true}));
    return true;
}

bool pair(A64Word& w) {
    unsigned size = w.field(30, 2), mode = w.field(23, 2);
    Access access{.vector = w.flag(26), .load = w.flag(22)};
    std::int64_t scale = 0;
    if (access.vector) {
        if (size == 3) return false;
        access.bytes = 4u << size;
        scale = access.bytes;
    } else {
        if (size == 3 || (size == 1 && mode == 0)) return false;
        bool words = size == 0 || (size == 1 && access.load);  // ldpsw; else stgp
        access.bytes = words ? 4 : 8;
        scale = size == 1 && !access.load ? 16 : access.bytes;
        access.is_signed = size == 1;
        access.result_bits = size == 0 ? 32 : 64;
    }
    if (access.load && w.rt() == w.rt2()) return false;  // CONSTRAINED UNPREDICTABLE
    std::int64_t offset = w.signed_field(15, 7) * scale;
    bool before = mode != 1, writes_back = (mode & 1) != 0;
    std::int64_t at = before ? offset : 0;
    auto bytes = static_cast<std::int64_t>(access.bytes);
    std::uint8_t first = w.access(w.rn(), at, access.bytes, access.load, !access.load);
    std::uint8_t second = w.access(w.rn(), at + bytes, access.bytes, access.load, !access.load);
    move(w, access, w.rt(), first);
    move(w, access, w.rt2(), second);
    bool is_data = !access.vector && w.rn() != 31 && (w.rt() == w.rn() || w.rt2() == w.rn());
    return !writes_back || write_back(w, offset, is_data);
}

}  // namespace

bool decode_a64_memory(A64Word& w) {
    switch (w.field(28, 2)) {
        case 0:
            if (w.flag(26)) return decode_a64_structure(w);
            return !w.flag(24) && decode_a64_exclusive(w);
        case 1:
            if (!w.flag(24)) return literal(w);
            if (w.is(0xc4200000, 0xc0200000)) return decode_a64_tag(w);
            if (w.is(0xc0200c00, 0x00000400)) return decode_a64_copy_set(w);
            return decode_a64_atomic(w);
        case 2:
            return pair(w);
        default:
            break;
    }
    if (w.flag(24)) return single_unsigned(w);
    if (!w.flag(21)) return single_9_bits(w);
    switch (w.field(10, 2)) {
        case 0:
            return decode_a64_atomic(w);
        case 2:
            return single_register_offset(w);
        default:
            return authenticated(w);
    }
}

}  // namespace nfstriage::isa
