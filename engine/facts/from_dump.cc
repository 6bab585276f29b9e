#include "facts/from_dump.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "facts/code.h"
#include "facts/cpu_stacks.h"
#include "facts/culprit.h"
#include "facts/entry.h"
#include "facts/fault_access.h"
#include "facts/frame_arguments.h"
#include "facts/from_log.h"
#include "facts/lost_report.h"
#include "facts/module_types.h"
#include "facts/source.h"
#include "facts/state_of_dump.h"
#include "kernel/identity.h"
#include "kernel/printk.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint64_t kTaintOutOfTree = 1 << 12;  // TAINT_OOT_MODULE
constexpr std::uint64_t kTaintLivepatch = 1 << 15;  // TAINT_LIVEPATCH
constexpr std::uint32_t kSmallestPage = 4096;

Task task_of(const kernel::TaskInfo& info) {
    Task task;
    task.pid = info.pid;
    task.comm = info.comm;
    task.address = info.address;
    return task;
}

class Builder {
public:
    Builder(const dump::Dump& dump, layout::KernelLayout& layout, const DumpLimits& limits)
        : dump_(dump),
          layout_(layout),
          limits_(limits),
          budget_(limits.unwind_steps),
          arguments_(dump, layout) {}

    Scene run() {
        read_log();
        describe_input();
        describe_kernel();
        cpus_ = read_cpu_stacks(dump_, layout_, budget_);
        find_module_types(dump_, layout_);
        add_all(scene_.input.missing, cpus_.remarks);
        describe_modules();
        find_way_to_panic();
        replace_panic();
        describe_crash();
        scene_.state = state_of_dump(dump_, layout_, any_task(), last_record_ns_);
        if (scene_.crash && scene_.crash->kind == CrashKind::hung_task) add_blocked_tasks();
        add_other_cpus();
        find_arguments();
        add_fault(scene_, arguments_.readers());
        describe_layout();
        describe_source();
        scene_.memory = &dump_.memory();
        scene_.types = layout_.types.get();
        scene_.symbols = layout_.symbols.get();
        scene_.code = code_of_dump(dump_, layout_);
        if (auto& hz = scene_.state->clock().hz) scene_.kernel.hz = *hz;
        if (auto& now = scene_.state->clock().realtime_s) scene_.host.crash_time_s = *now;
        return std::move(scene_);
    }

private:
    static void add_all(std::vector<std::string>& to, const std::vector<std::string>& from) {
        to.insert(to.end(), from.begin(), from.end());
    }

    void read_log() {
        auto printk = kernel::read_printk(dump_);
        if (!printk) {
            scene_.log_complete = false;
            scene_.input.missing.push_back("the kernel's log: " + to_string(printk.error()));
            return;
        }
        scene_ = from_log(log::parse(kernel::to_console_text(*printk)), printk->complete);
        gaps_ = std::move(printk->gaps);
        if (!printk->complete)
            scene_.input.missing.push_back("the kernel's log is not whole: " + printk->why);
        if (!printk->records.empty())
            last_record_ns_ = static_cast<std::int64_t>(printk->records.back().time_ns);
        if (!printk->records.empty())
            scene_.kernel.uptime_s = printk->records.back().time_ns / 1'000'000'000;
    }

    void describe_input() {
        scene_.input.is_dump = true;
        scene_.input.format = dump_.format();
        scene_.input.complete = dump_.complete();
        add_all(scene_.input.missing, dump_.missing());
        add_all(scene_.input.missing, layout_.remarks);
    }

    void describe_layout() {
        LayoutSources& from = scene_.kernel.layout;
        for (std::string_view source : layout_.types->sources()) from.types.emplace_back(source);
        if (layout_.symbols->vmlinux() != nullptr) from.symbols.push_back("kallsyms");
        if (layout_.profile == nullptr) return;
        from.symbols.push_back("profile");
        from.profile_ground = layout_.profile_ground;
        if (layout_.profile->section(layout::ProfileSection::code))
            from.source_lines.push_back("profile");
    }

