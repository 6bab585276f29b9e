// C4.1.94: exclusive, ordered and atomic loads and stores, those of vector structures, of memory
// tags (FEAT_MTE), and the instructions for memcpy and memset (FEAT_MOPS).
#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

// cas, casp: the register that holds the expected value gets the old one whether it was equal or
// not; memory may be written.
bool compare_and_swap(A64Word& w, bool is_pair) {
    if (w.rt2() != 31) return false;
    unsigned bytes = 1u << (is_pair ? w.field(30, 1) + 2 : w.field(30, 2));
    if (is_pair && (w.rs() % 2 != 0 || w.rt() % 2 != 0)) return false;
    for (unsigned i = 0; i < (is_pair ? 2u : 1u); ++i) {
        std::uint8_t memory =
            w.access(w.rn(), static_cast<std::int64_t>(i * bytes), bytes, true, true);
        w.reads(w.rs() + i);
        w.reads(w.rt() + i);
        w.writes(w.rs() + i);
        w.load(w.rs() + i, memory, bytes * 8);
    }
    return true;
}

// ldapur, stlur and their like
bool ordered_unscaled(A64Word& w) {
    if (!w.is(0x3f200c00, 0x19000000)) return false;
    unsigned size = w.field(30, 2), operation = w.field(22, 2);
    unsigned bytes = 1u << size;
    bool load = operation != 0;
    if ((operation == 2 && size == 3) || (operation == 3 && size >= 2)) return false;
    std::uint8_t memory = w.access(w.rn(), w.signed_field(12, 9), bytes, load, !load);
    if (!load) {
        w.reads(w.rt());
        w.stores(memory, w.rt());
        return true;
    }
    w.writes(w.rt());
    if (operation != 3) w.load(w.rt(), memory, bytes * 8, operation == 2);
    return true;
}

}  // namespace

// Load and store exclusive (pairs too), load-acquire and store-release, compare and swap.
bool decode_a64_exclusive(A64Word& w) {
    bool o2 = w.flag(23), load = w.flag(22), o1 = w.flag(21);
    if (o1 && o2) return compare_and_swap(w, false);
    bool is_pair = o1;
    if (is_pair && !w.flag(31)) return compare_and_swap(w, true);
    unsigned bytes = 1u << w.field(30, 2);
    bool exclusive = !o2;
    // Fields without a register are all ones.
    if ((!is_pair && w.rt2() != 31) || ((load || !exclusive) && w.rs() != 31)) return false;
    if (is_pair && load && w.rt() == w.rt2()) return false;  // CONSTRAINED UNPREDICTABLE
    for (unsigned i = 0; i < (is_pair ? 2u : 1u); ++i) {
        unsigned r = i == 0 ? w.rt() : w.rt2();
        std::uint8_t memory =
            w.access(w.rn(), static_cast<std::int64_t>(i * bytes), bytes, load, !load);
        if (load) {
            w.writes(r);
            w.load(r, memory, bytes * 8);
        } else {
            w.reads(r);
            w.stores(memory, r);
        }
    }
    if (exclusive && !load) {  // the status
        w.writes(w.rs());
        w.out.conditional = true;
    }
    return true;
}

// ldadd and the others of FEAT_LSE, swp, ldapr, ldapur.
bool decode_a64_atomic(A64Word& w) {
    if (!w.is(0x3f200c00, 0x38200000)) return ordered_unscaled(w);
    unsigned bytes = 1u << w.field(30, 2), operation = w.field(12, 3);
    bool o3 = w.flag(15);
    if (o3 && operation == 4) {  // ldapr
        if (!w.is(0x00df0000, 0x009f0000)) return false;
        w.writes(w.rt());
        w.load(w.rt(), w.access(w.rn(), 0, bytes, true, false), bytes * 8);
        return true;
    }
    if (o3 && operation != 0) return false;
    std::uint8_t memory = w.access(w.rn(), 0, bytes, true, true);
    w.reads(w.rs());
    w.writes(w.rt());
    w.load(w.rt(), memory, bytes * 8);
    if (o3) w.stores(memory, w.rs());  // swp
    return true;
}

