// One line on a terminal that says what takes so long and how far it is; nothing within the first
// second, nothing where standard error is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace nfstriage::command {

class Progress {
public:
    Progress();
    ~Progress();  // takes the line away
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // `total` 0: not known beforehand.
    void show(std::string_view what, std::uint64_t done, std::uint64_t total);

private:
    using Clock = std::chrono::steady_clock;
    bool terminal_;
    bool shown_ = false;
    Clock::time_point next_;
};

}  // namespace nfstriage::command
