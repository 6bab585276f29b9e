#include "progress.h"

#include <unistd.h>
#include <cstdio>

#include <fmt/format.h>

namespace nfstriage::command {
namespace {

constexpr std::chrono::milliseconds kFirst{1000}, kBetween{200};
constexpr std::size_t kWidth = 79;

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) != 0), next_(Clock::now() + kFirst) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
    if (!terminal_ || Clock::now() < next_) return;
    next_ = Clock::now() + kBetween;
    std::string text = "nfstriage: " + std::string(what);
    if (total != 0)
        text += fmt::format(" {:3.0f} %",
                            100.0 * static_cast<double>(done) / static_cast<double>(total));
    else if (done != 0)
        text += fmt::format(" {} MiB", done >> 20);
    std::fputs(("\r" + text.substr(0, kWidth) + "\033[K").c_str(), stderr);
    std::fflush(stderr);
    shown_ = true;
}

}  // namespace nfstriage::command
