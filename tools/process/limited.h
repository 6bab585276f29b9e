// A process that reads foreign data under limits which the kernel keeps for us: address space, CPU
// time, size of files. What the supervisor of one analysis (hook/supervise.h) and the pool of many
// (fleet/pool.h) have in common.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/spending.h"

namespace nfstriage {

struct ProcessLimits {
    std::chrono::milliseconds deadline{20'000};  // its CPU time is limited to a little more
    std::uint64_t memory_bytes = 256 << 20;      // address space
    std::uint64_t file_bytes = 64 << 20;         // each file that it writes

    // What it keeps to, so that it comes to an end of its own before.
    SpendingLimits spending() const { return {deadline * 4 / 5, memory_bytes / 4 * 3, {}, {}}; }
};

// To be called in a process that was just forked from `parent`: dies with it, is first in line for
// the out-of-memory killer, takes on the limits and runs `work`. The result is the status to
// _exit() with; nothing is thrown.
int run_limited(const ProcessLimits& limits, pid_t parent, const std::function<void()>& work);

// What ended such a process, for people: its wait status; "" if it returned from `work`.
std::string why_it_died(int status);

// Writes all of it, or stops where nobody listens any more.
void write_all(int fd, std::string_view bytes);

}  // namespace nfstriage
