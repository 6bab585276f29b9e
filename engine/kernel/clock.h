// The crashed kernel's clocks: how many jiffies a second has, and what time it was. Kernel objects
// keep times as jiffies (unsigned long, wrapping, starting 300 s before the wrap of 32 bits:
// INITIAL_JIFFIES in include/linux/jiffies.h), as ktime (ns since boot) or as seconds since boot or
// since 1970. Each becomes an age or a time to go here and nowhere else.
// We promise: no HZ is assumed. Without a way to know it, times in jiffies are Unknown.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernel/object.h"

namespace nfstriage::kernel {

struct Clock {
    Maybe<std::uint64_t> hz = unknown(Reason::no_symbol, "HZ");
    // What shows it: "tick_nsec, timekeeper.ntp_tick, jiffies over uptime",
    // "rpc_xprt.bind_timeout".
    std::string hz_ground;
    Maybe<std::uint64_t> jiffies = unknown(Reason::no_symbol, "jiffies");      // all 64 bits
    Maybe<std::int64_t> monotonic_ns = unknown(Reason::no_symbol, "tk_core");  // ktime_get()
    Maybe<std::int64_t> boottime_ns = unknown(Reason::no_symbol, "tk_core");
    Maybe<std::int64_t> realtime_s = unknown(Reason::no_symbol, "tk_core");  // since 1970

    // How long ago `then` was: negative if it is still to come. These clocks stand at the last tick
    // at which the kernel moved them on, while ktime_get() also counts what the hardware did since:
    // of the last moments a time may be ahead by a tick or two. It is 0 ago. `then` of jiffies is
    // an unsigned long of the kernel (64 bits on both architectures).
    Maybe<Duration> since_jiffies(std::uint64_t then) const;
    Maybe<Duration> from_jiffies(std::int64_t count) const;       // a span, not a point in time
    Maybe<Duration> since_ktime(std::int64_t then_ns) const;      // ktime_get(), CLOCK_MONOTONIC
    Maybe<Duration> since_boottime_s(std::int64_t then_s) const;  // ktime_get_boottime_seconds()
    Maybe<Duration> since_realtime_s(std::int64_t then_s) const;

    // How long until `when`: negative if it is past. Nothing is taken for 0.
    Maybe<Duration> until_jiffies(std::uint64_t when) const;
    Maybe<Duration> until_boottime_s(std::int64_t when_s) const;
};

// Reads jiffies_64, tick_nsec and the timekeeper. Where these have no symbols, the clock of the
// last tick that some CPU took, to which any of `tasks` (struct task_struct) leads: it may be
// behind by as long as no CPU took any. Ways that contradict each other make a value
// Unknown(corrupt). `last_record_ns`: the time of the last printk record, a lower bound of now.
Clock read_clock(const Reader& reader, std::int64_t last_record_ns,
                 std::span<const VAddr> tasks = {});

// HZ as a transport knows it: its bind_timeout is 60 * HZ (XS_BIND_TO in net/sunrpc/xprtsock.c,
// RPCRDMA_BIND_TO of xprtrdma). Used only where the clock has none; no effect if the transport has
// no such timeout or contradicts itself.
void learn_hz(Clock& clock, const Object& rpc_xprt);

}  // namespace nfstriage::kernel
