// Times on the command line and in reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nfstriage::fleet {

inline constexpr std::int64_t kSecondsOfDay = 86400;

// "12h", "7d", "4w" before `now_s`; "2026-11-15" and "2026-11-15T10:30:00" in UTC; "@1763200000".
// Seconds since 1970; nothing if it is none of these.
std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now_s);

// "2026-11-15", "2026-11-15 10:30:00", in UTC; what is before 1970 or behind 9999 is the nearest.
std::string day_text(std::int64_t time_s);
std::string time_text(std::int64_t time_s);

}  // namespace nfstriage::fleet
