#include "kernel/clock.h"

#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include "kernel/clock_ways.h"

namespace nfstriage::kernel {
namespace {

// CRASHTIME is the timekeeper's second as crash_save_vmcoreinfo() read it, shortly before the end.
constexpr std::int64_t kCrashTimeTolerance_s = 60;

Maybe<Duration> span(std::int64_t count, std::int64_t unit_ns) {
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(count, unit_ns, &ns))
        return unknown(Reason::corrupt, "a time beyond all ages");
    return Duration{ns};
}

constexpr std::int64_t kTicksBehind = 2;

// Units between two times. Where `then` is ahead by no more than `behind_ns`, none.
Maybe<Duration> since(const Maybe<std::int64_t>& now, std::int64_t then, std::int64_t unit_ns,
                      std::int64_t behind_ns) {
    if (!now) return tl::unexpected<Unknown>(now.error());
    std::int64_t count = 0, latest = 0;
    if (__builtin_sub_overflow(*now / unit_ns, then, &count))
        return unknown(Reason::corrupt, "a time beyond all ages");
    if (count < 0 && !__builtin_add_overflow(*now, behind_ns, &latest) && latest / unit_ns >= then)
        count = 0;
    return span(count, unit_ns);
}

// How far a clock may be behind. Without HZ it is believed.
std::int64_t behind_ns(const Maybe<std::uint64_t>& hz) {
    return hz ? kTicksBehind * kNsPerSecond / static_cast<std::int64_t>(*hz) : 0;
}

std::optional<std::int64_t> crash_time(const dump::Vmcoreinfo& info) {
    auto text = info.text("CRASHTIME");
    if (!text) return std::nullopt;
    std::int64_t seconds = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return seconds;
}

// Several ways to one HZ: all that know it must agree.
class HzWays {
public:
    void add(std::string_view ground, const Maybe<std::uint64_t>& hz) {
        if (hz) found_.emplace_back(ground, *hz);
    }
    void into(Clock& clock) const {
        for (const auto& [ground, hz] : found_) {
            if (hz != found_.front().second) {
                clock.hz = unknown(Reason::corrupt, std::string(found_.front().first) + " says " +
                                                        std::to_string(found_.front().second) +
                                                        ", " + std::string(ground) + " says " +
                                                        std::to_string(hz));
                return;
            }
            clock.hz_ground += (clock.hz_ground.empty() ? "" : ", ") + std::string(ground);
        }
        if (!found_.empty()) clock.hz = found_.front().second;
    }

private:
    std::vector<std::pair<std::string_view, std::uint64_t>> found_;
};

// Whether a value is unknown because the kernel does not name what holds it. Where it does and the
// page is missing, another clock that is a tick behind would be another value.
template <class T>
bool is_nameless(const Maybe<T>& value) {
    return !value && value.error().reason == Reason::no_symbol;
}

void read_realtime(Clock& clock, const dump::Vmcoreinfo& info) {
    auto at_crash = crash_time(info);
    if (!at_crash) return;
    if (!clock.realtime_s) {
        if (is_nameless(clock.realtime_s)) clock.realtime_s = *at_crash;
    } else if (std::llabs(*clock.realtime_s - *at_crash) > kCrashTimeTolerance_s) {
        clock.realtime_s =
            unknown(Reason::corrupt, "the timekeeper says " + std::to_string(*clock.realtime_s) +
                                         ", CRASHTIME " + std::to_string(*at_crash));
    }
}

// Of a kernel whose symbols say nothing: the last tick of some CPU.
void read_from_tick(Clock& clock, const Reader& reader, std::int64_t last_record_ns,
                    std::span<const VAddr> tasks) {
    auto tick = read_last_tick(reader, tasks);
    if (!tick) return;
    auto hz = hz_from_uptime(tick->jiffies, tick->next_ns, last_record_ns);
    if (is_nameless(clock.jiffies)) clock.jiffies = tick->jiffies;
    if (!hz) return;
    if (is_nameless(clock.hz)) {
        clock.hz = *hz;
        clock.hz_ground = "a CPU's last tick";
    }
    if (!is_nameless(clock.monotonic_ns)) return;
    clock.monotonic_ns = tick->next_ns - kNsPerSecond / static_cast<std::int64_t>(*hz);
    if (tick->to_boottime_ns) clock.boottime_ns = *clock.monotonic_ns + *tick->to_boottime_ns;
    if (tick->to_realtime_ns)
        clock.realtime_s = (*clock.monotonic_ns + *tick->to_realtime_ns) / kNsPerSecond;
}

}  // namespace

