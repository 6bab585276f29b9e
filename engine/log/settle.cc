// What a report means once all of it was read: its kind, the function to blame, and where on the
// stack the context to blame starts. A report printed from an interrupt (lockups, stalls) shows the
// interrupt's frames first; the ones below it were interrupted and are what the report is about.
#include <algorithm>
#include <array>

#include "log/body.h"
#include "log/interrupt_entry.h"
#include "log/report_body.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Printing of the report itself.
bool is_dump(std::string_view f) {
    return one_of(f, {"dump_stack",
                      "dump_stack_lvl",
                      "__dump_stack",
                      "show_stack",
                      "dump_backtrace",
                      "unwind_backtrace",
                      "dump_header",
                      "oom_kill_process",
                      "show_regs",
                      "__die",
                      "__die_body",
                      "die",
                      "do_trap",
                      "do_error_trap",
                      "report_bug",
                      "handle_bug",
                      "exc_invalid_op",
                      "asm_exc_invalid_op",
                      "invalid_op",
                      "do_invalid_op",
                      "__warn",
                      "warn_slowpath_common",
                      "warn_slowpath_null",
                      "warn_slowpath_fmt",
                      "bug_handler",
                      "show_trace_log_lvl",
                      "__schedule_bug",
                      "print_usage_bug",
                      "lockdep_rcu_suspicious",
                      "show_regs_if_on_stack",
                      "__warn_printk",
                      "call_break_hook",
                      "brk_handler",
                      "do_debug_exception",
                      "el1_dbg",
                      "nmi_cpu_backtrace",
                      "sched_show_task"}) ||
           f.starts_with("nmi_trigger_cpumask") || f.starts_with("arch_trigger_") ||
           f.starts_with("rcu_dump_cpu_stacks");
}

bool is_sanitizer(std::string_view f) {
    return f.starts_with("kasan_") || f.starts_with("__kasan_") || f.starts_with("__asan_") ||
           f.starts_with("check_memory_region") || f.starts_with("print_address_description") ||
           f.starts_with("kfence_") || f.starts_with("kmsan_") || f.starts_with("__msan_") ||
           f.starts_with("ubsan_") || f.starts_with("__ubsan_") || f.starts_with("__tsan_") ||
           f.starts_with("kcsan_") || f.starts_with("__hwasan_") ||
           one_of(f,
                  {"print_report", "report_enabled", "end_report", "__asan_memcpy", "memcpy",
                   "memset", "__asan_memset", "__asan_memmove", "memmove", "check_region_inline"});
}

bool is_scheduler(std::string_view f) {
    return f.starts_with("__schedule") || f.starts_with("schedule") ||
           f.starts_with("io_schedule") || f.starts_with("__switch_to") ||
           f.starts_with("preempt_schedule") || f.starts_with("__cond_resched") ||
           one_of(f, {"context_switch", "do_sched_yield", "__io_schedule", "_cond_resched"});
}

bool is_panic(std::string_view f) {
    return one_of(f, {"panic", "vpanic", "__panic", "nmi_panic", "oops_end", "crash_kexec",
                      "__crash_kexec", "panic_other_cpus_shutdown"});
}

// Sleeping lock primitives: they stand between a caller and the scheduler or might_sleep().
bool is_sleeping_lock(std::string_view f) {
    return f.starts_with("rwsem_down_") || f.starts_with("call_rwsem_down_") ||
           f.starts_with("__rwsem_") || f.starts_with("__mutex_lock") ||
           f.starts_with("mutex_lock") || f.starts_with("down_read") ||
           f.starts_with("down_write") || f.starts_with("__down") ||
           one_of(f, {"down", "down_killable", "down_interruptible", "down_timeout"});
}

bool is_might_sleep(std::string_view f) {
    return f.starts_with("___might_sleep") || f.starts_with("__might_sleep") ||
           f.starts_with("__might_resched") || f.starts_with("__might_fault");
}

std::string_view name_of(const Frame& frame) { return without_suffix(frame.function); }

bool solid(const Frame& frame) { return frame.trust != Trust::guess && !frame.inlined; }

// The first frame for which `skip` is false and that was not guessed; frames.size() if there is
// none. Where the kernel could vouch for no frame at all (x86 without frame pointers up to 4.9),
// its guesses are all there is.
template <class Skip>
std::size_t first_not(const std::vector<Frame>& frames, std::size_t from, Skip skip) {
    bool all_guessed = std::none_of(frames.begin(), frames.end(), solid);
    for (auto i = from; i < frames.size(); ++i)
        if ((solid(frames[i]) || (all_guessed && !frames[i].inlined)) &&
            !frames[i].function.empty() && !skip(name_of(frames[i])))
            return i;
    return frames.size();
}

