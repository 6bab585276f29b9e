#include "cost.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "facts/frame_arguments.h"

namespace nfstriage::test {
namespace {

double thread_milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

Cost cost_of(const unwind::Result& unwound, const dump::Dump& dump,
             const layout::KernelLayout& layout) {
    double begin = thread_milliseconds();
    facts::ArgumentFinder finder(dump, layout);
    auto recovery = finder.recovery(unwound);
    for (std::size_t i = 0; i < recovery->size(); ++i) (void)recovery->arguments(i);
    return {unwound.frames.size(), thread_milliseconds() - begin};
}

std::string summary(const std::vector<Cost>& costs) {
    constexpr std::size_t kLong = 20, kAsked = 30;  // frames
    std::vector<double> scaled;
    for (const Cost& cost : costs)
        if (cost.frames >= kLong)
            scaled.push_back(cost.milliseconds * kAsked / static_cast<double>(cost.frames));
    if (scaled.empty()) return {};
    std::sort(scaled.begin(), scaled.end());
    return fmt::format(
        "CPU of recovery for {} frames, from {} stacks of {} and more: median {:.1f} ms, highest "
        "{:.1f} ms\n",
        kAsked, scaled.size(), kLong, scaled[scaled.size() / 2], scaled.back());
}

}  // namespace nfstriage::test
