#include "nfs/wait_since.h"

#include <algorithm>
#include <unordered_set>

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::string_view kTask = "struct task_struct";
constexpr std::string_view kQueue = "se.cfs_rq->rq";  // with CONFIG_FAIR_GROUP_SCHED

std::optional<std::int64_t> number(const Object& object, std::string_view path) {
    auto value = object.number(path);
    if (!value || *value > INT64_MAX) return std::nullopt;
    return static_cast<std::int64_t>(*value);
}

}  // namespace

// The latest clock can be told only if all were read.
SleepClock::SleepClock(const Roots& roots)
    : roots_(roots), now_ns_(unknown(Reason::no_type, "struct rq.clock")) {
    std::unordered_set<VAddr> queues;
    std::int64_t latest = 0;
    for (const kernel::TaskInfo& task : roots.tasks.items) {
        auto queue = roots.reader.object(kTask, task.address).follow(kQueue);
        if (queue && !queues.insert(queue->address()).second) continue;
        auto clock = queue ? queue->number("clock") : tl::unexpected<Unknown>(queue.error());
        if (!clock) {
            now_ns_ = tl::unexpected<Unknown>(clock.error());
            return;
        }
        if (*clock <= INT64_MAX) latest = std::max(latest, static_cast<std::int64_t>(*clock));
    }
    if (latest != 0) now_ns_ = latest;
}

Field<Duration> SleepClock::since(VAddr address) const {
    Object task = roots_.reader.object(kTask, address);
    auto origin = task.origin("se.exec_start");
    auto last = task.number("se.exec_start");
    if (!last) return {last.error().reason, origin};
    if (*last == 0) return {Reason::null, origin};
    if (!now_ns_) return {now_ns_.error().reason, origin};
    auto queue = task.follow(kQueue);
    if (!queue) return {queue.error().reason, origin};
    auto clock = number(*queue, "clock"), clock_task = number(*queue, "clock_task");
    if (!clock || !clock_task) return {Reason::no_type, origin};
    std::int64_t since = *clock_task + (*now_ns_ - *clock) - static_cast<std::int64_t>(*last);
    if (*last > INT64_MAX || since < 0) return {Reason::corrupt, origin};
    return {Duration{since}, origin};
}

Field<Duration> SleepClock::at_least(VAddr address) const {
    Object task = roots_.reader.object(kTask, address);
    auto time = task.get<std::uint64_t>("last_switch_time");
    if (!time) return {time.why(), time.origin()};
    if (*time == 0) return {Reason::null, time.origin()};
    return {roots_.clock.since_jiffies(*time), time.origin()};
}

}  // namespace nfstriage::nfs
