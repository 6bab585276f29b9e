// The functions are those of arch/x86/kernel/traps.c, arch/x86/mm/fault.c, arch/arm64/kernel/
// {entry-common,traps}.c, arch/arm64/mm/fault.c, kernel/{watchdog,watchdog_hld,hung_task,panic}.c,
// kernel/rcu/tree_stall.h and drivers/tty/sysrq.c. The innermost of them on the stack decides.
#include "facts/entry.h"

#include <algorithm>
#include <array>

namespace nfstriage::facts {
namespace {

struct Way {
    std::string_view function;
    CrashKind kind;
    bool interrupts;  // the context below it on the stack is the one to blame
};

constexpr std::array kWays = {
    // Lockup detectors run in a timer interrupt or NMI on top of what they blame.
    Way{"watchdog_timer_fn", CrashKind::soft_lockup, true},
    Way{"watchdog_overflow_callback", CrashKind::hard_lockup, true},
    Way{"watchdog_hardlockup_check", CrashKind::hard_lockup, true},
    Way{"watchdog_check_hardlockup", CrashKind::hard_lockup, true},
    Way{"rcu_check_gp_kthread_starvation", CrashKind::rcu_stall, true},
    Way{"print_cpu_stall", CrashKind::rcu_stall, true},
    Way{"print_other_cpu_stall", CrashKind::rcu_stall, true},
    Way{"panic_on_rcu_stall", CrashKind::rcu_stall, true},
    Way{"rcu_sched_clock_irq", CrashKind::rcu_stall, true},
    // These run in a context of their own.
    Way{"check_hung_uninterruptible_tasks", CrashKind::hung_task, false},
    Way{"check_hung_task", CrashKind::hung_task, false},
    Way{"watchdog", CrashKind::hung_task, false},  // khungtaskd's thread function
    Way{"sysrq_handle_crash", CrashKind::sysrq, false},
    Way{"out_of_memory", CrashKind::oom, false},
    // An NMI from outside interrupts whatever runs: nothing below it is to blame.
    Way{"unknown_nmi_error", CrashKind::panic, false},
    Way{"mem_parity_error", CrashKind::panic, false},
    Way{"pci_serr_error", CrashKind::panic, false},
    Way{"io_check_error", CrashKind::panic, false},
    Way{"mce_panic", CrashKind::mce, true},
    Way{"do_machine_check", CrashKind::mce, true},
    // x86_64 exceptions.
    Way{"page_fault_oops", CrashKind::paging_request, true},
    Way{"no_context", CrashKind::paging_request, true},
    Way{"bad_area_nosemaphore", CrashKind::paging_request, true},
    Way{"exc_page_fault", CrashKind::paging_request, true},
    Way{"do_page_fault", CrashKind::paging_request, true},
    Way{"exc_general_protection", CrashKind::gpf, true},
    Way{"do_general_protection", CrashKind::gpf, true},
    Way{"exc_invalid_op", CrashKind::bug, true},
    Way{"invalid_op", CrashKind::bug, true},  // before v5.8; do_error_trap() serves other traps too
    Way{"do_invalid_op", CrashKind::bug, true},
    Way{"exc_double_fault", CrashKind::stack_overflow, true},
    Way{"do_double_fault", CrashKind::stack_overflow, true},
    Way{"handle_stack_overflow", CrashKind::stack_overflow, true},
    Way{"exc_alignment_check", CrashKind::unaligned, true},
    // aarch64 exceptions.
    Way{"die_kernel_fault", CrashKind::paging_request, true},
    Way{"__do_kernel_fault", CrashKind::paging_request, true},
    Way{"do_mem_abort", CrashKind::paging_request, true},
    Way{"el1_abort", CrashKind::paging_request, true},
    Way{"bug_handler", CrashKind::bug, true},
    Way{"brk_handler", CrashKind::bug, true},
    Way{"do_debug_exception", CrashKind::bug, true},
    Way{"do_undefinstr", CrashKind::bug, true},
    Way{"el1_undef", CrashKind::bug, true},
    Way{"panic_bad_stack", CrashKind::stack_overflow, true},
    Way{"handle_bad_stack", CrashKind::stack_overflow, true},
    Way{"do_serror", CrashKind::mce, true},
    Way{"arm64_serror_panic", CrashKind::mce, true},
    // A warning made fatal (panic_on_warn); the exception above, if any, is found first.
    Way{"check_panic_on_warn", CrashKind::warning, true},
    Way{"__warn", CrashKind::warning, true},
};

// Detectors that also watch over others than the CPU they run on.
bool watches_others(const Way& way) {
    return way.kind == CrashKind::rcu_stall || way.kind == CrashKind::hung_task ||
           (way.kind == CrashKind::hard_lockup && way.function != "watchdog_overflow_callback");
}

// Callers of these detectors that show that they found their own CPU stuck.
bool finds_itself(const Frame& frame) {
    std::string_view name = without_suffix(frame.function);
    return frame.trust < Trust::scan &&
           (name == "print_cpu_stall" || name == "watchdog_overflow_callback");
}

const Way* way_of(const Frame& frame) {
    if (frame.trust >= Trust::scan) return nullptr;
    std::string_view name = without_suffix(frame.function);
    auto found = std::find_if(kWays.begin(), kWays.end(),
                              [name](const Way& way) { return way.function == name; });
    return found == kWays.end() ? nullptr : &*found;
}

bool is_panic(const Frame& frame) {
    std::string_view name = without_suffix(frame.function);
    return frame.trust < Trust::scan &&
           (name == "panic" || name == "vpanic" || name == "nmi_panic" || name == "crash_kexec" ||
            name == "__crash_kexec");
}

}  // namespace

std::optional<Entry> find_entry(const unwind::Result& panicking) {
    const auto& frames = panicking.frames;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const Way* way = way_of(frames[i]);
        if (way == nullptr) continue;
        Entry entry;
        entry.kind = way->kind;
        entry.text = frames[i].function + " brought the kernel down";
        entry.frame = i;
        if (way->interrupts)
            for (const unwind::InterruptedContext& context : panicking.interrupted)
                if (context.frame > i && !context.user_mode) {
                    entry.context = context;
                    break;
                }
        std::size_t end = entry.context ? entry.context->frame : frames.size();
        entry.of_another =
            watches_others(*way) &&
            std::none_of(frames.begin() + static_cast<std::ptrdiff_t>(i),
                         frames.begin() + static_cast<std::ptrdiff_t>(std::max(i, end)),
                         finds_itself);
        return entry;
    }
    auto outermost = std::find_if(frames.rbegin(), frames.rend(), is_panic);
    if (outermost == frames.rend()) return std::nullopt;
    Entry entry;
    if (!panicking.complete) entry.kind = CrashKind::none;
    entry.text = "panic() was called";
    entry.frame = static_cast<std::size_t>(frames.rend() - outermost);  // its caller
    return entry;
}

}  // namespace nfstriage::facts
