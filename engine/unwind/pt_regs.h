// struct pt_regs: the registers that the kernel's entry code saves on the stack when it is entered
// by a system call, an interrupt or an exception (arch/*/include/asm/ptrace.h). The first part is
// user-visible ABI and has never moved; what follows it on aarch64 has.
// We promise: offsets are asked from the types where they are described, else the ABI's are taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/maybe.h"
#include "base/registers.h"
#include "dump/memory.h"
#include "layout/types.h"

namespace nfstriage::unwind {

struct PtRegsLayout {
    struct Slot {
        std::string_view name;     // as Registers names it: "rip"
        std::uint64_t offset = 0;  // bytes into struct pt_regs
        std::uint64_t mask = UINT64_MAX;
    };
    std::vector<Slot> slots;
    std::uint64_t size = 0;    // bytes of struct pt_regs
    std::uint64_t extent = 0;  // bytes up to the end of the last slot
    bool described = false;    // the types tell; else these are the defaults

    // aarch64: the frame record inside of struct pt_regs.
    std::uint64_t record = 0;
    // aarch64 since c2c6b27b5aa1 (v6.13): that record is zero and a type stands behind it; before,
    // it repeats the interrupted x29 and pc.
    bool has_record_type = false;
    static constexpr std::uint64_t kTypedRecord = 0x128;  // `record` from v6.13 on

    static PtRegsLayout from(const layout::Types& types, Arch arch);
};

// All registers at `address`. Unknown: why the memory is absent; unsupported_arch.
Maybe<Registers> read_pt_regs(const dump::Memory& memory, const PtRegsLayout& layout,
                              VAddr address);

// Whether these registers were saved in user mode; nothing if neither cs nor pstate is known.
std::optional<bool> from_user_mode(const Registers& registers, Arch arch);

// Whether cs or pstate has a value that the kernel itself runs with.
bool from_kernel_mode(const Registers& registers, Arch arch);

}  // namespace nfstriage::unwind
