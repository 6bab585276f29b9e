// One relocation of a kernel module, in instructions as in data, as the kernel's loader applies it
// (arch/x86/kernel/module.c, arch/arm64/kernel/module.c). Kinds: the psABI supplements of x86_64
// and aarch64.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arch.h"

namespace nfstriage::debuginfo {

// Writes the field at `offset` of `bytes`, which is at `place` in memory, for a `value` of symbol
// plus addend. Gives the size of the field in bytes, 0 for kinds that change nothing; nothing, and
// the bytes stay, if the kind is not known, the value does not fit or the field leaves the bytes.
std::optional<unsigned> apply_relocation(Arch arch, std::uint32_t kind, std::uint64_t value,
                                         std::uint64_t place, std::span<std::uint8_t> bytes,
                                         std::uint64_t offset);

}  // namespace nfstriage::debuginfo
