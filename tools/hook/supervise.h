// Runs an analysis in a process of its own and stops it when its time is over, whatever it is
// doing. The supervisor opens no file and takes no lock, so nothing that blocks the analysis blocks
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/spending.h"

namespace nfstriage::hook {

struct Limits {
    std::chrono::milliseconds deadline{20'000};
    std::uint64_t memory_bytes = 256 << 20;  // address space of the worker

    // What the worker keeps to, so that it comes to an end of its own before.
    SpendingLimits spending() const { return {deadline * 4 / 5, memory_bytes / 4 * 3, {}, {}}; }
};

enum class End : std::uint8_t {
    finished,  // the worker returned
    deadline,  // it was killed when its time was over
    died       // it was killed by something else, or by its own fault
};

struct Outcome {
    End end = End::finished;
    std::string why;                  // of an end that is not `finished`, for people
    std::optional<std::string> told;  // what the worker told last
};

// Tells the supervisor something, at most kLongestTold bytes of it; what was told before is
// replaced.
using Tell = std::function<void(std::string_view)>;
inline constexpr std::size_t kLongestTold = 32 << 10;

// Forks. `work` runs in the child, with limits on its address space, its CPU time and the size of
// its files, first in line for the out-of-memory killer, and dies with this process. Errors: no
// process could be made.
Result<Outcome> supervise(const Limits& limits, const std::function<void(const Tell&)>& work);

// The same; where `work` was stopped or died, `clean_up` then removes what it left behind, in one
// more process and for at most a second: what stopped the one may be what stops the other.
Result<Outcome> supervise(const Limits& limits, const std::function<void(const Tell&)>& work,
                          const std::function<void()>& clean_up);

}  // namespace nfstriage::hook
