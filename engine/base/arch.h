// Architectures by their `uname -m` names. x86_64 and aarch64 are read in full; the others are
// recognised in console logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfstriage {

enum class Arch : std::uint8_t {
    x86_64,
    aarch64,
    arm,
    i386,
    riscv64,
    ppc64,
    ppc64le,
    s390x,
    mips,
    sh,
    loongarch64
};

std::string_view to_string(Arch arch);  // "aarch64"
std::optional<Arch> arch_from_machine(std::string_view uname_machine);

}  // namespace nfstriage