    void describe_kernel() {
        kernel::Identity identity = kernel::read_identity(dump_, *layout_.symbols);
        Kernel& kernel = scene_.kernel;
        kernel.arch = dump_.arch();
        if (is_page_size_told()) kernel.page_size = dump_.page_size();
        auto prefer = [](auto& into, auto& value) {
            if (value) into = std::move(value);
        };
        prefer(kernel.release, identity.release);
        prefer(kernel.version, identity.version);
        prefer(kernel.build_id, identity.build_id);
        prefer(kernel.taint, identity.taint);
        kernel.kaslr_offset = identity.kaslr_offset;
        prefer(scene_.host.name, identity.nodename);
        kernel.vendor = kernel::vendor_of(kernel.release.value_or(""), kernel.version.value_or(""));
    }

    // The pages of an ELF file are ours, and aarch64 has several sizes.
    bool is_page_size_told() const {
        return dump_.vmcoreinfo().text("PAGESIZE") || dump_.arch() == Arch::x86_64 ||
               dump_.file_page_size() > kSmallestPage;
    }

    void describe_modules() {
        const auto& modules = layout_.symbols->modules();
        if (modules.empty()) return;  // the log's list stays
        Kernel& kernel = scene_.kernel;
        std::set<std::string> names;
        for (const layout::Module& module : modules) {
            names.insert(module.name);
            if (module.taints & kTaintOutOfTree) kernel.out_of_tree_modules.push_back(module.name);
            if (module.taints & kTaintLivepatch) kernel.live_patches.push_back(module.name);
        }
        // What a part of the list lacks would seem not to be loaded: a report's list is whole.
        if (!layout_.modules_complete) {
            if (kernel.modules.empty()) names.clear();
            names.insert(kernel.modules.begin(), kernel.modules.end());
        }
        kernel.modules.assign(names.begin(), names.end());
        std::sort(kernel.out_of_tree_modules.begin(), kernel.out_of_tree_modules.end());
    }

    Stack stack_of(const CpuStack& cpu, StackRole role) const {
        Stack stack;
        stack.role = role;
        stack.cpu = cpu.cpu;
        if (cpu.task) stack.task = task_of(*cpu.task);
        stack.complete = cpu.unwound.complete;
        stack.frames = cpu.unwound.frames;
        stack.recovery = arguments_.recovery(cpu.unwound);
        return stack;
    }

    void find_way_to_panic() {
        const CpuStack* cpu = cpus_.panicked();
        if (cpu != nullptr) entry_ = find_entry(cpu->unwound);
        doubt_the_report(scene_, gaps_, cpu, entry_, dump_.arch());
    }

    // The panicking CPU's whole stack takes the place of what the log printed of it.
    void replace_panic() {
        const CpuStack* cpu = cpus_.panicked();
        if (cpu == nullptr) return;
        Panic panic = scene_.panic.value_or(Panic{});
        if (scene_.panic && panic.task.pid && cpu->task && *panic.task.pid != cpu->task->pid)
            scene_.input.missing.push_back(
                fmt::format("contradiction: the log says task {} panicked, memory says task {}",
                            *panic.task.pid, cpu->task->pid));
        bool is_the_logs = !panic.cpu || *panic.cpu == cpu->cpu;
        panic.cpu = cpu->cpu;
        panic.registers = cpu->registers;
        if (cpu->task) panic.task = task_of(*cpu->task);
        scene_.panic = std::move(panic);

        if (cpu->unwound.frames.empty()) return;  // keep what the log printed
        Stack stack = stack_of(*cpu, StackRole::panic);
        if (!cpu->task && is_the_logs) stack.task = scene_.panic->task;
        if (entry_) stack.culprit = entry_->context ? entry_->context->frame : entry_->frame;
        std::erase_if(scene_.stacks, [](const Stack& s) { return s.role == StackRole::panic; });
        scene_.stacks.insert(scene_.stacks.begin(), std::move(stack));
    }

