#include "facts/cpu_stacks.h"

#include <algorithm>
#include <array>

#include "kernel/cpu.h"
#include "kernel/find_module.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint64_t kSmallestStack = 8 * 1024;

// Functions that only a CPU bringing the kernel down has on its stack (kernel/panic.c,
// kernel/kexec_core.c, arch/*/kernel/machine_kexec*.c). CPUs being stopped have none of them.
constexpr std::array<std::string_view, 7> kPanicFunctions = {
    "panic", "vpanic", "nmi_panic", "__crash_kexec", "crash_kexec", "machine_kexec", "oops_end"};

bool calls_panic(const unwind::Result& unwound) {
    return std::any_of(unwound.frames.begin(), unwound.frames.end(), [](const Frame& frame) {
        std::string_view name = without_suffix(frame.function);
        return frame.trust < Trust::scan &&
               std::find(kPanicFunctions.begin(), kPanicFunctions.end(), name) !=
                   kPanicFunctions.end();
    });
}

class Reader {
public:
    Reader(const dump::Dump& dump, layout::KernelLayout& layout, Budget& budget)
        : dump_(dump), layout_(layout), budget_(budget) {}

    CpuStacks run() {
        if (auto cpus = kernel::read_cpus(dump_.memory(), *layout_.types, *layout_.symbols)) {
            states_ = std::move(*cpus);
        } else {
            result_.remarks.push_back("current tasks of the CPUs: " + to_string(cpus.error()));
        }
        auto panic_cpu = kernel::read_panic_cpu(dump_.memory(), *layout_.symbols);
        if (panic_cpu) panic_cpu_ = *panic_cpu;
        unwind_all();
        if (layout_.symbols->modules().empty() && find_modules()) unwind_all();
        for (CpuStack& stack : result_.cpus)
            stack.panicked = panic_cpu ? *panic_cpu == stack.cpu : calls_panic(stack.unwound);
        if (!panic_cpu) check_panicked(panic_cpu.error());
        return std::move(result_);
    }

private:
    void unwind_all() {
        unwinder_.emplace(dump_.memory(), *layout_.types, *layout_.symbols,
                          unwind_options(dump_, layout_));
        result_.cpus.clear();
        for (const dump::CpuNote& note : dump_.cpu_notes()) {
            CpuStack stack;
            stack.cpu = cpu_of(note);
            stack.registers = note.registers;
            stack.task = task_of(stack.cpu);
            stack.unwound = unwind(note, stack);
            if (!stack.task) find_task(stack);
            stack.idle = stack.task ? stack.task->pid == 0 : note.pid == 0;
            result_.cpus.push_back(std::move(stack));
        }
        std::sort(result_.cpus.begin(), result_.cpus.end(),
                  [](const CpuStack& a, const CpuStack& b) { return a.cpu < b.cpu; });
    }

    // Notes are written for the CPUs that answered, so the position is the CPU's number only while
    // none is missing: the pid in the note, where it is a real one, tells which it is.
    unsigned cpu_of(const dump::CpuNote& note) const {
        auto runs = [&](const kernel::CpuState& state) {
            return note.pid && state.current.pid == *note.pid;
        };
        auto at_position = std::find_if(states_.begin(), states_.end(),
                                        [&](auto& state) { return state.cpu == note.cpu; });
        if (at_position != states_.end() && runs(*at_position)) return note.cpu;
        if (dump_.cpu_notes().size() == states_.size() || !note.pid || *note.pid == 0)
            return note.cpu;
        if (std::count_if(states_.begin(), states_.end(), runs) != 1) return note.cpu;
        return std::find_if(states_.begin(), states_.end(), runs)->cpu;
    }

    std::optional<kernel::TaskInfo> task_of(unsigned cpu) const {
        for (const kernel::CpuState& state : states_)
            if (state.cpu == cpu) return state.current;
        return std::nullopt;
    }

