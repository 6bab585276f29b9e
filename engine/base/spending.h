// What reading one input may cost, and what it has cost so far. Walks have budgets of their own
// (budget.h), which bound one list; this bounds all of them together. Once a limit is hit nothing
// is read any more: every answer after that is Unknown(budget), and the verdict is made of what was
// known until then.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nfstriage {

// Absent: no limit.
struct SpendingLimits {
    std::optional<std::chrono::milliseconds> time;  // on the clock, from the beginning of an input
    std::optional<std::uint64_t> memory_bytes;      // largest resident set of the process
    std::optional<std::uint64_t> bytes;             // taken from files
    std::optional<std::uint64_t> reads;  // of kernel memory; a node of a list or tree takes some
};

class Spending {
public:
    // The clock starts.
    explicit Spending(const SpendingLimits& limits);

    // One more read of memory. False once a limit is hit, and from then on.
    bool read() {
        ++reads_;
        if (over_) return false;
        return (reads_ & kBetweenLooks) != 0 || look();
    }
    // So many bytes more of a file.
    bool take(std::uint64_t bytes) {
        bytes_ += bytes;
        return !over_ && look();
    }

    enum class Limit : std::uint8_t { time, memory, bytes, reads };
    // The one that was hit; nothing: none.
    std::optional<Limit> hit() const { return over_; }
    // "the deadline of 60 s"; empty: none was hit.
    std::string what_was_hit() const;

private:
    static constexpr std::uint64_t kBetweenLooks = 255;

    bool look();

    SpendingLimits limits_;
    std::chrono::steady_clock::time_point end_;
    std::uint64_t reads_ = 0, bytes_ = 0, looks_ = 0;
    std::optional<Limit> over_;
};

}  // namespace nfstriage