    // The crash report, corrected by the exception frame on the panicking stack. A log that lost
    // its report (ring wrapped, not dumped) still leaves the way into the kernel to tell the kind.
    void describe_crash() {
        if (!scene_.panic) return;
        if (!entry_) {
            take_registers_of_the_note();
            return;
        }
        const Stack* panic = scene_.stack(StackRole::panic);
        if (!scene_.crash) {
            if (entry_->kind == CrashKind::none) return;
            Crash crash;
            crash.kind = entry_->kind;
            crash.message = entry_->text;
            if (!entry_->of_another) {
                crash.cpu = scene_.panic->cpu;
                crash.task = scene_.panic->task;
            }
            crash.report_complete = false;  // what the kernel printed of it is lost
            scene_.crash = std::move(crash);
        }
        Crash& crash = *scene_.crash;
        if (crash.task.pid && scene_.panic->task.pid && *crash.task.pid == *scene_.panic->task.pid)
            crash.task = scene_.panic->task;
        if (!entry_->context) {
            // Nothing was interrupted: what the log printed of this task is the same stack.
            if (entry_->kind == crash.kind && crash.task.address &&
                crash.task.address == scene_.panic->task.address)
                drop_printed_crash();
            return;
        }
        if (entry_->of_another && !crash.top) return;  // whom it blames only its report says
        if (!is_same_context(crash, *panic)) return;
        if (crash.kind == CrashKind::none) crash.kind = entry_->kind;  // its headline is lost
        // The log adds what is not in pt_regs: control and segment registers.
        for (const auto& [name, value] : entry_->context->registers.values)
            crash.registers.set(name, value);
        // The note of an oops holds the same moment, with the segments.
        const Registers& noted = scene_.panic->registers;
        if (noted.pc(dump_.arch()) == entry_->context->registers.pc(dump_.arch()))
            for (const auto& [name, value] : noted.values)
                if (!crash.registers.get(name)) crash.registers.set(name, value);
        crash.cpu = scene_.panic->cpu;
        if (scene_.panic->task.pid) {
            crash.task = scene_.panic->task;
        } else {  // nothing leads to the CPU's task: it is the one that the report names
            scene_.panic->task = crash.task;
            for (Stack& stack : scene_.stacks)
                if (stack.role == StackRole::panic) stack.task = crash.task;
        }
        crash.report_complete = true;
        // Without the module's symbols the log's name is the better one.
        if (panic->culprit < panic->frames.size() &&
            (!crash.top || !panic->frames[panic->culprit].function.empty()))
            crash.top = panic->frames[panic->culprit];
        drop_printed_crash();
    }

    // No way to panic is on the stack: the note may hold the registers at the fault itself.
    void take_registers_of_the_note() {
        if (!scene_.crash) return;
        const Stack* panic = scene_.stack(StackRole::panic);
        if (panic == nullptr || panic->frames.empty() || !scene_.crash->top) return;
        const Frame& fault = panic->frames.front();
        if (fault.trust != Trust::registers || fault.offset != scene_.crash->top->offset ||
            without_suffix(fault.function) != without_suffix(scene_.crash->top->function))
            return;
        for (const auto& [name, value] : scene_.panic->registers.values)
            scene_.crash->registers.set(name, value);
        scene_.crash->task = scene_.panic->task;
        drop_printed_crash();
    }

    // The same context was unwound from memory: the printed copy adds nothing, unless memory does
    // not reach as far, or where nothing tells the symbols of modules.
    void drop_printed_crash() {
        const Stack* panic = scene_.stack(StackRole::panic);
        std::erase_if(scene_.stacks, [&](const Stack& s) {
            if (s.role != StackRole::crash) return false;
            bool whole = panic == nullptr || (panic->complete && unnamed_frames(panic->frames) <=
                                                                     unnamed_frames(s.frames));
            return whole || !s.complete;
        });
    }

