// Who may be working with a request right now: the tasks that run, or could, and have its address.
#include <algorithm>

#include "base/bytes.h"
#include "kernel/cpu.h"
#include "nfs/check_writeback.h"
#include "unwind/stacks.h"

namespace nfstriage::nfs {
namespace {

constexpr std::uint64_t kTaintDie = std::uint64_t{1} << 7;  // TAINT_DIE, include/linux/panic.h
constexpr std::uint64_t kLargestStack = 64u << 10;
constexpr unsigned kMostRunning = 4096;

struct Crashed {
    std::optional<VAddr> task;
    bool known = true;  // false: there may be one
};

// The task that an oops ended: that of the CPU that panicked, if the kernel says that it oopsed.
Crashed crashed_task(const kernel::Reader& reader) {
    auto taint_at = reader.symbols().address("tainted_mask");
    auto taint = taint_at ? reader.memory().u64(*taint_at) : unknown(Reason::no_symbol);
    if (!taint) return {std::nullopt, false};
    if ((*taint & kTaintDie) == 0) return {};
    auto panicked = kernel::read_panic_cpu(reader.memory(), reader.symbols());
    auto cpus = kernel::read_cpus(reader.memory(), reader.types(), reader.symbols());
    if (!panicked || !cpus) return {std::nullopt, false};
    if (!*panicked) return {};
    for (const kernel::CpuState& cpu : *cpus)
        if (cpu.cpu == **panicked) return {cpu.current.address};
    return {std::nullopt, false};
}

// Whether a word of `bytes` points into [begin, end).
bool points_into(const std::vector<std::uint8_t>& bytes, std::uint64_t begin, std::uint64_t end) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = Bytes(bytes).get<std::uint64_t>(at).value_or(0);
        if (word >= begin && word < end) return true;
    }
    return false;
}

}  // namespace

std::optional<bool> is_in_use(const Roots& roots, VAddr request) {
    const kernel::Reader& reader = roots.reader;
    auto size = reader.types().size_of(NfsPage::kType);
    const std::uint64_t stack_size =
        unwind::thread_size(reader.types(), reader.dump().arch(), reader.dump().page_size());
    if (!size || !roots.tasks.complete) return std::nullopt;
    const std::uint64_t begin = request.value, end = request.value + *size;
    const Crashed crashed = crashed_task(reader);
    // Not if it may be the crashed task's.
    const std::optional<bool> used = crashed.known ? std::optional(true) : std::nullopt;
    unsigned running = 0, on_cpu = 0;
    for (const kernel::TaskInfo& task : roots.tasks.items) {
        // TASK_RUNNING is 0. One that slept off would have to be woken by what it waits for.
        if (task.state != 0 && !task.on_cpu.value_or(true)) continue;
        if (crashed.task == task.address) continue;
        if (task.on_cpu.value_or(true)) ++on_cpu;
        if (!task.stack || stack_size > kLargestStack || ++running > kMostRunning)
            return std::nullopt;
        auto stack = reader.memory().bytes(*task.stack, stack_size);
        if (!stack) return std::nullopt;
        if (points_into(*stack, begin, end)) return used;
    }
    // Registers of a CPU that was interrupted on another stack; one that did not answer has none.
    if (reader.dump().cpu_notes().size() < on_cpu) return std::nullopt;
    auto panicked = kernel::read_panic_cpu(reader.memory(), reader.symbols());
    for (const dump::CpuNote& note : reader.dump().cpu_notes()) {
        if (crashed.task && panicked && *panicked == note.cpu) continue;
        for (const auto& [name, value] : note.registers.values)
            if (value >= begin && value < end) return used;
    }
    return false;
}

}  // namespace nfstriage::nfs
