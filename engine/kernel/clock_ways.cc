#include "kernel/clock_ways.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <unordered_set>

#include "kernel/containers.h"

namespace nfstriage::kernel {
namespace {

// INITIAL_JIFFIES is -300 * HZ in 32 bits, so that bugs with the wrap show after five minutes.
constexpr std::int64_t kFirstSeconds = 300;
// What x86_64 and aarch64 can be configured with (kernel/Kconfig.hz).
constexpr std::array<std::int64_t, 4> kRates = {100, 250, 300, 1000};
// The counter begins with the first tick, not with the clock, and TICK_NSEC is rounded.
constexpr std::int64_t slack_ns(std::int64_t uptime_ns) {
    return 2 * kNsPerSecond + uptime_ns / 1000;
}

// The timer function of the tick: in 6.1, between them, in 6.12.
constexpr std::array<std::string_view, 3> kTickFunctions = {
    "tick_sched_timer", "tick_nohz_highres_handler", "tick_nohz_handler"};
constexpr unsigned kClockBases = 4;              // of hrtimer_cpu_base, without the soft ones
constexpr std::uint64_t kTickSchedSteps = 4096;  // timers looked through on one CPU
constexpr std::size_t kMostTasks = 4096;         // asked for their CPU's timers

// The timekeeper behind `at`: its variable is an anonymous structure that begins with a sequence
// counter, whose size depends on the kernel's configuration (struct tk_data in 7.3).
Maybe<Timekeeper> timekeeper_at(const Object& tk) {
    auto base = tk.number("tkr_mono.base"), nsec = tk.number("tkr_mono.xtime_nsec");
    auto shift = tk.number("tkr_mono.shift"), mult = tk.number("tkr_mono.mult");
    auto sec = tk.number("xtime_sec"), real = tk.number("offs_real"), boot = tk.number("offs_boot");
    auto tick = tk.number("ntp_tick");
    for (const auto* value : {&base, &nsec, &shift, &mult, &sec, &real, &boot, &tick})
        if (!*value) return tl::unexpected<Unknown>(value->error());
    // The same second said twice (tk_update_ktime_data()); an update may have been cut short.
    std::int64_t second_ns = 0;
    const bool fits = *sec > 0 && *sec < UINT64_MAX / kNsPerSecond / 2 && *shift < 64 && *mult != 0;
    if (fits) second_ns = static_cast<std::int64_t>(*sec) * kNsPerSecond;
    auto difference = static_cast<std::int64_t>(*base + *real - second_ns);
    if (!fits || difference > 2 * kNsPerSecond || difference < -2 * kNsPerSecond)
        return unknown(Reason::corrupt, "the timekeeper contradicts itself");
    Timekeeper keeper;
    keeper.monotonic_ns = static_cast<std::int64_t>(*base + (*nsec >> *shift));
    keeper.boottime_ns = static_cast<std::int64_t>(keeper.monotonic_ns + *boot);
    keeper.realtime_s = static_cast<std::int64_t>(*sec);
    keeper.tick_ns = *tick >> 32;  // NTP_SCALE_SHIFT
    return keeper;
}

Maybe<LastTick> tick_of(const Object& sched, const Object& cpu_base) {
    // A bit field before a478ffb2ae23, then TS_FLAG_STOPPED, bit 1 of `flags`.
    auto stopped = sched.has("tick_stopped") ? sched.number("tick_stopped") : sched.number("flags");
    if (!stopped) return tl::unexpected<Unknown>(stopped.error());
    if (sched.has("tick_stopped") ? *stopped != 0 : (*stopped & 2) != 0)
        return unknown(Reason::no_symbol, "the CPU is idle without a tick");
    auto jiffies = sched.number("last_tick_jiffies");  // since a1ff03cd6fb9
    auto next = sched.number("sched_timer.node.expires");
    if (!jiffies || !next) return tl::unexpected<Unknown>(jiffies ? next.error() : jiffies.error());
    LastTick tick{*jiffies, static_cast<std::int64_t>(*next), {}, {}};
    // How far the CPU's other clocks are ahead; it learns of changes with its next timer. A time of
    // day of zero is one that was never learnt.
    auto ahead = [&](std::uint64_t clock_id) -> std::optional<std::int64_t> {
        for (unsigned i = 0; i < kClockBases; ++i) {
            const std::string base = "clock_base[" + std::to_string(i) + "].";
            auto id = cpu_base.number(base + "clockid"), value = cpu_base.number(base + "offset");
            if (id && value && *id == clock_id) return static_cast<std::int64_t>(*value);
        }
        return std::nullopt;
    };
    constexpr std::uint64_t kClockRealtime = 0, kClockBoottime = 7;  // include/uapi/linux/time.h
    auto realtime = ahead(kClockRealtime);
    if (!realtime || *realtime == 0) return tick;
    tick.to_realtime_ns = realtime;
    tick.to_boottime_ns = ahead(kClockBoottime);
    return tick;
}

// The tick among the timers of one CPU.
Maybe<LastTick> find_tick(const Object& cpu_base) {
    auto active = cpu_base.at("clock_base[0].active");  // HRTIMER_BASE_MONOTONIC
    if (!active) return tl::unexpected<Unknown>(active.error());
    // A cached root since 511885d7061e.
    auto root = active->at(active->first_of({"rb_root", "head"}));
    if (!root) return tl::unexpected<Unknown>(root.error());
    Budget budget(kTickSchedSteps);
    Walk timers = rbtree(*root, "struct hrtimer", "node.node", budget);
    for (const Object& timer : timers.objects) {
        auto function = timer.symbol("function");
        if (!function || std::find(kTickFunctions.begin(), kTickFunctions.end(), *function) ==
                             kTickFunctions.end())
            continue;
        auto sched = timer.container("struct tick_sched", "sched_timer");
        if (!sched) return tl::unexpected<Unknown>(sched.error());
        return tick_of(*sched, cpu_base);
    }
    if (!timers.complete) return tl::unexpected<Unknown>(timers.why);
    return unknown(Reason::no_symbol, "no tick among the timers of a CPU");
}

}  // namespace

Maybe<Timekeeper> read_timekeeper(const Reader& reader) {
    constexpr std::uint64_t kLargestCounter = 128;
    auto core = reader.symbols().address("tk_core");
    if (!core) return tl::unexpected<Unknown>(core.error());
    Maybe<Timekeeper> keeper = unknown(Reason::corrupt, "tk_core");
    for (std::uint64_t offset = 8; offset <= kLargestCounter && !keeper; offset += 8) {
        keeper = timekeeper_at(reader.object("struct timekeeper", *core + offset));
        if (!keeper && keeper.error().reason != Reason::corrupt) break;
    }
    return keeper;
}

Maybe<LastTick> read_last_tick(const Reader& reader, std::span<const VAddr> tasks) {
    Maybe<LastTick> best = unknown(Reason::null, "no task leads to a CPU's timers");
    std::unordered_set<VAddr> seen;
    for (VAddr task : tasks.first(std::min(tasks.size(), kMostTasks))) {
        auto base =
            reader.object("struct task_struct", task).follow("signal->real_timer.base->cpu_base");
        // A task that is exiting has no signal_struct any more.
        if (!base && base.error().reason == Reason::null) continue;
        if (!base) return tl::unexpected<Unknown>(base.error());
        if (!seen.insert(base->address()).second) continue;
        auto tick = find_tick(*base);
        if (!tick && tick.error().reason != Reason::no_symbol) return tick;
        if (!best || (tick && tick->jiffies > best->jiffies)) best = tick;
    }
    return best;
}

Maybe<std::uint64_t> hz_from_uptime(std::uint64_t jiffies, std::int64_t monotonic_ns,
                                    std::int64_t last_record_ns) {
    Maybe<std::uint64_t> found = unknown(Reason::no_symbol, "HZ from jiffies and uptime");
    if (monotonic_ns < 0) return found;
    const std::int64_t slack = slack_ns(monotonic_ns);
    for (std::int64_t rate : kRates) {
        const std::uint64_t first = (std::uint64_t{1} << 32) - kFirstSeconds * rate;
        if (jiffies < first) continue;
        std::int64_t up = 0;
        auto ticks = static_cast<std::int64_t>(jiffies - first);
        if (__builtin_mul_overflow(ticks / rate, kNsPerSecond, &up)) continue;
        if (std::llabs(up - monotonic_ns) > slack || up < last_record_ns - slack) continue;
        if (found) return unknown(Reason::no_symbol, "HZ from jiffies and uptime: not unique");
        found = static_cast<std::uint64_t>(rate);
    }
    return found;
}

Maybe<std::uint64_t> hz_from_tick(std::uint64_t tick_ns) {
    // NTP changes the length by less than 0.1 %, which no HZ below 500 000 takes for another.
    constexpr std::uint64_t kShortest = 100'000;
    if (tick_ns < kShortest || tick_ns > kNsPerSecond)
        return unknown(Reason::corrupt, "a tick of " + std::to_string(tick_ns) + " ns");
    return (kNsPerSecond + tick_ns / 2) / tick_ns;
}

}  // namespace nfstriage::kernel