// ld1 ... ld4, st1 ... st4, of whole vectors or one lane.
bool decode_a64_structure(A64Word& w) {
    bool is_single = w.flag(24), post = w.flag(23), load = w.flag(22);
    if (w.flag(31) || (!post && w.rm() != 0)) return false;
    unsigned size = w.field(10, 2), bytes = 0;
    bool quad = w.flag(30);
    if (!is_single) {
        if (w.flag(21)) return false;
        unsigned registers = 0;
        switch (w.field(12, 4)) {
            case 0:
            case 2:
                registers = 4;
                break;
            case 4:
            case 6:
                registers = 3;
                break;
            case 7:
                registers = 1;
                break;
            case 8:
            case 10:
                registers = 2;
                break;
            default:
                return false;
        }
        bool interleaved = (w.field(12, 4) & 3) == 0;
        if (interleaved && size == 3 && !quad) return false;
        bytes = registers * (quad ? 16 : 8);
    } else {
        unsigned operation = w.field(13, 3), element = operation >> 1;
        bool low_bit = (size & 1) != 0, select = w.flag(12);
        switch (element) {
            case 1:
                if (low_bit) return false;
                break;
            case 2:
                if (size > 1 || (size == 1 && select)) return false;
                if (size == 1) element = 3;
                break;
            case 3:  // replicated
                if (!load || select) return false;
                element = size;
                break;
            default:
                break;
        }
        unsigned registers = ((operation & 1) << 1 | (w.flag(21) ? 1u : 0u)) + 1;
        bytes = registers << element;
    }
    w.access(w.rn(), 0, bytes, load, !load);
    if (!post) return true;
    w.writes_sp(w.rn());
    if (w.rm() == 31) {
        w.sum_sp(w.rn(), w.rn(), bytes);
    } else {
        w.reads(w.rm());
    }
    return true;
}

// stg, stzg, st2g, stz2g, ldg and the multiple ones: tags are no memory here, zeroes are.
bool decode_a64_tag(A64Word& w) {
    unsigned operation = w.field(22, 2), mode = w.field(10, 2);
    std::int64_t offset = w.signed_field(12, 9) * 16;
    if (mode == 0) {
        w.reads_sp(w.rn());
        if (operation == 1) {  // ldg
            w.reads(w.rt());
            w.writes(w.rt());
            return true;
        }
        if (offset != 0) return false;
        if (operation == 3) {  // ldgm
            w.writes(w.rt());
            return true;
        }
        w.reads(w.rt());
        if (operation == 0) w.access(w.rn(), 0, 0, false, true);  // stzgm
        return true;
    }
    w.reads_sp(w.rn());
    w.reads_sp(w.rt());
    bool zeroes = (operation & 1) != 0;
    std::uint32_t bytes = operation >= 2 ? 32 : 16;
    if (zeroes) w.access(w.rn(), mode == 1 ? 0 : offset, bytes, false, true);
    if (mode != 2) {
        w.writes_sp(w.rn());
        w.sum_sp(w.rn(), w.rn(), static_cast<std::uint64_t>(offset));
    }
    return true;
}

// cpyp, cpym, cpye and setp, setm, sete in all their forms: three registers that move as far as the
// processor likes.
bool decode_a64_copy_set(A64Word& w) {
    unsigned rd = w.rd(), rn = w.rn(), rs = w.rs();
    bool set = w.field(22, 2) == 3;
    if (rd == 31 || rn == 31 || (rs == 31 && !set)) return false;
    if (rd == rn || rd == rs || rn == rs) return false;
    w.writes(rd);
    w.writes(rn);
    w.reads(rn);
    w.reads(rs);
    w.access(rd, 0, 0, false, true);
    if (set) return w.field(14, 2) != 3;
    w.writes(rs);
    w.access(rs, 0, 0, true, false);
    return true;
}

}  // namespace nfstriage::isa
