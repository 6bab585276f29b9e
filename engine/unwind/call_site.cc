// Decoding the call that ends at a return address.
#include "unwind/call_site.h"

#include <array>

namespace nfstriage::unwind {
namespace {

// Bytes of a ModRM operand behind the opcode: the ModRM byte itself, SIB and displacement.
std::size_t operand_length(std::uint8_t modrm, std::uint8_t sib) {
    unsigned mod = modrm >> 6;
    unsigned rm = modrm & 7;
    if (mod == 3) return 1;
    std::size_t length = rm == 4 ? 2 : 1;
    if (mod == 1) return length + 1;
    if (mod == 2) return length + 4;
    bool disp32 = rm == 5 || (rm == 4 && (sib & 7) == 5);
    return length + (disp32 ? 4 : 0);
}

Maybe<CallSite> x86_call(const dump::Memory& memory, VAddr after) {
    std::array<std::uint8_t, 7> code{};
    auto read = memory.read(after - code.size(), code);
    if (!read) return tl::unexpected<Unknown>(read.error());
    if (code[2] == 0xe8) {
        std::uint32_t distance = 0;
        for (unsigned i = 0; i < 4; ++i) distance |= std::uint32_t{code[3 + i]} << (8 * i);
        auto extended = static_cast<std::uint64_t>(
            static_cast<std::int64_t>(static_cast<std::int32_t>(distance)));
        return CallSite{true, after + extended};
    }
    for (std::size_t length = 2; length <= code.size(); ++length) {
        std::size_t at = code.size() - length;
        if (code[at] != 0xff) continue;
        std::uint8_t modrm = code[at + 1];
        std::uint8_t sib = length > 2 ? code[at + 2] : 0;
        if (((modrm >> 3) & 7) == 2 && operand_length(modrm, sib) == length - 1)
            return CallSite{true, std::nullopt};
    }
    return CallSite{};
}

Maybe<CallSite> arm_call(const dump::Memory& memory, VAddr after) {
    if (after.value % 4 != 0) return CallSite{};
    VAddr at = after - 4;
    auto code = memory.u32(at);
    if (!code) return tl::unexpected<Unknown>(code.error());
    if ((*code & 0xfc000000u) == 0x94000000u) {  // BL imm26
        auto words = static_cast<std::int32_t>(*code << 6) >> 6;
        return CallSite{true, at + static_cast<std::uint64_t>(std::int64_t{words} * 4)};
    }
    bool indirect = (*code & 0xfffffc1fu) == 0xd63f0000u ||  // BLR
                    (*code & 0xfefff800u) == 0xd63f0800u;    // BLRAA, BLRAB, BLRAAZ, BLRABZ
    return CallSite{indirect, std::nullopt};
}

}  // namespace

Maybe<CallSite> call_before(const dump::Memory& memory, Arch arch, VAddr return_address) {
    switch (arch) {
        case Arch::x86_64:
            return x86_call(memory, return_address);
        case Arch::aarch64:
            return arm_call(memory, return_address);
        default:
            return unknown(Reason::unsupported_arch, "call instructions");
    }
}

}  // namespace nfstriage::unwind