    // Whether the exception frame on the panicking stack is the one that the crash report is about.
    bool is_same_context(const Crash& crash, const Stack& panic) const {
        if (!crash.top || panic.culprit >= panic.frames.size()) return !crash.top;
        return facts::is_same_context(crash.top, crash.registers, panic.frames[panic.culprit],
                                      entry_->context->registers, dump_.arch());
    }

    // A hung task's own stack from memory, and the other tasks in uninterruptible sleep.
    void add_blocked_tasks() {
        if (!any_task()) return;
        const nfs::Listing<kernel::TaskInfo>& list = scene_.state->tasks();
        add_all(scene_.input.missing, list.gaps);
        if (list.items.empty()) return;
        unwind::Unwinder unwinder(dump_.memory(), *layout_.types, *layout_.symbols,
                                  unwind_options(dump_, layout_));
        std::vector<Stack> blocked;
        std::size_t left_out = 0;
        for (const kernel::TaskInfo& task : list.items) {
            if (!task.is_uninterruptible() || task.on_cpu.value_or(false)) continue;
            if (blocked.size() >= limits_.blocked_stacks) {
                ++left_out;
                continue;
            }
            if (auto stack = sleeping_stack(unwinder, task)) blocked.push_back(std::move(*stack));
        }
        if (left_out > 0)
            scene_.input.missing.push_back(
                fmt::format("stacks of {} more tasks in uninterruptible sleep", left_out));
        replace_printed(std::move(blocked));
        scene_.stacks_complete = list.complete && left_out == 0;
    }

    std::optional<VAddr> any_task() const {
        if (auto init = layout_.symbols->address("init_task")) return *init;
        for (const CpuStack& cpu : cpus_.cpus)
            if (cpu.task && cpu.task->pid != 0) return cpu.task->address;
        return std::nullopt;
    }

    std::optional<Stack> sleeping_stack(const unwind::Unwinder& unwinder,
                                        const kernel::TaskInfo& task) {
        auto start = unwinder.sleeping(task.address);
        if (!start) return std::nullopt;
        unwind::Result unwound = unwinder.unwind(*start, budget_);
        if (unwound.frames.empty()) return std::nullopt;
        Stack stack;
        stack.role = StackRole::blocked;
        stack.task = task_of(task);
        stack.complete = unwound.complete;
        stack.recovery = arguments_.recovery(unwound);
        stack.frames = std::move(unwound.frames);
        return stack;
    }

    // Stacks from memory take the place of the printed ones of the same task; the blamed task's is
    // the crash stack.
    void replace_printed(std::vector<Stack> blocked) {
        for (Stack& stack : blocked) {
            bool blamed = scene_.crash->task.pid && stack.task.pid == scene_.crash->task.pid;
            if (blamed) {
                stack.role = StackRole::crash;
                scene_.crash->task = stack.task;
            }
            std::erase_if(scene_.stacks, [&](const Stack& printed) {
                return printed.role != StackRole::panic && printed.task.pid == stack.task.pid &&
                       printed.role != StackRole::first_error;
            });
        }
        auto is_blamed = [](const Stack& stack) { return stack.role == StackRole::crash; };
        std::stable_partition(blocked.begin(), blocked.end(), is_blamed);
        auto behind_panic = std::find_if(scene_.stacks.begin(), scene_.stacks.end(),
                                         [](auto& s) { return s.role != StackRole::panic; });
        scene_.stacks.insert(behind_panic, std::make_move_iterator(blocked.begin()),
                             std::make_move_iterator(blocked.end()));
    }

