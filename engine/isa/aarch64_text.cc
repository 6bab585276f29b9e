// Text of aarch64 instructions that Capstone 4.0 does not know or prints as a bare hint, from a
// table of forms in the notation of the Arm ARM.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "isa/aarch64.h"

namespace nfstriage::isa {
namespace {

// Operands of a form: d, n, m, s, t, 2 are registers rd, rn, rm, rs, rt, rt2, in the width of the
// word's size field (32 bits unless it is 3); the same in upper case always 64 bits, r for rn and R
// for rm with 31 as sp; A is [rn]; O is [rn, #offset] with 9 bits signed, T the same in tags of 16
// bytes, P and Q that pre- and post-indexed; J is [rn, #offset] of ldraa, ! of its pre-indexed
// form.
struct Form {
    std::uint32_t mask, value;
    std::string_view text;
};

// An order and a size complete the names of atomics: "%a" is a, l, al or nothing; "%b" b, h or
// nothing.
constexpr std::array kForms = {
    Form{0xffffffff, 0xd50320ff, "xpaclri"},
    Form{0xffffffff, 0xd503211f, "pacia1716"},
    Form{0xffffffff, 0xd503215f, "pacib1716"},
    Form{0xffffffff, 0xd503219f, "autia1716"},
    Form{0xffffffff, 0xd50321df, "autib1716"},
    Form{0xffffffff, 0xd503221f, "esb"},
    Form{0xffffffff, 0xd503223f, "psb csync"},
    Form{0xffffffff, 0xd503229f, "csdb"},
    Form{0xffffffff, 0xd503231f, "paciaz"},
    Form{0xffffffff, 0xd503233f, "paciasp"},
    Form{0xffffffff, 0xd503235f, "pacibz"},
    Form{0xffffffff, 0xd503237f, "pacibsp"},
    Form{0xffffffff, 0xd503239f, "autiaz"},
    Form{0xffffffff, 0xd50323bf, "autiasp"},
    Form{0xffffffff, 0xd50323df, "autibz"},
    Form{0xffffffff, 0xd50323ff, "autibsp"},
    Form{0xffffffff, 0xd503241f, "bti"},
    Form{0xffffffff, 0xd503245f, "bti c"},
    Form{0xffffffff, 0xd503249f, "bti j"},
    Form{0xffffffff, 0xd50324df, "bti jc"},
    Form{0xffffffff, 0xd50330ff, "sb"},
    Form{0xfffff0ff, 0xd503405f, "msr dit, #I"},
    Form{0xfffff0ff, 0xd503409f, "msr tco, #I"},
    Form{0xfffff0ff, 0xd503403f, "msr ssbs, #I"},
    Form{0xffff0000, 0x00000000, "udf #U"},
    Form{0xffffffff, 0xd65f0bff, "retaa"},
    Form{0xffffffff, 0xd65f0fff, "retab"},
    Form{0xffffffff, 0xd69f0bff, "eretaa"},
    Form{0xffffffff, 0xd69f0fff, "eretab"},
    Form{0xfffffc1f, 0xd61f081f, "braaz N"},
    Form{0xfffffc1f, 0xd61f0c1f, "brabz N"},
    Form{0xfffffc1f, 0xd63f081f, "blraaz N"},
    Form{0xfffffc1f, 0xd63f0c1f, "blrabz N"},
    Form{0xfffffc00, 0xd71f0800, "braa N, e"},
    Form{0xfffffc00, 0xd71f0c00, "brab N, e"},
    Form{0xfffffc00, 0xd73f0800, "blraa N, e"},
    Form{0xfffffc00, 0xd73f0c00, "blrab N, e"},
    Form{0xffffffe0, 0xd5031000, "wfet D"},
    Form{0xffffffe0, 0xd5031020, "wfit D"},
    Form{0xfffffc00, 0xdac10000, "pacia D, r"},
    Form{0xfffffc00, 0xdac10400, "pacib D, r"},
    Form{0xfffffc00, 0xdac10800, "pacda D, r"},
    Form{0xfffffc00, 0xdac10c00, "pacdb D, r"},
    Form{0xfffffc00, 0xdac11000, "autia D, r"},
    Form{0xfffffc00, 0xdac11400, "autib D, r"},
    Form{0xfffffc00, 0xdac11800, "autda D, r"},
    Form{0xfffffc00, 0xdac11c00, "autdb D, r"},
    Form{0xffffffe0, 0xdac123e0, "paciza D"},
    Form{0xffffffe0, 0xdac127e0, "pacizb D"},
    Form{0xffffffe0, 0xdac12be0, "pacdza D"},
    Form{0xffffffe0, 0xdac12fe0, "pacdzb D"},
    Form{0xffffffe0, 0xdac133e0, "autiza D"},
    Form{0xffffffe0, 0xdac137e0, "autizb D"},
    Form{0xffffffe0, 0xdac13be0, "autdza D"},
    Form{0xffffffe0, 0xdac13fe0, "autdzb D"},
    Form{0xffffffe0, 0xdac143e0, "xpaci D"},
    Form{0xffffffe0, 0xdac147e0, "xpacd D"},
    Form{0xffe0fc00, 0x9ac03000, "pacga D, N, R"},
    Form{0xffa00c00, 0xf8200400, "ldraa D, J"},
    Form{0xffa00c00, 0xf8200c00, "ldraa D, J!"},
    Form{0xffa00c00, 0xf8a00400, "ldrab D, J"},
    Form{0xffa00c00, 0xf8a00c00, "ldrab D, J!"},
    Form{0xffe0fc1f, 0xbac0001f, "cmpp r, R"},
    Form{0xffe0fc00, 0x9ac00000, "subp D, r, R"},
    Form{0xffe0fc00, 0xbac00000, "subps D, r, R"},
    Form{0xffe0fc00, 0x9ac01000, "irg E, r, M"},
    Form{0xffe0fc00, 0x9ac01400, "gmi D, r, M"},
    Form{0xffc0c000, 0x91800000, "addg E, r, G"},
    Form{0xffc0c000, 0xd1800000, "subg E, r, G"},
    Form{0xfffffc00, 0xd9200000, "stzgm D, A"},
    Form{0xfffffc00, 0xd9a00000, "stgm D, A"},
    Form{0xfffffc00, 0xd9e00000, "ldgm D, A"},
    Form{0xffe00c00, 0xd9600000, "ldg D, T"},
    Form{0xffe00c00, 0xd9200400, "stg E, Q"},
    Form{0xffe00c00, 0xd9200800, "stg E, T"},
    Form{0xffe00c00, 0xd9200c00, "stg E, P"},
    Form{0xffe00c00, 0xd9600400, "stzg E, Q"},
    Form{0xffe00c00, 0xd9600800, "stzg E, T"},
    Form{0xffe00c00, 0xd9600c00, "stzg E, P"},
    Form{0xffe00c00, 0xd9a00400, "st2g E, Q"},
    Form{0xffe00c00, 0xd9a00800, "st2g E, T"},
    Form{0xffe00c00, 0xd9a00c00, "st2g E, P"},
    Form{0xffe00c00, 0xd9e00400, "stz2g E, Q"},
    Form{0xffe00c00, 0xd9e00800, "stz2g E, T"},
    Form{0xffe00c00, 0xd9e00c00, "stz2g E, P"},
    Form{0x3fa07c00, 0x08a07c00, "cas%c%b s, t, A"},
    Form{0xbfa07c00, 0x08207c00, "casp%c p, q, A"},
    Form{0x3fe0fc00, 0x38a0c000, "ldapr%b t, A"},
    Form{0x3fe00c00, 0x19000000, "stlur%b t, O"},
    Form{0x3fe00c00, 0x19400000, "ldapur%b t, O"},
    Form{0xffe00c00, 0x19800000, "ldapursb D, O"},
    Form{0xffe00c00, 0x59800000, "ldapursh D, O"},
    Form{0xffe00c00, 0x99800000, "ldapursw D, O"},
    Form{0xffe00c00, 0x19c00000, "ldapursb t, O"},
    Form{0xffe00c00, 0x59c00000, "ldapursh t, O"},
    Form{0x3ffffc00, 0x08df7c00, "ldlar%b t, A"},
    Form{0x3ffffc00, 0x089f7c00, "stllr%b t, A"},
    Form{0x3fe00c00, 0x38000800, "sttr%b t, O"},
    Form{0x3fe00c00, 0x38400800, "ldtr%b t, O"},
    Form{0xffe00c00, 0x38800800, "ldtrsb D, O"},
    Form{0xffe00c00, 0x78800800, "ldtrsh D, O"},
    Form{0xffe00c00, 0xb8800800, "ldtrsw D, O"},
    Form{0xffe00c00, 0x38c00800, "ldtrsb t, O"},
    Form{0xffe00c00, 0x78c00800, "ldtrsh t, O"},
    Form{0x3fa0fc1f, 0x3820001f, "stadd%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820101f, "stclr%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820201f, "steor%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820301f, "stset%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820401f, "stsmax%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820501f, "stsmin%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820601f, "stumax%a%b s, A"},
    Form{0x3fa0fc1f, 0x3820701f, "stumin%a%b s, A"},
    Form{0x3f20fc00, 0x38200000, "ldadd%a%b s, t, A"},
    Form{0x3f20fc00, 0x38201000, "ldclr%a%b s, t, A"},
    Form{0x3f20fc00, 0x38202000, "ldeor%a%b s, t, A"},
    Form{0x3f20fc00, 0x38203000, "ldset%a%b s, t, A"},
    Form{0x3f20fc00, 0x38204000, "ldsmax%a%b s, t, A"},
    Form{0x3f20fc00, 0x38205000, "ldsmin%a%b s, t, A"},
    Form{0x3f20fc00, 0x38206000, "ldumax%a%b s, t, A"},
    Form{0x3f20fc00, 0x38207000, "ldumin%a%b s, t, A"},
    Form{0x3f20fc00, 0x38208000, "swp%a%b s, t, A"},
};

struct Printer {
    std::uint32_t word;

