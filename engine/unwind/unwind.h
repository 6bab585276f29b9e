// Stacks of the crashed kernel, frame by frame: of the CPU that panicked and of the others, from
// the registers in the dump's notes, and of sleeping tasks, from what the scheduler saved. x86_64
// is unwound by the kernel's ORC tables (orc.h), by frame pointers where the kernel has none,
// aarch64 by frame records; both go on by looking for return addresses when that fails. Exceptions
// and interrupts on the way are crossed, their saved registers are handed out.
// We promise: every frame says how it was found; no memory content makes an unwind loop or run
// away; a page that is missing shortens the list or lowers a trust, and the result says why it
// stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/budget.h"
#include "base/frame.h"
#include "base/maybe.h"
#include "base/registers.h"
#include "dump/memory.h"
#include "kernel/task.h"
#include "layout/kernel_code.h"
#include "layout/symbols.h"
#include "layout/types.h"
#include "unwind/orc.h"
#include "unwind/stacks.h"

namespace nfstriage::unwind {

// Where an unwind begins.
struct Start {
    Registers registers;  // at least program counter and stack pointer
    // true: the program counter is that of an instruction (a CPU's registers); false: it is a
    // return address (a sleeping task), and the call before it names the function.
    bool precise = true;
    std::vector<StackRegion> stacks;    // of the CPU, from cpu_stacks(); may be empty
    std::optional<VAddr> task;          // struct task_struct, to undo the kernel's return hooks
    std::optional<VAddr> task_stack;    // lowest address of the task's stack
    std::uint64_t thread_size = 16384;  // bytes of the task's stack
};

// Registers found on the stack where an exception, interrupt or system call entered the kernel.
struct InterruptedContext {
    std::size_t frame = 0;  // index of the first frame of what was interrupted; frames.size() when
                            // that was user mode
    Registers registers;    // as saved at the entry
    bool full = true;       // false: only program counter, stack pointer and flags were saved
    bool user_mode = false;
    VAddr address;      // of the struct pt_regs
    std::string entry;  // function that took the exception: asm_exc_page_fault, el1h_64_sync
};

struct Result {
    std::vector<Frame> frames;         // innermost first; user mode is left out
    std::vector<Registers> registers;  // per frame, what is known of its registers: always the
                                       // program counter, mostly stack and frame pointer
    std::vector<InterruptedContext> interrupted;  // innermost first
    bool complete = false;    // reached the entry from user mode, or where a kernel thread or the
                              // idle task began, and no frame was searched for
    std::string why_stopped;  // one sentence for people
    std::optional<Reason> reason;  // absent when complete
};

struct Options {
    Arch arch = Arch::x86_64;
    std::vector<OrcTable> modules;   // from module_orc_table()
    std::uint64_t pac_mask = 0;      // VMCOREINFO NUMBER(KERNELPACMASK); 0 when it is not given
    std::uint64_t page_size = 4096;  // bytes
    std::size_t max_frames = 256;
    // ORC and call frame information of a profile, for where the dump's own cannot be had; null:
    // there is no profile. Must outlive the unwinder.
    const layout::KernelCode* code = nullptr;
};

class Unwinder {
public:
    // The readers must outlive the unwinder.
    Unwinder(const dump::Memory& memory, const layout::Types& types, const layout::Symbols& symbols,
             Options options);
    ~Unwinder();

    // Unwinds from `start`; `budget` is charged for every frame and every word that is scanned. The
    // result may be empty, never an error.
    Result unwind(const Start& start, Budget& budget) const;

    // Where a CPU was: the registers of its note, its stacks when `cpu` is known, and those of the
    // task that it was running, when that is known (may be null).
    Start on_cpu(Registers registers, std::optional<unsigned> cpu,
                 const kernel::TaskInfo* current) const;

    // A kdump note of an oops holds the registers at the fault, not those of the CPU when it
    // stopped: crash_setup_regs() copies what crash_kexec() was given. Looks below the fault for
    // the call that led to __crash_kexec, and accepts it if the stack from there runs through the
    // very registers of `fault`. Nothing when there is no such call: then `fault` is where the CPU
    // stopped.
    std::optional<Start> below_fault(const Start& fault, Budget& budget) const;

    // Where a task that does not run was switched away: thread.sp and struct inactive_task_frame on
    // x86_64, thread.cpu_context on aarch64. Unknown: no_type, or why memory is absent.
    Maybe<Start> sleeping(VAddr task) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace nfstriage::unwind
