// Real dumps: clocks read in several ways, waits found on the stacks of the tasks, and both again
// with pages missing.
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>

#include "catch.h"
#include "kernel/clock_ways.h"
#include "kernel/wait_queue_stack.h"
#include "kernel/workqueue.h"
#include "layout/kernel_layout.h"

using namespace nfstriage;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSteps = 10'000'000;
constexpr std::size_t kEachPage = 20;  // of those read, that is hidden in turn

struct Seen {
    kernel::Clock clock;
    kernel::Workqueues workqueues;
    std::map<VAddr, VAddr> bits_on_stacks, folios_on_stacks, queues_on_stacks;  // by entry
    bool stacks_complete = true;
};

Seen read(const dump::Dump& dump, const layout::KernelLayout& layout,
          const std::vector<kernel::TaskInfo>& tasks) {
    kernel::Reader reader(dump, *layout.types, *layout.symbols);
    Budget budget(kSteps);
    Seen seen;
    seen.clock = kernel::read_clock(reader, 0);
    seen.workqueues = kernel::read_workqueues(reader, tasks, seen.clock, budget);
    for (const auto& task : tasks) {
        if (task.on_cpu.value_or(false)) continue;
        auto object = reader.object("struct task_struct", task.address);
        auto waits = kernel::read_waits_on_stack(object, budget);
        seen.stacks_complete = seen.stacks_complete && waits.complete;
        for (const auto& wait : waits.bits)
            seen.bits_on_stacks[wait.entry] = wait.word.optional().value_or(VAddr{});
        for (const auto& wait : waits.folios)
            seen.folios_on_stacks[wait.entry] = wait.folio.optional().value_or(VAddr{});
        for (const auto& wait : waits.queues)
            seen.queues_on_stacks[wait.entry] = wait.queue.optional().value_or(VAddr{});
    }
    return seen;
}

template <class T>
void check_weaker(const Maybe<T>& now, const Maybe<T>& before) {
    if (now) CHECK((before && *now == *before));
}

void check_weaker(const std::map<VAddr, VAddr>& now, const std::map<VAddr, VAddr>& before) {
    for (const auto& [entry, target] : now) {
        auto it = before.find(entry);
        REQUIRE(it != before.end());
        if (!target.is_null()) CHECK(target == it->second);
    }
}

void check_weaker(const Seen& now, const Seen& before) {
    check_weaker(now.clock.hz, before.clock.hz);
    check_weaker(now.clock.jiffies, before.clock.jiffies);
    check_weaker(now.clock.monotonic_ns, before.clock.monotonic_ns);
    check_weaker(now.clock.realtime_s, before.clock.realtime_s);
    check_weaker(now.bits_on_stacks, before.bits_on_stacks);
    check_weaker(now.folios_on_stacks, before.folios_on_stacks);
    check_weaker(now.queues_on_stacks, before.queues_on_stacks);
    CHECK(now.workqueues.workers.size() <= before.workqueues.workers.size());
    if (now.workqueues.complete)
        CHECK(now.workqueues.pending.size() == before.workqueues.pending.size());
}

}  // namespace

TEST_CASE("real kernels' waits are found on stacks, and weaken with each page less") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (corpus == nullptr) {
        WARN("skipped: NFSTRIAGE_CORPUS is not set");
        return;
    }
    fs::path scratch =
        fs::temp_directory_path() / ("nfstriage-waits-" + std::to_string(getpid()) + ".vmcore");
    std::size_t waits = 0;
    for (const char* name : {"server-gone-hung-task", "unlock-request-bug", "nfsd-write-null"}) {
        INFO(name);
        std::string packed = std::string(corpus) + "/dumps/x86_64/" + name + ".vmcore.xz";
        std::string command = "xz -dkc '" + packed + "' > '" + scratch.string() + "'";
        REQUIRE(std::system(command.c_str()) == 0);
        auto dump = dump::Dump::open({scratch}).value();
        auto layout = layout::load_kernel_layout(*dump);
        auto init = layout.symbols->address("init_task").value();
        auto tasks =
            kernel::read_tasks(dump->memory(), *layout.types, init, Budget(kSteps)).value().tasks;
        auto without = dump->pages_read();

        Seen whole = read(*dump, layout, tasks);
        CHECK(whole.clock.hz_ground == "tick_nsec, timekeeper.ntp_tick, jiffies over uptime");
        std::vector<VAddr> addresses;
        for (const auto& task : tasks) addresses.push_back(task.address);
        kernel::Reader reader(*dump, *layout.types, *layout.symbols);
        auto tick = kernel::read_last_tick(reader, addresses).value();
        CHECK(*whole.clock.jiffies - tick.jiffies < *whole.clock.hz);
        CHECK(kernel::hz_from_uptime(tick.jiffies, tick.next_ns, 0) == *whole.clock.hz);

        CHECK(whole.stacks_complete);
        CHECK(whole.workqueues.complete);
        waits += whole.bits_on_stacks.size() + whole.folios_on_stacks.size();

        std::vector<Pfn> pages;
        auto all = dump->pages_read();
        std::set_difference(all.begin(), all.end(), without.begin(), without.end(),
                            std::back_inserter(pages));
        for (std::size_t i = 0; i < pages.size(); i += kEachPage) {
            INFO("without page " << hex(pages[i].value));
            dump::OpenOptions options;
            options.hidden_pages = {pages[i]};
            check_weaker(read(*dump::Dump::open({scratch}, options).value(), layout, tasks), whole);
        }
    }
    fs::remove(scratch);
    CHECK(waits >= 15);
}
