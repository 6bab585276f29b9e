#include "base/spending.h"

#include <sys/resource.h>

#include <fmt/format.h>

namespace nfstriage {
namespace {

constexpr std::uint64_t kBetweenMemoryLooks = 31;

std::uint64_t largest_resident_set() {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

Spending::Spending(const SpendingLimits& limits)
    : limits_(limits),
      end_(std::chrono::steady_clock::now() + limits.time.value_or(std::chrono::milliseconds(0))) {}

bool Spending::look() {
    if (limits_.time && std::chrono::steady_clock::now() >= end_) over_ = Limit::time;
    if (limits_.bytes && bytes_ > *limits_.bytes) over_ = Limit::bytes;
    if (limits_.reads && reads_ > *limits_.reads) over_ = Limit::reads;
    if (limits_.memory_bytes && (looks_++ & kBetweenMemoryLooks) == 0 &&
        largest_resident_set() > *limits_.memory_bytes)
        over_ = Limit::memory;
    return !over_;
}

std::string Spending::what_was_hit() const {
    if (!over_) return {};
    switch (*over_) {
        case Limit::time:
            return fmt::format("the deadline of {:g} s",
                               static_cast<double>(limits_.time->count()) / 1000);
        case Limit::memory:
            return fmt::format("the limit of {:g} MiB of memory", mib(*limits_.memory_bytes));
        case Limit::bytes:
            return fmt::format("the limit of {:g} MiB read", mib(*limits_.bytes));
        case Limit::reads:
            return fmt::format("the limit of {} reads of memory", *limits_.reads);
    }
    return {};
}

}  // namespace nfstriage