    // A kdump note of an oops holds the registers at the fault; the way to panic lies below it.
    unwind::Result unwind(const dump::CpuNote& note, const CpuStack& stack) {
        unwind::Start start =
            unwinder_->on_cpu(note.registers, stack.cpu, stack.task ? &*stack.task : nullptr);
        bool may_have_panicked = !panic_cpu_ || *panic_cpu_ == stack.cpu;
        if (may_have_panicked)
            if (auto below = unwinder_->below_fault(start, budget_)) start = std::move(*below);
        return unwinder_->unwind(start, budget_);
    }

    // Without data symbols: the outermost frames are on the task's own stack, and a pointer to the
    // task is somewhere above them.
    void find_task(CpuStack& stack) {
        std::vector<std::uint64_t> positions;
        if (auto sp = stack.registers.sp(dump_.arch())) positions.push_back(*sp);
        for (const unwind::InterruptedContext& context : stack.unwound.interrupted)
            if (!context.user_mode)
                if (auto sp = context.registers.sp(dump_.arch())) positions.push_back(*sp);
        for (const Frame& frame : stack.unwound.frames)
            if (frame.stack_pointer) positions.push_back(*frame.stack_pointer);
        std::uint64_t last = 0;
        for (auto position = positions.rbegin(); position != positions.rend(); ++position) {
            if (*position / kSmallestStack == last) continue;
            last = *position / kSmallestStack;
            VAddr bottom{*position / kSmallestStack * kSmallestStack};
            auto task = kernel::find_task_on_stack(dump_.memory(), *layout_.types, bottom);
            if (task && (!task->cpu || *task->cpu == stack.cpu)) {
                stack.task = std::move(*task);
                return;
            }
        }
    }

    bool find_modules() {
        for (const CpuStack& stack : result_.cpus) {
            if (!stack.task) continue;
            auto module = kernel::find_module(dump_.memory(), *layout_.types, stack.task->address);
            if (!module) continue;
            layout::add_modules_from(layout_, dump_, *module);
            if (!layout_.symbols->modules().empty()) return true;
        }
        return false;
    }

    // Known by its stack only: then there must be exactly one.
    void check_panicked(const Unknown& why) {
        result_.remarks.push_back("the panicking CPU is known by its stack only: " +
                                  to_string(why));
        auto panicked = [](const CpuStack& stack) { return stack.panicked; };
        if (std::count_if(result_.cpus.begin(), result_.cpus.end(), panicked) > 1)
            for (CpuStack& stack : result_.cpus) stack.panicked = false;
    }

    const dump::Dump& dump_;
    layout::KernelLayout& layout_;
    Budget& budget_;
    std::vector<kernel::CpuState> states_;
    std::optional<unsigned> panic_cpu_;
    std::optional<unwind::Unwinder> unwinder_;
    CpuStacks result_;
};

}  // namespace

const CpuStack* CpuStacks::panicked() const {
    for (const CpuStack& stack : cpus)
        if (stack.panicked) return &stack;
    return nullptr;
}

unwind::Options unwind_options(const dump::Dump& dump, const layout::KernelLayout& layout) {
    unwind::Options options;
    options.arch = dump.arch();
    options.page_size = dump.page_size();
    options.code = layout.code.get();
    if (auto mask = dump.vmcoreinfo().number("KERNELPACMASK"))
        options.pac_mask = static_cast<std::uint64_t>(*mask);
    if (dump.arch() != Arch::x86_64) return options;
    for (const layout::Module& module : layout.symbols->modules())
        for (const dump::VRange& text : module.text)
            if (auto table = unwind::module_orc_table(dump.memory(), *layout.types, module.address,
                                                      text.begin, text.begin + text.size))
                options.modules.push_back(*table);
    return options;
}

CpuStacks read_cpu_stacks(const dump::Dump& dump, layout::KernelLayout& layout, Budget& budget) {
    return Reader(dump, layout, budget).run();
}

}  // namespace nfstriage::facts
