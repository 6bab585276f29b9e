// Limits on walks: lists in a crashed kernel loop and tables in a damaged file are endless.
#pragma once

#include <cstdint>

namespace nfstriage {

class Budget {
public:
    explicit constexpr Budget(std::uint64_t steps) : left_(steps) {}
    // Takes `steps` from the budget; false once it is used up, and from then on.
    constexpr bool spend(std::uint64_t steps = 1) {
        if (steps > left_) {
            left_ = 0;
            exhausted_ = true;
            return false;
        }
        left_ -= steps;
        return true;
    }
    constexpr bool exhausted() const { return exhausted_; }
    constexpr std::uint64_t left() const { return left_; }

private:
    std::uint64_t left_;
    bool exhausted_ = false;
};

}  // namespace nfstriage
