// C4.1.93: branches, exceptions and system instructions.
#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

constexpr RegisterSet kLink = bit(30);
constexpr RegisterSet kFirst18 = bit(18) - 1;  // x0 ... x17

void jumps_to(A64Word& w, Flow flow, std::int64_t words) {
    w.out.flow = flow;
    w.out.target = w.out.address + static_cast<std::uint64_t>(words * 4);
}

bool branch_register(A64Word& w) {
    unsigned operation = w.field(21, 4), form = w.field(10, 6), last = w.field(0, 5);
    if (w.field(16, 5) != 31) return false;
    bool signed_form = form == 2 || form == 3;  // retaa, braa and so on: with key A or B
    bool with_modifier = operation >= 8;        // braa, blraa: rm is `last`
    if (with_modifier) {
        if (!signed_form || operation > 9) return false;
        w.reads_sp(last);
    } else if (signed_form ? last != 31 : form != 0 || last != 0) {
        return false;
    }
    switch (operation & 7) {
        case 0:
            w.out.flow = Flow::jump;
            break;
        case 1:
            w.out.flow = Flow::call;
            w.out.writes |= kLink;
            break;
        case 2:
            w.out.flow = Flow::ret;
            if (signed_form) {  // retaa, retab: x30, with sp as modifier
                if (w.rn() != 31) return false;
                w.out.reads |= kLink | bit(31);
                w.out.via = Register{30};
                return true;
            }
            break;
        case 4:
            w.out.flow = Flow::stop;
            return w.rn() == 31;  // eret
        case 5:
            w.out.flow = Flow::stop;
            return w.rn() == 31 && !signed_form;  // drps
        default:
            return false;
    }
    w.reads(w.rn());
    if (w.rn() != 31) w.out.via = static_cast<Register>(w.rn());
    return true;
}

bool exception(A64Word& w) {
    unsigned operation = w.field(21, 3), level = w.field(0, 2);
    if (w.field(2, 3) != 0) return false;
    switch (operation) {
        case 0:  // svc, hvc, smc: results in x0 ... x3; SMC calling convention 1.0 keeps x18 on
            w.out.reads |= kFirst18;
            w.out.writes |= kFirst18;
            return level != 0;
        case 1:  // brk
        case 2:  // hlt, for a debugger
            w.out.flow = Flow::trap;
            return level == 0;
        default:
            return false;
    }
}

// Hints are no-ops where the feature is absent; what they change where it is present counts.
bool hint(A64Word& w) {
    switch (w.field(5, 7)) {
        case 7:  // xpaclri
            w.out.reads |= kLink;
            w.out.writes |= kLink;
            break;
        case 8:   // pacia1716
        case 10:  // pacib1716
        case 12:  // autia1716
        case 14:  // autib1716
            w.out.reads |= bit(16) | bit(17);
            w.out.writes |= bit(17);
            break;
        case 24:  // paciaz
        case 26:  // pacibz
        case 28:  // autiaz
        case 30:  // autibz
            w.out.reads |= kLink;
            w.out.writes |= kLink;
            break;
        case 25:  // paciasp
        case 27:  // pacibsp
        case 29:  // autiasp
        case 31:  // autibsp
            w.out.reads |= kLink | bit(31);
            w.out.writes |= kLink;
            break;
        default:
            break;
    }
    return true;
}

bool barrier(A64Word& w) {
    if (w.rt() != 31) return false;
    unsigned operation = w.field(5, 3), scope = w.field(8, 4);
    switch (operation) {
        case 1:
            return (scope & 3) == 2;  // dsb nXS
        case 2:                       // clrex
        case 4:                       // dsb
        case 5:                       // dmb
        case 6:
            return true;  // isb
        case 7:
            return scope == 0;  // sb
        default:
            return false;
    }
}

// msr of a field of PSTATE, by op1 and op2.
bool is_pstate_field(const A64Word& w) {
    unsigned scope = w.field(8, 4);
    switch (w.field(16, 3) << 3 | w.field(5, 3)) {
        case 000:  // cfinv
        case 001:  // xaflag
        case 002:  // axflag
            return scope == 0;
        case 003:  // uao
        case 004:  // pan
        case 005:  // spsel
        case 031:  // ssbs
        case 032:  // dit
        case 034:  // tco
        case 036:  // daifset
        case 037:  // daifclr
            return true;
        default:
            return false;
    }
}

bool system(A64Word& w) {
    bool reads_system = w.flag(21);
    unsigned op0 = w.field(19, 2);
    if (op0 == 0) {
        if (w.is(0xffffffc0, 0xd5031000)) {  // wfet, wfit
            w.reads(w.rt());
            return true;
        }
        if (w.is(0xfffff01f, 0xd503201f)) return hint(w);
        if (w.is(0xfffff000, 0xd5033000)) return barrier(w);
        return w.is(0xfff8f01f, 0xd500401f) && is_pstate_field(w);
    }
    if (reads_system) {  // mrs, sysl
        w.writes(w.rt());
        return true;
    }
    w.reads(w.rt());  // msr, sys
    bool zeroes = w.is(0xffffff00, 0xd50b7400);
    unsigned operation = w.field(5, 3);
    // dc zva, dc gzva: the block of memory that contains the address
    if (zeroes && (operation == 1 || operation == 4) && w.rt() != 31)
        w.access(w.rt(), 0, 0, false, true);
    return true;
}

}  // namespace

bool decode_a64_branch(A64Word& w) {
    if (w.is(0x7c000000, 0x14000000)) {  // b, bl
        bool call = w.flag(31);
        jumps_to(w, call ? Flow::call : Flow::jump, w.signed_field(0, 26));
        if (call) w.out.writes |= kLink;
        return true;
    }
    if (w.is(0x7e000000, 0x34000000)) {  // cbz, cbnz
        w.reads(w.rt());
        jumps_to(w, Flow::branch, w.signed_field(5, 19));
        return true;
    }
    if (w.is(0x7e000000, 0x36000000)) {  // tbz, tbnz
        w.reads(w.rt());
        jumps_to(w, Flow::branch, w.signed_field(5, 14));
        return true;
    }
    if (w.is(0xff000000, 0x54000000)) {  // b.cond, bc.cond; conditions al and nv are always true
        bool always = w.field(1, 3) == 7;
        jumps_to(w, always ? Flow::jump : Flow::branch, w.signed_field(5, 19));
        return true;
    }
    if (w.is(0xff000000, 0xd4000000)) return exception(w);
    if (w.is(0xffc00000, 0xd5000000)) return system(w);
    if (w.is(0xfe000000, 0xd6000000)) return branch_register(w);
    return false;
}

}  // namespace nfstriage::isa