void take_top(Event& event, std::size_t index) {
    if (index >= event.frames.size()) return;
    event.top = event.frames[index];
    event.blamed = index + 1;
}

bool sampled(CrashKind kind) {
    return kind == CrashKind::soft_lockup || kind == CrashKind::hard_lockup ||
           kind == CrashKind::rcu_stall;
}

void choose_top(Event& event) {
    const auto& frames = event.frames;
    if (event.kind == CrashKind::hung_task) {
        event.top.reset();
        auto at = first_not(frames, 0, is_scheduler);
        // behind a sleeping lock's slow path stands the caller that matters only if nothing but
        // entry code is left otherwise: the lock function itself is what the task is blocked in
        take_top(event, at);
        return;
    }
    if (!event.top) {
        std::size_t from = 0;
        bool interrupted = sampled(event.kind) ||
                           (event.kind == CrashKind::panic &&
                            (contains(event.message, "softlockup") ||
                             contains(event.message, "LOCKUP") || contains(event.message, "RCU")));
        if (interrupted)
            for (std::size_t i = 0; i < frames.size() && i < 40; ++i)
                if (is_interrupt_entry(name_of(frames[i]))) from = i + 1;
        bool atomic = event.kind == CrashKind::atomic_sleep;
        take_top(
            event, first_not(frames, from, [&](std::string_view f) {
                return is_dump(f) || is_sanitizer(f) || is_panic(f) ||
                       (atomic && (is_might_sleep(f) || is_sleeping_lock(f) || is_scheduler(f)));
            }));
        return;
    }
    // Where the function to blame stands again on its own stack, the stack starts behind it.
    for (std::size_t i = event.blamed; i < frames.size() && i < event.blamed + 40; ++i) {
        const auto& frame = frames[i];
        bool same = frame.function == event.top->function && !frame.function.empty() &&
                    (!event.top->offset || !frame.offset || frame.offset == event.top->offset);
        if (same && !frame.inlined) {
            event.blamed = i + 1;
            if (event.top->module.empty()) event.top->module = frame.module;
            if (!event.top->address) event.top->address = frame.address;
            if (solid(frame)) break;
        }
    }
}

// The kind of a report whose headline is lost, from the handlers on its stack and the registers.
CrashKind kind_without_headline(const ReportBody& report) {
    const auto& event = report.event;
    const bool died = report.died;
    using enum CrashKind;
    std::size_t n = 0;
    bool died_on_stack = false;
    for (const auto& frame : event.frames) {
        if (++n > 30) break;
        auto f = name_of(frame);
        if (f.starts_with("kasan_report") || f == "__kasan_report") return kasan;
        if (f == "__warn" || f.starts_with("warn_slowpath")) return warning;
        if (f == "page_fault_oops" || f == "no_context" || f == "asm_exc_page_fault" ||
            f == "async_page_fault" || f == "page_fault" || f == "__do_kernel_fault" ||
            f == "do_translation_fault")
            return paging_request;
        if (f == "exc_general_protection" || f == "asm_exc_general_protection" ||
            f == "general_protection")
            return gpf;
        if (f == "die" || f == "__die" || f == "__die_body") died_on_stack = true;
        if (f == "asm_exc_invalid_op" || f == "invalid_op") return bug;
        if (f.starts_with("watchdog_timer_fn")) return soft_lockup;
        if (f.starts_with("rcu_dump_cpu_stacks")) return rcu_stall;
        if (f == "panic" || f == "vpanic") return panic;
        if (f == "out_of_memory") return oom;
    }
    if (event.code && event.code->fault + 1 < event.code->bytes.size()) {
        const auto* at = event.code->bytes.data() + event.code->fault;
        if (at[0] == 0x0f && at[1] == 0x0b) return died || died_on_stack ? bug : warning;  // ud2
    }
    // the resume flag is set when an instruction faulted, not when an interrupt sampled it
    auto flags = event.registers.get("eflags");
    bool faulted = died || report.faulted || (flags && *flags & 0x10000) || event.fault_address;
    return faulted && (event.top || event.registers.get("cr2")) ? paging_request : none;
}

