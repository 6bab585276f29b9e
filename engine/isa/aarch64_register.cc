// C4.1.95: data processing with registers; and the general registers of C4.1.96, vector and
// floating point.
#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

bool logical(A64Word& w) {
    bool is_64 = w.flag(31), invert = w.flag(21);
    unsigned operation = w.field(29, 2), shift = w.field(22, 2), amount = w.field(10, 6);
    if (!is_64 && amount > 31) return false;
    w.reads(w.rn());
    w.reads(w.rm());
    w.writes(w.rd());
    unsigned bits = is_64 ? 64 : 32;
    bool plain = shift == 0 && amount == 0 && !invert;
    if (operation == 1 && plain && w.rn() == 31) w.copy(w.rd(), w.rm(), bits);  // mov
    if (operation == 2 && plain && w.rn() == w.rm()) w.constant(w.rd(), 0);
    return true;
}

bool add_shifted(A64Word& w) {
    bool is_64 = w.flag(31), subtract = w.flag(30);
    unsigned shift = w.field(22, 2), amount = w.field(10, 6);
    if (shift == 3 || (!is_64 && amount > 31)) return false;
    w.reads(w.rn());
    w.reads(w.rm());
    w.writes(w.rd());
    unsigned bits = is_64 ? 64 : 32;
    if (w.rm() == 31) {
        w.copy(w.rd(), w.rn(), bits);
    } else if (subtract && w.rn() == w.rm() && amount == 0) {
        w.constant(w.rd(), 0);
    } else if (!subtract && w.rn() == 31 && amount == 0) {
        w.copy(w.rd(), w.rm(), bits);
    }
    return true;
}

bool add_extended(A64Word& w) {
    if (w.field(22, 2) != 0 || w.field(10, 3) > 4) return false;
    w.reads_sp(w.rn());
    w.reads(w.rm());
    if (w.flag(29)) {
        w.writes(w.rd());
    } else {
        w.writes_sp(w.rd());
    }
    return true;
}

bool add_carry_or_flags(A64Word& w) {
    if (w.field(10, 6) == 0) {  // adc, sbc
        w.reads(w.rn());
        w.reads(w.rm());
        w.writes(w.rd());
        return true;
    }
    bool rotate = w.is(0xffe07c10, 0xba000400);  // rmif
    bool set = w.is(0xffffbc1f, 0x3a00080d);     // setf8, setf16
    if (rotate || set) w.reads(w.rn());
    return rotate || set;
}

bool compare_conditionally(A64Word& w) {
    if (!w.flag(29) || w.flag(10) || w.flag(4)) return false;
    w.reads(w.rn());
    if (!w.flag(11)) w.reads(w.rm());
    return true;
}

bool select(A64Word& w) {
    if (w.flag(29) || w.flag(11)) return false;
    w.reads(w.rn());
    w.reads(w.rm());
    w.writes(w.rd());
    return true;
}

bool three_sources(A64Word& w) {
    unsigned operation = w.field(21, 3) << 1 | w.field(15, 1);
    if (w.field(29, 2) != 0) return false;
    switch (operation) {
        case 0:
        case 1:
            break;  // madd, msub
        case 2:
        case 3:
        case 10:
        case 11:  // smaddl, smsubl, umaddl, umsubl
        case 4:
        case 12:  // smulh, umulh
            if (!w.flag(31)) return false;
            break;
        default:
            return false;
    }
    w.reads(w.rn());
    w.reads(w.rm());
    if (operation != 4 && operation != 12) w.reads(w.rt2());
    w.writes(w.rd());
    return true;
}

bool two_sources(A64Word& w) {
    bool is_64 = w.flag(31), sets_flags = w.flag(29);
    unsigned operation = w.field(10, 6);
    bool stack_rn = false, stack_rm = false, stack_rd = false;
    switch (operation) {
        case 0:  // subp, subps
            if (!is_64) return false;
            stack_rn = stack_rm = true;
            break;
        case 2:
        case 3:  // udiv, sdiv
        case 8:
        case 9:
        case 10:
        case 11:
            break;  // lslv, lsrv, asrv, rorv
        case 4:     // irg
            if (!is_64) return false;
            stack_rn = stack_rd = true;
            break;
        case 5:  // gmi
            if (!is_64) return false;
            stack_rn = true;
            break;
        case 12:  // pacga
            if (!is_64) return false;
            stack_rm = true;
            break;
        case 16:
        case 17:
        case 18:
        case 20:
        case 21:
        case 22:  // crc32b, h, w, crc32cb, h, w
            if (is_64) return false;
            break;
        case 19:
        case 23:  // crc32x, crc32cx
            if (!is_64) return false;
            break;
        default:
            return false;
    }
    if (sets_flags && operation != 0) return false;
    stack_rn ? w.reads_sp(w.rn()) : w.reads(w.rn());
    stack_rm ? w.reads_sp(w.rm()) : w.reads(w.rm());
    stack_rd ? w.writes_sp(w.rd()) : w.writes(w.rd());
    return true;
}

bool one_source(A64Word& w) {
    bool is_64 = w.flag(31);
    unsigned operation = w.field(10, 6);
    if (w.flag(29)) return false;
    if (w.rm() == 0) {  // rbit, rev16, rev32 or rev, rev, clz, cls
        if (operation > 5 || (operation == 3 && !is_64)) return false;
        w.reads(w.rn());
        w.writes(w.rd());
        return true;
    }
    if (w.rm() != 1 || !is_64 || operation > 17) return false;
    // Pointer authentication of the address in rd: pacia ... autdb, the same with modifier 0,
    // xpaci, xpacd.
    w.reads(w.rd());
    w.writes(w.rd());
    if (operation < 8) {
        w.reads_sp(w.rn());
    } else if (w.rn() != 31) {
        return false;
    }
    return true;
}

}  // namespace

bool decode_a64_register(A64Word& w) {
    bool has_28 = w.flag(28);
    if (!has_28) {
        if (!w.flag(24)) return logical(w);
        return w.flag(21) ? add_extended(w) : add_shifted(w);
    }
    if (w.flag(24)) return three_sources(w);
    switch (w.field(21, 3)) {
        case 0:
            return add_carry_or_flags(w);
        case 2:
            return compare_conditionally(w);
        case 4:
            return select(w);
        case 6:
            return w.flag(30) ? one_source(w) : two_sources(w);
        default:
            return false;
    }
}

void decode_a64_vector_registers(A64Word& w) {
    // Conversions between floating point and integer, fmov among them.
    if (w.is(0x5f20fc00, 0x1e200000)) {
        unsigned operation = w.field(16, 3);
        bool from_general = operation == 2 || operation == 3 || operation == 7;
        return from_general ? w.reads(w.rn()) : w.writes(w.rd());
    }
    // Conversions between floating point and fixed point.
    if (w.is(0x5f200000, 0x1e000000)) {
        return w.field(17, 2) == 1 ? w.reads(w.rn()) : w.writes(w.rd());
    }
    // Copies between an element and a general register.
    if (w.is(0xbfe08400, 0x0e000400)) {
        unsigned operation = w.field(11, 4);
        if (operation == 5 || operation == 7) w.writes(w.rd());  // smov, umov
        if (operation == 1 || operation == 3) w.reads(w.rn());   // dup, ins
    }
}

}  // namespace nfstriage::isa
