// Names and numbers of general registers, and the calling conventions of the kernel on each
// architecture (System V ABI AMD64 3.2; AAPCS64 6).
#include <algorithm>
#include <span>

#include "isa/instruction.h"

namespace nfstriage::isa {
namespace {

constexpr std::array<std::string_view, 16> kX86Names = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                        "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                        "r12", "r13", "r14", "r15"};

constexpr std::array<std::string_view, 32> kArmNames = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"};

std::span<const std::string_view> names(Arch arch) {
    if (arch == Arch::x86_64) return kX86Names;
    if (arch == Arch::aarch64) return kArmNames;
    return {};
}

}  // namespace

std::string_view register_name(Arch arch, Register r) {
    auto all = names(arch);
    return r < all.size() ? all[r] : std::string_view{};
}

std::optional<Register> register_number(Arch arch, std::string_view name) {
    auto all = names(arch);
    auto found = std::find(all.begin(), all.end(), name);
    if (found == all.end()) return std::nullopt;
    return static_cast<Register>(found - all.begin());
}

Register stack_pointer(Arch arch) { return arch == Arch::aarch64 ? 31 : 4; }

std::vector<Register> argument_registers(Arch arch) {
    if (arch == Arch::x86_64) return {7, 6, 2, 1, 8, 9};
    if (arch == Arch::aarch64) return {0, 1, 2, 3, 4, 5, 6, 7};
    return {};
}

RegisterSet callee_saved(Arch arch) {
    // rbx, rbp, r12 ... r15
    if (arch == Arch::x86_64) return bit(3) | bit(5) | bit(12) | bit(13) | bit(14) | bit(15);
    // x19 ... x29. x30 is the return address; x18 belongs to the platform (shadow call stack).
    if (arch == Arch::aarch64) return (bit(30) - 1) & ~(bit(19) - 1);
    return 0;
}

}  // namespace nfstriage::isa
