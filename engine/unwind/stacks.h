// The stacks a CPU may run on, and the order in which an unwinder may visit them. A task's own
// stack is the outermost; interrupts, NMIs, double faults and SDEI events switch to stacks of the
// CPU (arch/x86/include/asm/stacktrace.h, arch/arm64/include/asm/stacktrace.h). We promise:
// StackTrack lets a walk advance only upwards within a stack and into each stack once, so that no
// content of memory can make an unwinder loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::unwind {

enum class StackKind : std::uint8_t { task, irq, softirq, exception, overflow, sdei, unknown };

std::string_view to_string(StackKind kind);  // "irq"

struct StackRegion {
    VAddr begin, end;  // half open
    StackKind kind = StackKind::unknown;
    std::string name;  // "hardirq", "NMI", "#DF"; for people

    bool contains(VAddr address) const { return begin <= address && address < end; }
};

// Bytes of a task's kernel stack (THREAD_SIZE): from the types where they tell, else 16 KiB or, on
// aarch64, one page if that is more.
std::uint64_t thread_size(const layout::Types& types, Arch arch, std::uint64_t page_size);

// The interrupt and exception stacks of one CPU, as far as the kernel's per-CPU symbols and types
// tell; empty for a kernel without data symbols, where the unwinder treats them as unknown stacks.
std::vector<StackRegion> cpu_stacks(const dump::Memory& memory, const layout::Types& types,
                                    const layout::Symbols& symbols, Arch arch, unsigned cpu,
                                    std::uint64_t thread_size = 16384);

class StackTrack {
public:
    // `regions`: the stacks that are known. `start`: the first stack position.
    StackTrack(std::vector<StackRegion> regions, VAddr start);

    // Moves to the outer position `next`. Unknown(corrupt): it is not aligned, not above the
    // current position, on a stack that was left before, or beyond the task's stack.
    Maybe<void> advance(VAddr next);

    VAddr position() const { return position_; }
    // The known stack of the current position, or null.
    const StackRegion* region() const;
    // End of the current stack as far as it is known; else a bound of 16 KiB above the position.
    VAddr limit() const;

private:
    const StackRegion* region_of(VAddr address) const;

    std::vector<StackRegion> regions_;
    std::vector<StackRegion>
        left_;       // stacks, or stretches of unknown ones, that must not come again
    VAddr entered_;  // lowest position on the current unknown stretch
    VAddr position_;
};

}  // namespace nfstriage::unwind
