#include "kernel/task.h"

#include <algorithm>
#include <unordered_set>

#include "kernel/secrets.h"

namespace nfstriage::kernel {
namespace {

using dump::Memory;
using layout::Types;

constexpr std::string_view kTask = "struct task_struct";
constexpr std::int64_t kLargestPid = 1 << 22;  // PID_MAX_LIMIT, include/linux/threads.h
// Bits of TASK_* that never changed (include/linux/sched.h).
constexpr std::uint64_t kTaskInterruptible = 1, kTaskStopped = 4, kTaskTraced = 8;
constexpr std::uint64_t kTaskUninterruptible = 2;     // TASK_UNINTERRUPTIBLE
constexpr std::uint64_t kTaskNoload = 0x400;          // TASK_NOLOAD (v4.2 on)
constexpr std::uint64_t kStackEndMagic = 0x57AC6E9D;  // include/uapi/linux/magic.h
constexpr std::uint64_t kLargestStack = 64 * 1024;    // THREAD_SIZE: 16K, 32K KASAN, 64K pages
constexpr std::uint64_t kSmallestStack = 8 * 1024;

// The members of task_struct, asked for once.
class TaskReader {
public:
    TaskReader(const Memory& memory, const Types& types)
        : memory_(memory),
          types_(types),
          size_(types.size_of(kTask)),
          comm_(offset("comm")),
          pid_(offset("pid")),
          tgid_(offset("tgid")),
          state_(first({"__state", "state"})),  // renamed by 2f064a59a11f (v5.14)
          on_cpu_(offset("on_cpu")),
          // The CPU is in thread_info; with THREAD_INFO_IN_TASK it was task_struct.cpu before v5.16
          // (bcf9033e5449 "sched: move CPU field back into thread_info").
          cpu_(first({"thread_info.cpu", "cpu"})),
          stack_(offset("stack")),
          nsproxy_(offset("nsproxy")) {}

    Maybe<TaskInfo> read(VAddr address) const {
        if (!size_) return tl::unexpected<Unknown>(size_.error());
        if (!comm_ || !pid_ || !tgid_ || !state_)
            return unknown(Reason::no_type, "struct task_struct lacks comm, pid, tgid or state");
        TaskInfo task;
        task.address = address;
        auto name = memory_.cstring(address + *comm_, 16);
        auto pid_value = memory_.value<std::int32_t>(address + *pid_);
        auto tgid_value = memory_.value<std::int32_t>(address + *tgid_);
        auto state_value = memory_.u32(address + *state_);
        if (!name) return tl::unexpected<Unknown>(name.error());
        if (!pid_value) return tl::unexpected<Unknown>(pid_value.error());
        if (!tgid_value) return tl::unexpected<Unknown>(tgid_value.error());
        if (!state_value) return tl::unexpected<Unknown>(state_value.error());
        if (*pid_value < 0 || *pid_value > kLargestPid || *tgid_value < 0 ||
            *tgid_value > kLargestPid || name->empty() || name->size() >= 16)
            return unknown(Reason::corrupt, "no task_struct at " + hex(address));
        mark_thread_name(memory_, {address + *comm_, name->size()});
        task.comm = std::move(*name);
        task.pid = *pid_value;
        task.tgid = *tgid_value;
        task.state = *state_value;
        if (on_cpu_)
            if (auto value = memory_.u32(address + *on_cpu_)) task.on_cpu = *value != 0;
        if (cpu_)
            if (auto value = memory_.u32(address + *cpu_)) task.cpu = *value;
        if (stack_)
            if (auto value = memory_.pointer(address + *stack_)) task.stack = *value;
        if (nsproxy_)
            if (auto value = memory_.pointer(address + *nsproxy_)) task.nsproxy = *value;
        return task;
    }

    using Offset = std::optional<std::uint64_t>;
    Offset offset(std::string_view path) const {
        auto value = types_.offset_of(kTask, path);
        if (!value) return std::nullopt;
        return *value;
    }
    Offset stack() const { return stack_; }

private:
    Offset first(std::initializer_list<std::string_view> paths) const {
        for (std::string_view path : paths)
            if (auto value = offset(path)) return value;
        return std::nullopt;
    }

