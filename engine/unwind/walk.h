// What the unwinders of both architectures share: the readers, and the list of frames under
// construction with its limits.
#pragma once

#include <optional>
#include <string>

#include "base/budget.h"
#include "unwind/call_site.h"
#include "unwind/orc.h"
#include "unwind/pt_regs.h"
#include "unwind/return_hooks.h"
#include "unwind/unwind.h"

namespace nfstriage::unwind {

struct Kernel {
    const dump::Memory& memory;
    const layout::Types& types;
    const layout::Symbols& symbols;
    Arch arch;
    PtRegsLayout regs;
    OrcTables orc;
    bool unwinds_by_orc;             // vmlinux has an ORC table
    const layout::KernelCode* code;  // of a profile, or null
    ReturnHooks hooks;
    std::uint64_t pac_mask;
    std::size_t max_frames;
    std::uint64_t thread_size;  // bytes

    // First address of the function that contains `pc`.
    std::optional<VAddr> function_start(VAddr pc) const;
    // A return address without pointer authentication (aarch64); unchanged elsewhere.
    VAddr strip(VAddr address) const;
    // The ORC entry that holds at an instruction: the dump's, else the profile's.
    Maybe<OrcEntry> orc_at(VAddr instruction) const;
    // Call frame information of an instruction; Unknown(no_symbol) without a profile.
    Maybe<layout::CfiRow> cfi_at(VAddr instruction) const;
    // Whether `word` may be a return address: text, right behind a call. When the text in front of
    // it is not in the dump, `otherwise`.
    bool is_return_address(VAddr word, bool otherwise) const;
};

// A place in kernel code that the walk has reached.
struct Place {
    VAddr pc;
    bool precise = false;  // `pc` is the instruction itself, not a return address
    Trust trust = Trust::guess;
    Registers registers;
};

class Walk {
public:
    Walk(const Kernel& kernel, const Start& start, Budget& budget, Result& result);

    const Kernel& kernel() const { return kernel_; }
    const Start& start() const { return start_; }
    Result& result() { return result_; }

    // Appends a frame; false (and stopped) when a limit is reached.
    bool push(const Place& place);
    // False (and stopped) when the budget is used up.
    bool spend(std::uint64_t steps);

    // Registers saved on entry to the kernel; the frame pushed next is the interrupted one.
    void push_context(VAddr address, Registers registers, bool full, bool user_mode);

    void finish(std::string why);
    void stop(const Unknown& why);

    // From the first frame found by a weaker way on, nothing is trusted more than that way.
    void weaken(Trust trust) {
        if (trust > weakest_) weakest_ = trust;
    }
    Trust weakened(Trust trust) const { return trust > weakest_ ? trust : weakest_; }

private:
    const Kernel& kernel_;
    const Start& start_;
    Budget& budget_;
    Result& result_;
    Trust weakest_ = Trust::registers;
};

void unwind_x86_64(Walk& walk);
void unwind_aarch64(Walk& walk);

}  // namespace nfstriage::unwind