    unsigned field(unsigned low, unsigned count) const {
        return (word >> low) & ((1u << count) - 1);
    }
    std::string offset(int value, bool always = false) const {
        if (value == 0 && !always) return "";
        return fmt::format(", #{}{:#x}", value < 0 ? "-" : "", value < 0 ? -value : value);
    }
    std::string whole(unsigned r) const { return r == 31 ? "xzr" : fmt::format("x{}", r); }
    std::string whole_or_sp(unsigned r) const { return r == 31 ? "sp" : fmt::format("x{}", r); }
    std::string sized(unsigned r, bool is_64) const {
        if (is_64) return whole(r);
        return r == 31 ? "wzr" : fmt::format("w{}", r);
    }
    std::string base() const { return whole_or_sp(field(5, 5)); }
    int signed_9() const {
        auto value = static_cast<int>(field(12, 9));
        return value >= 256 ? value - 512 : value;
    }

    std::string operand(char letter) const {
        bool is_64 = field(30, 2) == 3, pair_64 = field(30, 1) == 1;
        switch (letter) {
            case 'D':
                return whole(field(0, 5));
            case 'E':
                return whole_or_sp(field(0, 5));
            case 'e':
                return whole_or_sp(field(0, 5));
            case 'N':
                return whole(field(5, 5));
            case 'r':
                return base();
            case 'M':
                return whole(field(16, 5));
            case 'R':
                return whole_or_sp(field(16, 5));
            case 's':
                return sized(field(16, 5), is_64);
            case 't':
                return sized(field(0, 5), is_64);
            case 'p':
                return sized(field(16, 5), pair_64) + ", " + sized(field(16, 5) + 1, pair_64);
            case 'q':
                return sized(field(0, 5), pair_64) + ", " + sized(field(0, 5) + 1, pair_64);
            case 'I':
                return fmt::format("{:#x}", field(8, 4));
            case 'U':
                return fmt::format("{:#x}", field(0, 16));
            case 'G':
                return fmt::format("#{:#x}, #{:#x}", field(16, 6) * 16, field(10, 4));
            case 'A':
                return "[" + base() + "]";
            case 'O':
                return "[" + base() + offset(signed_9()) + "]";
            case 'T':
                return "[" + base() + offset(signed_9() * 16) + "]";
            case 'P':
                return "[" + base() + offset(signed_9() * 16) + "]!";
            case 'Q':
                return "[" + base() + "]" + offset(signed_9() * 16, true);
            case 'J': {
                int value = static_cast<int>(field(12, 9)) - (field(22, 1) ? 512 : 0);
                return "[" + base() + offset(value * 8) + "]";
            }
            default:
                return std::string(1, letter);
        }
    }

    std::string suffix(char letter) const {
        constexpr std::array<std::string_view, 4> kSizes = {"b", "h", "", ""};
        bool acquire = field(23, 1), release = field(22, 1);
        if (letter == 'b') return std::string(kSizes[field(30, 2)]);
        if (letter == 'c') {
            acquire = field(22, 1);
            release = field(15, 1);
        }
        return std::string(acquire ? "a" : "") + (release ? "l" : "");
    }

    std::string print(std::string_view form) const {
        std::string out;
        bool operands = false;
        for (std::size_t i = 0; i < form.size(); ++i) {
            if (form[i] == '%' && i + 1 < form.size()) {
                out += suffix(form[++i]);
            } else {
                operands = operands || form[i] == ' ';
                out += operands ? operand(form[i]) : std::string(1, form[i]);
            }
        }
        return out;
    }
};

}  // namespace

std::optional<std::string> a64_text(std::uint32_t word) {
    for (const Form& form : kForms) {
        if ((word & form.mask) != form.value) continue;
        // Hints have no operands that look like letters of a form.
        if (form.mask == 0xffffffff) return std::string(form.text);
        return Printer{word}.print(form.text);
    }
    return std::nullopt;
}

}  // namespace nfstriage::isa