    const Memory& memory_;
    const Types& types_;
    Maybe<std::uint64_t> size_;
    Offset comm_, pid_, tgid_, state_, on_cpu_, cpu_, stack_, nsproxy_;
};

constexpr const char* kGoesRound = "goes round without its head";

using Seen = std::unordered_set<VAddr>;

// How threads hang together, asked for once.
struct ThreadLinks {
    ThreadLinks(const Types& types, const TaskReader& reader)
        : signal(reader.offset("signal")),
          node(reader.offset("thread_node")),
          head(types.offset_of("struct signal_struct", "thread_head")) {}
    std::optional<std::uint64_t> signal, node;
    Maybe<std::uint64_t> head;
};

// The threads of a group besides its leader: signal_struct.thread_head links
// task_struct.thread_node (v3.14, 0c740d0afc3b). No task is in two groups.
void add_threads(const Memory& memory, const ThreadLinks& links, const TaskReader& reader,
                 const TaskInfo& leader, Seen& seen, TaskList& list, Budget& budget) {
    if (!links.signal || !links.node || !links.head) return;
    auto group = memory.pointer(leader.address + *links.signal);
    if (!group) {
        list.why =
            "threads of task " + std::to_string(leader.pid) + ": " + to_string(group.error());
        return;
    }
    VAddr head = *group + *links.head;
    auto node = memory.pointer(head);
    while (node && *node != head) {
        if (!budget.spend()) {
            list.why = "the list of tasks is longer than believable";
            list.limited = true;
            return;
        }
        VAddr address = *node - *links.node;
        if (address != leader.address) {
            if (!seen.insert(address).second) {
                list.why = std::string("the list of threads ") + kGoesRound;
                return;
            }
            if (auto task = reader.read(address))
                list.tasks.push_back(std::move(*task));
            else
                list.why = "a thread: " + to_string(task.error());
        }
        node = memory.pointer(*node);
    }
    if (!node) list.why = "list of threads: " + to_string(node.error());
}

}  // namespace

bool TaskInfo::is_uninterruptible() const {
    return (state & kTaskUninterruptible) != 0 && (state & kTaskNoload) == 0;
}

std::string_view TaskInfo::state_letter() const {
    if (state == 0) return "R";
    if (is_uninterruptible()) return "D";
    if (state & kTaskUninterruptible) return "I";
    if (state & kTaskInterruptible) return "S";
    if (state & (kTaskStopped | kTaskTraced)) return "T";
    return "";
}

Maybe<TaskInfo> read_task(const Memory& memory, const Types& types, VAddr address) {
    return TaskReader(memory, types).read(address);
}

Maybe<TaskList> read_tasks(const Memory& memory, const Types& types, VAddr any, Budget budget) {
    TaskReader reader(memory, types);
    auto tasks = reader.offset("tasks");
    if (!tasks) return unknown(Reason::no_type, "struct task_struct lacks tasks");
    const ThreadLinks links(types, reader);
    TaskList list;
    Seen on_list, seen;  // a thread's leader is seen before the list comes to it
    VAddr address = any;
    do {
        if (!on_list.insert(address).second) {
            list.why = std::string("the list of tasks ") + kGoesRound;
            return list;
        }
        if (!budget.spend()) {
            list.why = "the list of tasks is longer than believable";
            list.limited = true;
            return list;
        }
        if (seen.insert(address).second) {
            if (auto task = reader.read(address)) {
                list.tasks.push_back(*task);
                add_threads(memory, links, reader, *task, seen, list, budget);
            } else {
                list.why = "task at " + hex(address) + ": " + to_string(task.error());
            }
        }
        auto next = memory.pointer(address + *tasks);
        if (!next) {
            list.why = "list of tasks: " + to_string(next.error());
            return list;
        }
        address = *next - *tasks;
    } while (address != any);
    list.complete = list.why.empty();
    return list;
}

Maybe<TaskInfo> find_task_on_stack(const Memory& memory, const Types& types, VAddr sp) {
    TaskReader reader(memory, types);
    auto stack_at = reader.stack();
    if (!stack_at) return unknown(Reason::no_type, "struct task_struct lacks stack");
    VAddr start{sp.value & ~std::uint64_t{7}};
    for (std::uint64_t at = 0; at < kLargestStack; at += 8) {
        auto word = memory.pointer(start + at);
        if (!word) break;  // the end of the stack's mapping
        if (word->value >> 52 != 0xfff || word->value % 8 != 0) continue;  // no kernel object
        auto stack = memory.pointer(*word + *stack_at);
        if (!stack || *stack > sp || sp - *stack >= kLargestStack ||
            stack->value % kSmallestStack != 0)
            continue;
        auto mark = memory.u64(*stack);
        if (!mark || *mark != kStackEndMagic) continue;
        if (auto task = reader.read(*word)) return task;
    }
    return unknown(Reason::no_symbol, "no task_struct is pointed to from the stack at " + hex(sp));
}

}  // namespace nfstriage::kernel