Maybe<Duration> Clock::since_jiffies(std::uint64_t then) const {
    if (!jiffies) return tl::unexpected<Unknown>(jiffies.error());
    auto count = static_cast<std::int64_t>(*jiffies - then);
    return from_jiffies(count < 0 && count >= -kTicksBehind ? 0 : count);
}

Maybe<Duration> Clock::until_jiffies(std::uint64_t when) const {
    if (!jiffies) return tl::unexpected<Unknown>(jiffies.error());
    return from_jiffies(static_cast<std::int64_t>(when - *jiffies));
}

Maybe<Duration> Clock::until_boottime_s(std::int64_t when_s) const {
    auto past = since(boottime_ns, when_s, kNsPerSecond, 0);
    if (past) past->ns = -past->ns;
    return past;
}

Maybe<Duration> Clock::from_jiffies(std::int64_t count) const {
    if (!hz) return tl::unexpected<Unknown>(hz.error());
    auto rate = static_cast<std::int64_t>(*hz);
    auto seconds = span(count / rate, kNsPerSecond);
    if (!seconds) return seconds;
    auto rest = count % rate * kNsPerSecond / rate;
    if (__builtin_add_overflow(seconds->ns, rest, &seconds->ns))
        return unknown(Reason::corrupt, "a time beyond all ages");
    return seconds;
}

Maybe<Duration> Clock::since_ktime(std::int64_t then_ns) const {
    return since(monotonic_ns, then_ns, 1, behind_ns(hz));
}

Maybe<Duration> Clock::since_boottime_s(std::int64_t then_s) const {
    return since(boottime_ns, then_s, kNsPerSecond, behind_ns(hz));
}

Maybe<Duration> Clock::since_realtime_s(std::int64_t then_s) const {
    if (!realtime_s) return tl::unexpected<Unknown>(realtime_s.error());
    std::int64_t count = 0;
    if (__builtin_sub_overflow(*realtime_s, then_s, &count))
        return unknown(Reason::corrupt, "a time beyond all ages");
    return span(count, kNsPerSecond);
}

Clock read_clock(const Reader& reader, std::int64_t last_record_ns, std::span<const VAddr> tasks) {
    Clock clock;
    HzWays ways;
    if (auto at = reader.symbols().address("jiffies_64")) clock.jiffies = reader.memory().u64(*at);
    if (auto at = reader.symbols().address("tick_nsec"))
        if (auto tick = reader.memory().u64(*at)) ways.add("tick_nsec", hz_from_tick(*tick));

    auto keeper = read_timekeeper(reader);
    if (keeper) {
        clock.monotonic_ns = keeper->monotonic_ns;
        clock.boottime_ns = keeper->boottime_ns;
        clock.realtime_s = keeper->realtime_s;
        ways.add("timekeeper.ntp_tick", hz_from_tick(keeper->tick_ns));
    } else {
        clock.monotonic_ns = tl::unexpected<Unknown>(keeper.error());
        clock.boottime_ns = tl::unexpected<Unknown>(keeper.error());
        clock.realtime_s = tl::unexpected<Unknown>(keeper.error());
    }
    if (clock.jiffies && clock.monotonic_ns)
        ways.add("jiffies over uptime",
                 hz_from_uptime(*clock.jiffies, *clock.monotonic_ns, last_record_ns));
    ways.into(clock);
    if (!clock.jiffies || !clock.monotonic_ns) read_from_tick(clock, reader, last_record_ns, tasks);
    read_realtime(clock, reader.dump().vmcoreinfo());
    return clock;
}

void learn_hz(Clock& clock, const Object& rpc_xprt) {
    if (clock.hz || clock.hz.error().reason == Reason::corrupt) return;
    constexpr std::uint64_t kBindSeconds = 60, kIdleSeconds = 300, kHighestHz = 10000;
    auto bind = rpc_xprt.number("bind_timeout"), idle = rpc_xprt.number("idle_timeout");
    if (!bind || !idle || *bind == 0 || *bind % kBindSeconds != 0) return;
    std::uint64_t hz = *bind / kBindSeconds;
    // Transports that are not closed when idle have no idle_timeout.
    if (hz > kHighestHz || (*idle != 0 && *idle != hz * kIdleSeconds)) return;
    clock.hz = hz;
    clock.hz_ground = "rpc_xprt.bind_timeout";
}

}  // namespace nfstriage::kernel
