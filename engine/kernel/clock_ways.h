// How the clock (clock.h) finds what it needs: each way on its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kernel/clock.h"

namespace nfstriage::kernel {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// The kernel's idea of time at its last update (struct timekeeper).
struct Timekeeper {
    std::int64_t monotonic_ns = 0, boottime_ns = 0, realtime_s = 0;
    std::uint64_t tick_ns = 0;  // length of a tick, as NTP has adjusted it
};
// Unknown: no_symbol, no_type, the memory's reasons; corrupt if its times contradict each other.
Maybe<Timekeeper> read_timekeeper(const Reader& reader);

// What a CPU noted at its last tick (struct tick_sched).
struct LastTick {
    std::uint64_t jiffies = 0;
    std::int64_t next_ns = 0;  // when the next tick is due, CLOCK_MONOTONIC
    std::optional<std::int64_t> to_realtime_ns, to_boottime_ns;  // what the CPU added to that
};
// The latest of the CPUs on which `tasks` were created, whose per-process timers lead to the CPU's
// timers, among which is the tick's. CPUs that idle without a tick are left out. Unknown: null
// without tasks, no_type, no_symbol if no tick was found, and the memory's reasons if anything of
// any CPU is missing.
Maybe<LastTick> read_last_tick(const Reader& reader, std::span<const VAddr> tasks);

// The HZ with which a kernel whose counter of jiffies stands there has been up for `monotonic_ns`.
// Unknown(no_symbol) if none, or more than one, of those that x86_64 and aarch64 can be built with
// does; with more than one that is so around 300 s, when the low half of the counter wraps.
Maybe<std::uint64_t> hz_from_uptime(std::uint64_t jiffies, std::int64_t monotonic_ns,
                                    std::int64_t last_record_ns);

// The HZ whose ticks are so long. Unknown(corrupt) if no HZ has such.
Maybe<std::uint64_t> hz_from_tick(std::uint64_t tick_ns);

}  // namespace nfstriage::kernel