// Functions at the bottom of every kernel stack: a trace that reaches one is whole.
bool is_bottom(std::string_view f) {
    return f.starts_with("ret_from_") || f.starts_with("entry_") || f.starts_with("el0") ||
           f.starts_with("do_syscall_64") || f.starts_with("kthread") ||
           f.starts_with("system_call") || f.starts_with("ret_fast_syscall") ||
           f.starts_with("start_secondary") || f.starts_with("secondary_start") ||
           f.starts_with("common_startup") || f.starts_with("start_kernel") ||
           f.starts_with("child_rip") || f.starts_with("kernel_thread_") ||
           f.starts_with("handle_sys") || f.starts_with("__switched_from_") ||
           f.starts_with("cpu_startup_entry") || f.starts_with("asm_exc_page_fault") ||
           f.starts_with("__do_syscall") || f.starts_with("rewind_stack") ||
           f.starts_with("__primary_switched") || f.starts_with("__secondary_switched") ||
           f.starts_with("syscall_common") || f.starts_with("do_trap_ecall");
}

}  // namespace

bool printed_by_dump_stack(const Event& event) {
    for (const auto& frame : event.frames) {
        auto f = name_of(frame);
        if (f == "dump_stack" || f == "dump_stack_lvl" || f == "show_stack" ||
            f == "dump_backtrace")
            return true;
        if (solid(frame)) return false;
    }
    return false;
}

void settle(ReportBody& report) {
    auto& event = report.event;
    using enum CrashKind;
    if (event.kind == none && report.opened_by == Role::headless)
        event.kind = kind_without_headline(report);
    auto top_name = event.top ? name_of(*event.top) : std::string_view{};
    if (event.kind == warning || event.kind == bug) {
        bool list = contains(event.file, "lib/list_debug.c") || top_name == "__list_add_valid" ||
                    top_name == "__list_add_valid_or_report" ||
                    top_name == "__list_del_entry_valid" ||
                    top_name == "__list_del_entry_valid_or_report";
        if (list) event.kind = list_corruption;
        if (contains(event.file, "lib/refcount.c") || top_name == "refcount_warn_saturate")
            event.kind = refcount;
    }
    if ((report.died || report.opened_by == Role::headless) && event.kind == paging_request) {
        if (!event.fault_address) event.fault_address = event.registers.get("cr2");
    }
    if (event.kind == paging_request && event.fault_address && *event.fault_address < 4096)
        event.kind = null_deref;
    if ((event.kind == null_deref || event.kind == paging_request) && event.top &&
        name_of(*event.top) == "sysrq_handle_crash")
        event.kind = sysrq;
    choose_top(event);
    if (event.release) {
        auto named = arch_of_release(*event.release);
        if (named && (!event.arch || (*event.arch == Arch::ppc64 && *named == Arch::ppc64le)))
            event.arch = named;
    }
    event.fatal = event.fatal || report.died || event.kind == panic;
    if (!event.arch && report.x86_marks && report.wide) event.arch = Arch::x86_64;
    if (!event.arch && report.arm64_marks) event.arch = Arch::aarch64;
    if (!event.arch)
        for (const auto& frame : event.frames)  // the kernel's own text and modules on x86_64
            if (frame.address && *frame.address >= 0xffffffff81000000 &&
                *frame.address < 0xffffffffc2000000) {
                event.arch = Arch::x86_64;
                break;
            }
    // arm64 and others print the faulting function as the first frame again
    if (event.top && event.blamed == 1 && !event.frames.empty() && solid(event.frames[0]) &&
        event.frames[0].function == event.top->function && event.kind != hung_task) {
        event.frames.erase(event.frames.begin());
        event.blamed = 0;
    } else if (event.kind == hung_task && event.blamed > 0) {
        // the frames above are the scheduler's; `top` is not repeated
        event.frames.erase(event.frames.begin() + static_cast<std::ptrdiff_t>(event.blamed) - 1);
        event.blamed -= 1;
    }
    bool placed = event.cpu || event.pid || event.kind == hung_task;
    if (!placed || (event.frames.empty() && !event.top)) {
        event.complete = false;
        if (event.corrupted.empty())
            event.corrupted =
                event.frames.empty() ? "no stack was printed" : "no CPU or task was printed";
    }
    bool whole = report.ended || report.task_closed || !report.log_ended;
    for (const auto& frame : event.frames) whole = whole || is_bottom(name_of(frame));
    if (!whole && event.complete) {
        event.complete = false;
        event.corrupted = "the log ends inside the report";
    }
}

}  // namespace nfstriage::log
