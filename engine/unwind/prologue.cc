// A small decoder for the instructions that compilers put at the beginning of functions (Intel SDM
// volume 2, appendix A, opcode maps): lengths, and what they do to rsp and rbp.
#include "unwind/prologue.h"

#include <algorithm>
#include <array>

namespace nfstriage::unwind {
namespace {

// Instructions with a ModRM operand and no immediate, as compilers emit them early.
constexpr std::array<std::uint8_t, 21> kPlain{0x01, 0x03, 0x09, 0x0b, 0x21, 0x23, 0x29,
                                              0x2b, 0x31, 0x33, 0x38, 0x39, 0x3a, 0x3b,
                                              0x63, 0x84, 0x85, 0x88, 0x89, 0x8a, 0x8b};
constexpr std::array<std::uint8_t, 12> kPlain0f{0x10, 0x11, 0x1f, 0x28, 0x29, 0x57,
                                                0xaf, 0xb1, 0xb6, 0xb7, 0xbe, 0xbf};

struct Decoder {
    ByteSpan code;
    std::uint64_t at = 0;  // first byte not decoded
    Prologue out;

    std::optional<std::uint8_t> byte(std::uint64_t ahead) const {
        if (ahead >= code.size() || at >= code.size() - ahead) return std::nullopt;
        return code[at + ahead];
    }

    // Length of the operand that begins `ahead` bytes from here; 0 when it leaves the code.
    std::uint64_t operand(std::uint64_t ahead) const {
        auto modrm = byte(ahead);
        if (!modrm) return 0;
        unsigned mod = *modrm >> 6;
        unsigned rm = *modrm & 7;
        if (mod == 3) return 1;
        std::uint64_t length = 1;
        bool disp32 = mod == 2 || (mod == 0 && rm == 5);
        if (rm == 4) {
            auto sib = byte(ahead + 1);
            if (!sib) return 0;
            ++length;
            disp32 = disp32 || (mod == 0 && (*sib & 7) == 5);
        }
        return length + (mod == 1 ? 1 : 0) + (disp32 ? 4 : 0);
    }

    std::int64_t immediate(std::uint64_t ahead, unsigned size) const {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < size; ++i)
            value |= std::uint32_t{byte(ahead + i).value_or(0)} << (8 * i);
        return size == 1 ? static_cast<std::int8_t>(value) : static_cast<std::int32_t>(value);
    }

    bool advance(std::uint64_t length) {
        if (length == 0 || length > code.size() - at) return false;
        at += length;
        return true;
    }

    bool push(unsigned reg) {
        out.depth += 8;
        if (reg == 5 && !out.rbp_depth) out.rbp_depth = out.depth;
        return advance(reg >= 8 ? 2 : 1);
    }

    // 80, 81, 83: an operation with an immediate; on rsp only sub and add are followed.
    bool group1(std::uint64_t prefix, unsigned rex, std::uint8_t opcode) {
        auto modrm = byte(prefix + 1);
        std::uint64_t length = operand(prefix + 1);
        if (!modrm || length == 0) return false;
        unsigned size = opcode == 0x81 ? 4 : 1;
        bool on_rsp = (*modrm >> 6) == 3 && (*modrm & 7) == 4 && (rex & 1) == 0;
        unsigned operation = (*modrm >> 3) & 7;
        if (on_rsp && operation != 7) {  // 7 compares
            std::int64_t value = immediate(prefix + 1 + length, size);
            bool down = operation == 5 ? value > 0 : operation == 0 && value < 0;
            if (!down) return false;
            out.depth += static_cast<std::uint64_t>(value < 0 ? -value : value);
        }
        return advance(prefix + 1 + length + size);
    }

    bool plain(std::uint64_t prefix, unsigned rex, std::uint8_t opcode) {
        auto modrm = byte(prefix + 1);
        std::uint64_t length = operand(prefix + 1);
        if (!modrm || length == 0) return false;
        bool registers = (*modrm >> 6) == 3;
        unsigned reg = ((*modrm >> 3) & 7) | ((rex & 4) << 1);
        unsigned rm = (*modrm & 7) | ((rex & 1) << 3);
        bool to_rm = opcode == 0x89 || opcode == 0x01 || opcode == 0x29 || opcode == 0x31;
        bool from_rm = opcode == 0x8b || opcode == 0x03 || opcode == 0x2b || opcode == 0x33;
        if ((to_rm && registers && rm == 4) || (from_rm && reg == 4)) return false;  // writes rsp
        if (opcode == 0x89 && registers && reg == 4 && rm == 5) out.frame_pointer = true;
        return advance(prefix + 1 + length);
    }

    bool two_byte(std::uint64_t prefix) {
        auto opcode = byte(prefix + 1);
        if (!opcode) return false;
        if (*opcode == 0x1e && byte(prefix + 2) == std::uint8_t{0xfa})
            return advance(prefix + 3);  // endbr64
        if (std::find(kPlain0f.begin(), kPlain0f.end(), *opcode) == kPlain0f.end()) return false;
        std::uint64_t length = operand(prefix + 2);
        return length != 0 && advance(prefix + 2 + length);
    }

    bool step() {
        std::uint64_t prefix = 0;
        bool short_operand = false;
        unsigned rex = 0;
        for (auto b = byte(0); b; b = byte(prefix)) {
            bool legacy =
                *b == 0x65 || *b == 0x66 || *b == 0xf0 || *b == 0xf3 || *b == 0x3e || *b == 0x2e;
            if (!legacy) break;
            short_operand = short_operand || *b == 0x66;
            if (++prefix > 4) return false;
        }
        auto opcode = byte(prefix);
        if (opcode && (*opcode & 0xf0) == 0x40) {
            rex = *opcode & 0xf;
            opcode = byte(++prefix);
        }
        if (!opcode) return false;
        if (*opcode >= 0x50 && *opcode <= 0x57) return push((*opcode & 7u) | ((rex & 1) << 3));
        if (*opcode == 0x90) return advance(prefix + 1);
        // The first call is the tracer's (-mfentry); any other leaves straight code.
        if (*opcode == 0xe8) return at <= 4 && out.depth == 0 && advance(5);
        if (*opcode == 0x0f) return two_byte(prefix);
        if (*opcode == 0x80 || *opcode == 0x81 || *opcode == 0x83)
            return !short_operand && group1(prefix, rex, *opcode);
        if (*opcode >= 0xb8 && *opcode <= 0xbf && !short_operand && (*opcode & 7) != 4)
            return advance(prefix + 1 + ((rex & 8) != 0 ? 8 : 4));
        if (*opcode == 0xc7 && !short_operand) {
            std::uint64_t length = operand(prefix + 1);
            return length != 0 && advance(prefix + 1 + length + 4);
        }
        if (*opcode == 0x8d) {  // lea
            auto modrm = byte(prefix + 1);
            bool writes_rsp = modrm && ((*modrm >> 3) & 7) == 4 && (rex & 4) == 0;
            std::uint64_t length = operand(prefix + 1);
            return length != 0 && !writes_rsp && advance(prefix + 1 + length);
        }
        if (std::find(kPlain.begin(), kPlain.end(), *opcode) == kPlain.end()) return false;
        return plain(prefix, rex, *opcode);
    }
};

}  // namespace

Prologue read_prologue(ByteSpan code, std::uint64_t until) {
    Decoder decoder{code, 0, {}};
    while (decoder.at < until && decoder.step()) {
    }
    decoder.out.reached = decoder.at >= until;
    return decoder.out;
}

}  // namespace nfstriage::unwind
