#include "base/quantity.h"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace nfstriage {

std::string duration_text(std::int64_t ns) {
    double s = static_cast<double>(ns) / 1e9;
    double size = s < 0 ? -s : s;
    if (size < 1e-3) return ns == 0 ? "0 s" : fmt::format("{:.1f} us", s * 1e6);
    if (size < 1) return fmt::format("{:.1f} ms", s * 1e3);
    if (size < 600) return fmt::format("{:.1f} s", s);
    if (size < 36'000) return fmt::format("{:.0f} min", s / 60);
    if (size < 48.0 * 3600) return fmt::format("{:.1f} h", s / 3600);
    return fmt::format("{:.1f} d", s / 86'400);
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    double value = static_cast<double>(bytes);
    while (value >= 1024 && unit + 1 < std::size(kUnits)) {
        value /= 1024;
        ++unit;
    }
    bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
    return whole ? fmt::format("{:.0f} {}", value, kUnits[unit])
                 : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace nfstriage
