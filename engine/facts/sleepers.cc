#include "facts/sleepers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "facts/cpu_stacks.h"
#include "facts/frame_arguments.h"
#include "nfs/family.h"
#include "nfs/wait_place.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint64_t kLargestStack = 64 * 1024;

// Unwinds, and recovers arguments of the one stack that was asked about last: what recovery keeps
// of a stack is large, and questions come stack by stack.
class Stacks {
public:
    Stacks(const dump::Dump& dump, const layout::KernelLayout& layout, std::uint64_t steps)
        : dump_(dump),
          layout_(layout),
          unwinder_(dump.memory(), *layout.types, *layout.symbols, unwind_options(dump, layout)),
          steps_(steps) {}

    Maybe<unwind::Result> unwind(const kernel::TaskInfo& task) const {
        auto start = start_of(task);
        if (!start) return tl::unexpected<Unknown>(start.error());
        Budget budget(steps_);
        return unwinder_.unwind(*start, budget);
    }

    Maybe<Argument> argument(const kernel::TaskInfo& task, std::size_t frame, unsigned index,
                             std::string_view type) {
        if (asked_ != task.address || !recovery_) {
            auto unwound = unwind(task);
            if (!unwound) return tl::unexpected<Unknown>(unwound.error());
            if (!finder_) finder_.emplace(dump_, layout_);
            recovery_ = finder_->recovery(*unwound);
            asked_ = task.address;
        }
        if (!recovery_ || frame >= recovery_->size())
            return unknown(Reason::no_symbol, "no such frame");
        return recovery_->argument(frame, index, type);
    }

private:
    Maybe<unwind::Start> start_of(const kernel::TaskInfo& task) const {
        if (!task.on_cpu.value_or(false)) return unwinder_.sleeping(task.address);
        const dump::CpuNote* note = note_of(task);
        if (note == nullptr)
            return unknown(Reason::not_dumped, "the registers of the CPU that it ran on");
        return unwinder_.on_cpu(note->registers, task.cpu, &task);
    }

    // Notes are of the CPUs that answered, so that a position need not be the CPU's number: the pid
    // in the note tells, where it is one (QEMU writes the number of the CPU + 1), else the stack.
    const dump::CpuNote* note_of(const kernel::TaskInfo& task) const {
        const auto& notes = dump_.cpu_notes();
        auto of_cpu = std::find_if(notes.begin(), notes.end(), [&](const dump::CpuNote& note) {
            return task.cpu && note.cpu == *task.cpu;
        });
        if (of_cpu != notes.end() && of_cpu->pid == task.pid) return &*of_cpu;
        auto of_task = std::find_if(notes.begin(), notes.end(), [&](const dump::CpuNote& note) {
            return note.pid == task.pid && note.pid != std::int64_t{note.cpu} + 1;
        });
        if (of_task != notes.end()) return &*of_task;
        if (of_cpu == notes.end()) return nullptr;
        bool pid_is_none = !of_cpu->pid || *of_cpu->pid == std::int64_t{of_cpu->cpu} + 1;
        return pid_is_none || is_on_stack(*of_cpu, task) ? &*of_cpu : nullptr;
    }

    bool is_on_stack(const dump::CpuNote& note, const kernel::TaskInfo& task) const {
        auto sp = note.registers.sp(dump_.arch());
        return sp && task.stack && *sp >= task.stack->value &&
               *sp - task.stack->value < kLargestStack;
    }

    const dump::Dump& dump_;
    const layout::KernelLayout& layout_;
    unwind::Unwinder unwinder_;
    std::uint64_t steps_;
    std::optional<ArgumentFinder> finder_;
    VAddr asked_;
    std::shared_ptr<arguments::Recovery> recovery_;
};

bool is_of_family(const Frame& frame) {
    return frame.trust != Trust::guess && nfs::own_component_of(frame).has_value();
}

}  // namespace

nfs::Listing<nfs::Sleeper> read_sleepers(const dump::Dump& dump, const layout::KernelLayout& layout,
                                         const nfs::Listing<kernel::TaskInfo>& tasks,
                                         const SleeperLimits& limits) {
    auto stacks = std::make_shared<Stacks>(dump, layout, limits.unwind_steps);
    nfs::Listing<nfs::Sleeper> sleepers;
    sleepers.complete = tasks.complete;
    sleepers.gaps = tasks.gaps;
    sleepers.limited = tasks.limited;
    for (const kernel::TaskInfo& task : tasks.items) {
        if (sleepers.items.size() == limits.tasks) {
            sleepers.add_gap("stacks: more than " + std::to_string(limits.tasks) +
                             " tasks sleep in NFS or uninterruptibly");
            sleepers.limited = true;
            break;
        }
        if (task.pid == 0) continue;
        nfs::Sleeper sleeper;
        sleeper.task = task;
        sleeper.running = task.on_cpu.value_or(false);
        auto unwound = stacks->unwind(task);
        if (!unwound) {
            sleeper.why_no_frames = unwound.error();
        } else {
            if (unwound->frames.empty())
                sleeper.why_no_frames =
                    Unknown{unwound->reason.value_or(Reason::corrupt), unwound->why_stopped};
            sleeper.complete = unwound->complete;
            sleeper.frames = std::move(unwound->frames);
        }
        // Beyond the end of a stack that breaks off there may be any function, and one without a
        // name may be any.
        bool known_idle = nfs::is_known_whole(sleeper) && !task.is_uninterruptible() &&
                          std::none_of(sleeper.frames.begin(), sleeper.frames.end(), is_of_family);
        if (known_idle) continue;
        sleeper.argument = [stacks, task](std::size_t frame, unsigned index,
                                          std::string_view type) {
            return stacks->argument(task, frame, index, type);
        };
        sleepers.items.push_back(std::move(sleeper));
    }
    return sleepers;
}

}  // namespace nfstriage::facts
