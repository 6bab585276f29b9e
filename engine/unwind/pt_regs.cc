// Layout and reading of struct pt_regs.
#include "unwind/pt_regs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"

namespace nfstriage::unwind {
namespace {

struct Name {
    std::string_view ours, kernel;
};

// In the order of the structure since x86_64 exists (struct user_regs_struct begins the same way).
constexpr std::array<Name, 21> kX86{{
    {"r15", "r15"}, {"r14", "r14"}, {"r13", "r13"},      {"r12", "r12"},
    {"rbp", "bp"},  {"rbx", "bx"},  {"r11", "r11"},      {"r10", "r10"},
    {"r9", "r9"},   {"r8", "r8"},   {"rax", "ax"},       {"rcx", "cx"},
    {"rdx", "dx"},  {"rsi", "si"},  {"rdi", "di"},       {"orig_rax", "orig_ax"},
    {"rip", "ip"},  {"cs", "cs"},   {"eflags", "flags"}, {"rsp", "sp"},
    {"ss", "ss"},
}};

constexpr std::array<std::string_view, 34> kArm{
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",    "x10", "x11",
    "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",   "x22", "x23",
    "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",  "pstate"};

constexpr std::uint64_t kArmSize = 0x150;    // v5.10 to v6.12
constexpr std::uint64_t kArmRecord = 0x130;  // the same from v4.14 to v6.12

std::uint64_t offset_or(const layout::Types& types, std::string_view path,
                        std::uint64_t otherwise) {
    return types.offset_of("struct pt_regs", path).value_or(otherwise);
}

}  // namespace

PtRegsLayout PtRegsLayout::from(const layout::Types& types, Arch arch) {
    PtRegsLayout layout;
    if (arch == Arch::x86_64) {
        std::uint64_t offset = 0;
        for (const Name& name : kX86) {
            // With FRED (v6.9) the upper bits of both selectors' words say more than the selector.
            bool selector = name.ours == "cs" || name.ours == "ss";
            layout.slots.push_back({name.ours, offset_or(types, name.kernel, offset),
                                    selector ? 0xffffu : UINT64_MAX});
            offset += 8;
        }
        layout.size = types.size_of("struct pt_regs").value_or(offset);
    } else if (arch == Arch::aarch64) {
        std::uint64_t offset = 0;
        for (std::string_view name : kArm) {
            layout.slots.push_back({name, offset, UINT64_MAX});
            offset += 8;
        }
        layout.size = types.size_of("struct pt_regs").value_or(kArmSize);
        layout.record = offset_or(types, "stackframe", kArmRecord);
        layout.has_record_type =
            types.has_member("struct pt_regs", "stackframe.type").value_or(false);
    }
    layout.described = types.size_of("struct pt_regs").has_value();
    for (const auto& slot : layout.slots) layout.extent = std::max(layout.extent, slot.offset + 8);
    return layout;
}

Maybe<Registers> read_pt_regs(const dump::Memory& memory, const PtRegsLayout& layout,
                              VAddr address) {
    if (layout.slots.empty()) return unknown(Reason::unsupported_arch, "struct pt_regs");
    auto bytes = memory.bytes(address, layout.extent);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    Bytes view{ByteSpan{*bytes}};
    Registers registers;
    for (const auto& slot : layout.slots) {
        auto value = view.get<std::uint64_t>(slot.offset);
        if (!value) return tl::unexpected<Unknown>(value.error());
        registers.set(slot.name, *value & slot.mask);
    }
    return registers;
}

std::optional<bool> from_user_mode(const Registers& registers, Arch arch) {
    if (arch == Arch::x86_64) {
        if (auto cs = registers.get("cs")) return (*cs & 3) == 3;
    } else if (arch == Arch::aarch64) {
        // PSTATE.M[4:0]: 0 is EL0 in AArch64 state, 0x10 EL0 in AArch32 state.
        if (auto pstate = registers.get("pstate")) return (*pstate & 0xf) == 0;
    }
    return std::nullopt;
}

bool from_kernel_mode(const Registers& registers, Arch arch) {
    if (arch == Arch::x86_64) {
        auto cs = registers.get("cs");
        return cs && *cs != 0 && (*cs & 3) == 0 && *cs < 0x100;
    }
    auto pstate = registers.get("pstate");
    if (!pstate || (*pstate & 0x10) != 0) return false;
    std::uint64_t mode = *pstate & 0xf;
    return mode == 4 || mode == 5 || mode == 8 || mode == 9;  // EL1t, EL1h, EL2t, EL2h
}

}  // namespace nfstriage::unwind