    void add_other_cpus() {
        for (const CpuStack& cpu : cpus_.cpus) {
            if (cpu.panicked || cpu.unwound.frames.empty()) continue;
            if (cpu.idle) continue;
            Stack stack = stack_of(cpu, StackRole::other);
            stack.culprit = before_the_stop(cpu);
            if (still_there(stack))
                replace_reported(cpu, std::move(stack));
            else
                scene_.stacks.push_back(std::move(stack));
        }
    }

    // A report without a panic: whether the CPU of its task is still where it was reported.
    bool still_there(const Stack& stack) const {
        const std::optional<Crash>& crash = scene_.crash;
        if (!crash || !crash->top || crash->top->function.empty() || !crash->task.pid ||
            stack.task.pid != crash->task.pid || stack.culprit >= stack.frames.size())
            return false;
        const Stack* printed = scene_.stack(StackRole::crash);
        if (printed == nullptr || (printed->complete && !stack.complete)) return false;
        const Frame& frame = stack.frames[stack.culprit];
        return frame.trust == Trust::registers && frame.offset == crash->top->offset &&
               without_suffix(frame.function) == without_suffix(crash->top->function);
    }

    void replace_reported(const CpuStack& cpu, Stack stack) {
        Crash& crash = *scene_.crash;
        crash.task = stack.task;
        crash.top = stack.frames[stack.culprit];
        // The registers that the report printed are those of its own moment.
        if (crash.registers.empty() && stack.culprit < cpu.unwound.registers.size())
            crash.registers = cpu.unwound.registers[stack.culprit];
        stack.role = StackRole::crash;
        for (Stack& printed : scene_.stacks)
            if (printed.role == StackRole::crash) printed = stack;
    }

    // The frame of what ran before the CPU was told to stop.
    static std::size_t before_the_stop(const CpuStack& cpu) {
        for (const unwind::InterruptedContext& context : cpu.unwound.interrupted)
            if (!context.user_mode) return context.frame;
        return 0;
    }

    // The stacks that a verdict asks about afterwards. What recovery keeps of each is as large as
    // the code of its functions.
    static bool is_blamed(const Stack& stack) {
        return stack.role == StackRole::panic || stack.role == StackRole::crash ||
               stack.role == StackRole::first_error;
    }

    void describe_source() {
        if (layout_.code) add_source(scene_.stacks, *layout_.code);
        for (Stack& stack : scene_.stacks) {
            if (!is_blamed(stack)) add_arguments(stack);
            if (layout_.code)
                add_inlined_arguments(stack, *layout_.code, dump_.arch(), dump_.memory());
            if (!is_blamed(stack)) stack.recovery.reset();
        }
    }

    void find_arguments() {
        for (Stack& stack : scene_.stacks)
            if (stack.role == StackRole::first_error && stack.recovery == nullptr &&
                scene_.first_error)
                stack.recovery =
                    arguments_.recovery_of_report(stack.frames, scene_.first_error->registers);
        for (Stack& stack : scene_.stacks)
            if (is_blamed(stack)) add_arguments(stack);
        const Stack* blamed = scene_.stack(StackRole::crash);
        if (blamed == nullptr) blamed = scene_.stack(StackRole::panic);
        if (blamed == nullptr || blamed->recovery == nullptr) return;
        scene_.argument = [stack = *blamed](std::string_view function, std::uint64_t index,
                                            std::string_view type) {
            return find_argument(stack, function, index, type);
        };
    }

    const dump::Dump& dump_;
    layout::KernelLayout& layout_;
    const DumpLimits& limits_;
    Budget budget_;
    ArgumentFinder arguments_;
    Scene scene_;
    CpuStacks cpus_;
    std::optional<Entry> entry_;
    std::vector<kernel::PrintkGap> gaps_;  // of the log
    std::int64_t last_record_ns_ = 0;      // 0: the log has none
};

}  // namespace

Scene from_dump(const dump::Dump& dump, layout::KernelLayout& layout, const DumpLimits& limits) {
    return Builder(dump, layout, limits).run();
}

}  // namespace nfstriage::facts
