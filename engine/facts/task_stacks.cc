#include "facts/task_stacks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "facts/cpu_stacks.h"
#include "facts/frame_arguments.h"
#include "facts/from_dump.h"
#include "facts/source.h"

namespace nfstriage::facts {
namespace {

Task task_of(const kernel::TaskInfo& info) {
    Task task;
    task.pid = info.pid;
    task.comm = info.comm;
    task.address = info.address;
    task.state = std::string(info.state_letter());
    return task;
}

// By a report of the log, not unwound from memory.
bool is_printed(const Stack& stack) {
    return std::any_of(stack.frames.begin(), stack.frames.end(),
                       [](const Frame& frame) { return frame.trust == Trust::log; });
}

class Collector {
public:
    Collector(const dump::Dump& dump, layout::KernelLayout& layout, const StacksWanted& wanted,
              const StackLimits& limits)
        : dump_(dump), layout_(layout), wanted_(wanted), limits_(limits), finder_(dump, layout) {}

    StackList run() {
        Scene scene = from_dump(dump_, layout_);
        list_.input = std::move(scene.input);
        list_.kernel = std::move(scene.kernel);
        list_.stacks = std::move(scene.stacks);
        Budget budget(limits_.unwind_steps * 64);
        cpus_ = read_cpu_stacks(dump_, layout_, budget);
        unwinder_.emplace(dump_.memory(), *layout_.types, *layout_.symbols,
                          unwind_options(dump_, layout_));
        keep_wanted();
        add_states();
        note_known();
        add_cpus();
        add_tasks();
        finish();
        return std::move(list_);
    }

private:
    bool is_wanted(const Task& task) const { return !wanted_.pid || task.pid == wanted_.pid; }

    void keep_wanted() {
        std::erase_if(list_.stacks, [&](const Stack& stack) { return !is_wanted(stack.task); });
    }

    // What a verdict does not ask for.
    void add_states() {
        for (Stack& stack : list_.stacks) {
            if (!stack.task.address) continue;
            auto task = kernel::read_task(dump_.memory(), *layout_.types, *stack.task.address);
            if (task) stack.task.state = std::string(task->state_letter());
        }
    }

    // Stacks that were unwound from memory already; a printed one does not take the place of that.
    void note_known() {
        first_new_ = list_.stacks.size();
        for (const Stack& stack : list_.stacks) {
            if (is_printed(stack)) continue;
            if (stack.cpu) known_cpus_.insert(*stack.cpu);
            if (stack.task.address) known_tasks_.insert(stack.task.address->value);
        }
    }

    void add(const unwind::Result& unwound, Stack stack) {
        stack.complete = unwound.complete;
        stack.frames = unwound.frames;
        stack.recovery = finder_.recovery(unwound);
        add_arguments(stack);
        stack.recovery.reset();  // it keeps what it read of each function
        if (!unwound.complete && unwound.frames.empty()) why_not(stack, unwound.why_stopped);
        list_.stacks.push_back(std::move(stack));
    }

    void why_not(const Stack& stack, const std::string& why) {
        list_.input.missing.push_back(fmt::format("the stack of {}[{}]: {}",
                                                  stack.task.comm.value_or("task"),
                                                  stack.task.pid.value_or(0), why));
    }

    void add_cpus() {
        for (const CpuStack& cpu : cpus_.cpus) {
            if (known_cpus_.count(cpu.cpu)) continue;
            Stack stack;
            stack.cpu = cpu.cpu;
            if (cpu.task) stack.task = task_of(*cpu.task);
            if (!is_wanted(stack.task)) continue;
            if (cpu.task) known_tasks_.insert(cpu.task->address.value);
            for (const unwind::InterruptedContext& context : cpu.unwound.interrupted)
                if (!context.user_mode && stack.culprit == 0) stack.culprit = context.frame;
            add(cpu.unwound, std::move(stack));
        }
    }

