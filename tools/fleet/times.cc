#include "fleet/times.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"

namespace nfstriage::fleet {
namespace {

constexpr std::int64_t kLongestCount = 100'000;

// "2026-11-15" at the start of `text`.
std::optional<std::int64_t> parse_day(std::string_view text) {
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    auto year = parse_unsigned(text.substr(0, 4)), month = parse_unsigned(text.substr(5, 2)),
         day = parse_unsigned(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * kSecondsOfDay;
}

// "10:30:00", "10:30".
std::optional<std::int64_t> parse_clock(std::string_view text) {
    if (text.size() == 5) return parse_clock(std::string(text) + ":00");
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    auto hour = parse_unsigned(text.substr(0, 2)), minute = parse_unsigned(text.substr(3, 2)),
         second = parse_unsigned(text.substr(6, 2));
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return static_cast<std::int64_t>(*hour * 3600 + *minute * 60 + *second);
}

}  // namespace

std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now_s) {
    if (text.starts_with('@')) {
        auto time = parse_unsigned(text.substr(1));
        if (!time || *time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
        return static_cast<std::int64_t>(*time);
    }
    if (auto day = parse_day(text)) {
        if (text.size() == 10) return day;
        if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
        auto clock = parse_clock(text.substr(11));
        if (!clock) return std::nullopt;
        return *day + *clock;
    }
    if (text.empty()) return std::nullopt;
    std::int64_t unit = text.back() == 'h'   ? 3600
                        : text.back() == 'd' ? kSecondsOfDay
                        : text.back() == 'w' ? 7 * kSecondsOfDay
                                             : 0;
    auto count = parse_unsigned(text.substr(0, text.size() - 1));
    if (unit == 0 || !count || *count > kLongestCount) return std::nullopt;
    return now_s - static_cast<std::int64_t>(*count) * unit;
}

std::string day_text(std::int64_t time_s) { return time_text(time_s).substr(0, 10); }

std::string time_text(std::int64_t time_s) {
    constexpr std::int64_t kLast_s = 253'402'300'799;  // of the year 9999
    std::chrono::sys_seconds time{
        std::chrono::seconds(std::clamp<std::int64_t>(time_s, 0, kLast_s))};
    auto day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day date(day);
    std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace nfstriage::fleet