    void add_tasks() {
        if (wanted_.pid == 0) return;  // idle tasks are in no list
        auto any = any_task();
        if (!any) {
            list_.input.missing.push_back("tasks: nothing leads to the list of them");
            return;
        }
        auto tasks =
            kernel::read_tasks(dump_.memory(), *layout_.types, *any, Budget(limits_.tasks));
        if (!tasks) {
            list_.input.missing.push_back("tasks: " + to_string(tasks.error()));
            return;
        }
        if (!tasks->complete) list_.input.missing.push_back("tasks: " + tasks->why);
        list_.tasks_seen = tasks->tasks.size();
        std::size_t done = 0, left_out = 0;
        for (const kernel::TaskInfo& task : tasks->tasks) {
            if (wanted_.progress) wanted_.progress(done++, tasks->tasks.size());
            bool shown = wanted_.pid   ? task.pid == *wanted_.pid
                         : wanted_.all ? task.pid != 0
                                       : task.is_uninterruptible();
            if (!shown || !known_tasks_.insert(task.address.value).second) continue;
            if (list_.stacks.size() - first_new_ < limits_.stacks)
                add_task(task);
            else
                ++left_out;
        }
        if (left_out != 0)
            list_.input.missing.push_back(fmt::format("stacks of {} more tasks", left_out));
    }

    std::optional<VAddr> any_task() const {
        if (auto init = layout_.symbols->address("init_task")) return *init;
        for (const CpuStack& cpu : cpus_.cpus)
            if (cpu.task && cpu.task->pid != 0) return cpu.task->address;
        return std::nullopt;
    }

    void add_task(const kernel::TaskInfo& task) {
        Stack stack;
        stack.task = task_of(task);
        if (task.is_uninterruptible()) stack.role = StackRole::blocked;
        if (task.on_cpu.value_or(false)) {
            why_not(stack, task.cpu ? fmt::format("it ran on CPU {}, whose registers are not in "
                                                  "the dump",
                                                  *task.cpu)
                                    : "it ran on a CPU whose registers are not in the dump");
            stack.cpu = task.cpu;
            list_.stacks.push_back(std::move(stack));
            return;
        }
        auto start = unwinder_->sleeping(task.address);
        if (!start) {
            why_not(stack, to_string(start.error()));
            list_.stacks.push_back(std::move(stack));
            return;
        }
        Budget budget(limits_.unwind_steps);
        add(unwinder_->unwind(*start, budget), std::move(stack));
    }

    // The scene's stacks have their source lines.
    void finish() {
        if (!layout_.code) return;
        auto begin = list_.stacks.begin() + static_cast<std::ptrdiff_t>(first_new_);
        std::vector<Stack> added(std::make_move_iterator(begin),
                                 std::make_move_iterator(list_.stacks.end()));
        list_.stacks.erase(begin, list_.stacks.end());
        add_source(added, *layout_.code);
        std::move(added.begin(), added.end(), std::back_inserter(list_.stacks));
    }

    const dump::Dump& dump_;
    layout::KernelLayout& layout_;
    const StacksWanted& wanted_;
    const StackLimits& limits_;
    ArgumentFinder finder_;
    StackList list_;
    CpuStacks cpus_;
    std::optional<unwind::Unwinder> unwinder_;
    std::set<unsigned> known_cpus_;
    std::set<std::uint64_t> known_tasks_;  // by address
    std::size_t first_new_ = 0;            // stack that the scene did not have
};

}  // namespace

StackList stacks_of_dump(const dump::Dump& dump, layout::KernelLayout& layout,
                         const StacksWanted& wanted, const StackLimits& limits) {
    return Collector(dump, layout, wanted, limits).run();
}

StackList stacks_of_log(Scene log, const StacksWanted& wanted) {
    StackList list;
    list.input = std::move(log.input);
    list.kernel = std::move(log.kernel);
    for (Stack& stack : log.stacks)
        if (!wanted.pid || stack.task.pid == wanted.pid) list.stacks.push_back(std::move(stack));
    return list;
}

}  // namespace nfstriage::facts
