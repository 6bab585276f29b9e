#include "log/prefix.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "log/scan.h"

namespace nfstriage::log {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_month(std::string_view text) {
    return text.size() >= 3 && std::any_of(kMonths.begin(), kMonths.end(), [text](auto month) {
               return month[0] == text[0] && month[1] == text[1] && month[2] == text[2];
           });
}

// "16:01:26" with an optional fraction; the seconds within the day.
std::optional<double> eat_clock(std::string_view& text) {
    auto rest = text;
    if (rest.size() < 8) return std::nullopt;
    for (std::size_t i = 0; i < 8; ++i)
        if (i == 2 || i == 5 ? rest[i] != ':' : !is_digit(rest[i])) return std::nullopt;
    auto two = [&](std::size_t i) { return (rest[i] - '0') * 10 + (rest[i + 1] - '0'); };
    double seconds = two(0) * 3600 + two(3) * 60 + two(6);
    rest.remove_prefix(8);
    if (rest.size() > 1 && (rest[0] == '.' || rest[0] == ',') && is_digit(rest[1])) {
        rest.remove_prefix(1);
        double scale = 0.1;
        while (!rest.empty() && is_digit(rest.front())) {
            seconds += (rest.front() - '0') * scale;
            scale /= 10;
            rest.remove_prefix(1);
        }
    }
    text = rest;
    return seconds;
}

// Of two to four digits.
std::optional<int> digits_at(std::string_view text, std::size_t from, std::size_t count) {
    int value = 0;
    for (char c : text.substr(from, count)) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

// "Z", "+01:00", "-0330": seconds that the zone is ahead of UTC; nothing else names one.
std::optional<double> seconds_ahead(std::string_view zone) {
    if (zone == "Z") return 0.0;
    if (zone.size() != 5 && zone.size() != 6) return std::nullopt;
    auto hours = digits_at(zone, 1, 2), minutes = digits_at(zone, zone.size() - 2, 2);
    if (!hours || !minutes || (zone.size() == 6 && zone[3] != ':')) return std::nullopt;
    return (zone[0] == '-' ? -60.0 : 60.0) * (*hours * 60 + *minutes);
}

// `date`: "2025-01-24".
std::optional<double> unix_of(std::string_view date, double clock_s, std::string_view zone) {
    auto year = digits_at(date, 0, 4), month = digits_at(date, 5, 2), day = digits_at(date, 8, 2);
    auto ahead = seconds_ahead(zone);
    if (!year || !month || !day || !ahead) return std::nullopt;
    std::chrono::year_month_day ymd{std::chrono::year(*year),
                                    std::chrono::month(static_cast<unsigned>(*month)),
                                    std::chrono::day(static_cast<unsigned>(*day))};
    if (!ymd.ok()) return std::nullopt;
    auto days = std::chrono::sys_days(ymd).time_since_epoch().count();
    return static_cast<double>(days) * 86400 + clock_s - *ahead;
}

// "2025-01-24T02:15:03.9+01:00", "2025-01-24 02:15:03", "2025/01/24 02:15:03".
std::optional<double> eat_iso_stamp(std::string_view& text, std::optional<double>& unix_s) {
    if (text.size() < 19 || !is_digit(text[0]) || !is_digit(text[3])) return std::nullopt;
    if ((text[4] != '-' && text[4] != '/') || text[7] != text[4]) return std::nullopt;
    if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
    auto rest = text.substr(11);
    auto clock = eat_clock(rest);
    if (!clock) return std::nullopt;
    auto zone = rest;
    if (!eat(rest, "Z") && rest.size() >= 5 && (rest[0] == '+' || rest[0] == '-')) {
        std::size_t n = 1;
        while (n < rest.size() && n < 6 && (is_digit(rest[n]) || rest[n] == ':')) ++n;
        rest.remove_prefix(n);
    }
    unix_s = unix_of(text, *clock, zone.substr(0, zone.size() - rest.size()));
    text = rest;
    return clock;
}

// Whether the first colon stands where the one of a date and time does. Most messages have none
// there.
bool has_clock_near_start(std::string_view text) {
    std::size_t colon = text.substr(0, 32).find(':');
    return colon != std::string_view::npos && colon >= 2 && is_digit(text[colon - 1]) &&
           is_digit(text[colon - 2]);
}

// "Jan 26 16:01:26", "Mon Jan  6 16:01:26 2025", "Feb 02 03:22:40.123456".
std::optional<double> eat_syslog_stamp(std::string_view& text) {
    auto rest = text;
    if (rest.size() < 15) return std::nullopt;
    if (!is_month(rest) && is_month(rest.substr(4)) && rest[3] == ' ') rest.remove_prefix(4);
    if (!is_month(rest)) return std::nullopt;
    rest.remove_prefix(3);
    eat_blanks(rest);
    if (!eat_number(rest)) return std::nullopt;
    eat_blanks(rest);
    auto clock = eat_clock(rest);
    if (!clock) return std::nullopt;
    if (rest.size() >= 5 && rest[0] == ' ' && is_digit(rest[1]) && is_digit(rest[4]) &&
        (rest.size() == 5 || rest[5] == ' '))  // a year
        rest.remove_prefix(5);
    text = rest;
    return clock;
}

// A date in another language, "10\u6708 21 11:30:45 host kernel: ": taken only where the rest names
// the kernel. The clock must stand near the start.
std::optional<double> eat_local_stamp(std::string_view& text) {
    if (!has_clock_near_start(text)) return std::nullopt;
    std::size_t colon = text.find(':', 2);
    if (text.substr(2, colon - 2).find_first_of("[<(") != std::string_view::npos)
        return std::nullopt;
    auto rest = text.substr(colon - 2);
    auto clock = eat_clock(rest);
    bool kernel = rest.substr(0, 80).find(" kernel:") != std::string_view::npos ||
                  rest.substr(0, 80).find(" kernel[") != std::string_view::npos;
    if (!clock || !kernel) return std::nullopt;
    text = rest;
    return clock;
}

// The inside of "[...]": a printk stamp, a dmesg -T or -e date, a caller, "kernel".
bool take_bracket(std::string_view inside, Stripped& out) {
    auto rest = inside;
    eat_blanks(rest);
    if (rest.empty()) return false;
    if (inside == "kernel") return true;
    if ((rest[0] == 'T' || rest[0] == 'C') && rest.size() > 1 && is_digit(rest[1])) {
        Caller caller{rest[0], 0};
        rest.remove_prefix(1);
        auto id = eat_number(rest);
        if (!id || !rest.empty()) return false;
        caller.id = *id;
        out.caller = caller;
        return true;
    }
    if (rest[0] == '+') rest.remove_prefix(1);  // dmesg -e: relative to the line before
    bool relative = rest.data() != inside.data() && rest.data()[-1] == '+';
    auto stamp = rest;
    if (auto whole = eat_number(stamp)) {
        if (stamp.empty() && out.time_s && !out.caller.kind) {  // "[  2]" behind a stamp: the CPU
            out.caller = {'N', *whole};
            return true;
        }
        if (eat(stamp, ".")) {
            std::uint64_t fraction = 0, parts = 1;
            std::size_t digits = 0;
            while (digits < 10 && !stamp.empty() && is_digit(stamp.front())) {
                fraction = fraction * 10 + static_cast<std::uint64_t>(stamp.front() - '0');
                parts *= 10;
                ++digits;
                stamp.remove_prefix(1);
            }
            // "|CPU3", "@3", "/ 0": vendor trees put the CPU behind the stamp
            bool tail_ok = stamp.empty() || stamp[0] == '|' || stamp[0] == '@' || stamp[0] == '/';
            if (digits < 3 || digits > 9 || !tail_ok || inside.size() > 40) return false;
            if (!relative)
                out.time_s = static_cast<double>(*whole) +
                             static_cast<double>(fraction) / static_cast<double>(parts);
            return true;
        }
    }
    // dates of dmesg -T, -e and console servers hold a clock time; weekday names may be localised
    if (inside.size() > 40 || inside.size() < 8) return false;
    for (std::size_t i = 0; i + 5 <= inside.size(); ++i) {
        if (!is_digit(inside[i]) || !is_digit(inside[i + 1]) || inside[i + 2] != ':') continue;
        auto clock = inside.substr(i);
        if (auto seconds = eat_clock(clock)) {
            out.clock_s = seconds;
            return true;
        }
        return i > 0 && is_digit(inside[i + 3]) && is_digit(inside[i + 4]) && is_month(rest);
    }
    return false;
}

// "kern.warn" is a facility and a level.
bool is_host_name(std::string_view word) {
    if (word.empty() || word.size() > 253 || word.starts_with("kern.")) return false;
    return std::all_of(word.begin(), word.end(), [](char c) {
        return is_digit(c) || is_alpha(c) || c == '-' || c == '.' || c == '_' || c == ':';
    });
}

// Behind a syslog stamp: "host kernel: ", "host systemd[1]: ", "kern.warn kernel: ". Takes what it
// can prove; a program other than the kernel makes the line foreign.
void take_syslog_head(std::string_view& text, Stripped& out) {
    auto rest = text;
    std::string_view first;
    for (int words = 0; words < 4; ++words) {
        eat_blanks(rest);
        auto word = eat_token(rest);
        if (word.empty()) return;
        if (word == "kernel:" || word == "[kernel]" || word == "kernel[0]:") {
            if (is_host_name(first)) out.host = first;
            if (!rest.empty()) rest.remove_prefix(1);
            text = rest;
            return;
        }
        if (word.starts_with("kernel:[")) {  // no blank between tag and stamp
            text = std::string_view(word.data() + 7,
                                    static_cast<std::size_t>(text.end() - word.data()) - 7);
            if (is_host_name(first)) out.host = first;
            return;
        }
        if (words == 0) first = word;
        if (word.ends_with("]:") && contains(word, "[") && !word.starts_with("[")) {
            out.foreign = true;
            text = rest;
            return;
        }
        if (word.starts_with("[") || word.ends_with(":")) return;
    }
}

bool strip_once(std::string_view& text, Stripped& out) {
    auto rest = text;
    eat_blanks(rest);
    if (rest.empty()) return false;
    char c = rest.front();
    if (c == '>' && rest.size() > 1 && (rest[1] == ' ' || rest[1] == '>' || rest[1] == '[')) {
        rest.remove_prefix(1);
        if (rest.front() == ' ') rest.remove_prefix(1);
        text = rest;
        return true;
    }
    if (c == '<') {  // "<4>", "<30>"
        auto tail = rest.substr(1);
        auto priority = eat_number(tail);
        if (!priority || *priority > 191 || !eat(tail, ">")) return false;
        text = tail;
        out.prefixed = true;
        return true;
    }
    if (c == '[') {
        auto close = rest.find(']');
        if (close == std::string_view::npos || close > 48) return false;
        if (!take_bracket(rest.substr(1, close - 1), out)) return false;
        rest.remove_prefix(close + 1);
        if (eat(rest, ":")) {
        }
        // one blank belongs to the prefix; more are the message's indentation
        auto tail = rest;
        eat_blanks(tail);
        if (!rest.empty() && rest.front() == ' ' && !tail.starts_with("[")) rest.remove_prefix(1);
        text = rest;
        out.prefixed = true;
        return true;
    }
    if (is_digit(c)) {
        auto tail = rest;
        if (auto clock = eat_iso_stamp(tail, out.unix_s)) {
            out.clock_s = clock;
        } else if (auto local = eat_local_stamp(tail)) {
            out.clock_s = local;
        } else if (auto bare = eat_clock(tail)) {
            out.clock_s = bare;
        } else {  // the leading "[" lost: "95480.028498] BUG"
            auto close = rest.find(']');
            if (close != std::string_view::npos && close < 20 && close + 1 < rest.size() &&
                contains(rest.substr(0, close), ".") && rest[close + 1] == ' ' &&
                take_bracket(rest.substr(0, close), out)) {
                text = rest.substr(close + 2);
                out.prefixed = true;
                return true;
            }
            return false;
        }
        out.prefixed = true;
        if (!tail.empty() && is_blank(tail.front())) tail.remove_prefix(1);
        take_syslog_head(tail, out);
        text = tail;
        return true;
    }
    if (c == 'k' && (eat(rest, "kernel: ") || rest.starts_with("kernel:["))) {
        eat(rest, "kernel:");
        text = rest;
        out.prefixed = true;
        return true;
    }
    if (c == 'k' && rest.starts_with("kern  :")) {  // dmesg -x: "kern  :warn  : "
        auto colon = rest.find(':', 7);
        if (colon == std::string_view::npos || colon > 16) return false;
        rest.remove_prefix(colon + 1);
        if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        text = rest;
        out.prefixed = true;
        return true;
    }
    if ((is_alpha(c) || (c & 0x80)) && has_clock_near_start(rest)) {
        auto tail = rest;
        auto clock = eat_syslog_stamp(tail);
        if (!clock) clock = eat_local_stamp(tail);
        if (!clock) return false;
        out.clock_s = clock;
        out.prefixed = true;
        if (!tail.empty() && is_blank(tail.front())) tail.remove_prefix(1);
        take_syslog_head(tail, out);
        text = tail;
        return true;
    }
    return false;
}

}  // namespace

Stripped strip_prefix(std::string_view line) {
    Stripped out;
    out.text = line;
    for (int round = 0; round < 8 && !out.foreign; ++round)
        if (!strip_once(out.text, out)) break;
    // "host kernel: text" without any stamp before it
    if (!out.prefixed) {
        auto rest = out.text;
        auto word = eat_token(rest);
        if (!word.empty() && word.size() < 64 && eat(rest, " kernel: ")) {
            out.text = rest;
            out.prefixed = true;
            if (is_host_name(word)) out.host = word;
            for (int round = 0; round < 3; ++round)
                if (!strip_once(out.text, out)) break;
        }
    }
    return out;
}

std::size_t find_stamp(std::string_view line, std::size_t from) {
    for (auto at = line.find('[', from); at != std::string_view::npos;
         at = line.find('[', at + 1)) {
        auto rest = line.substr(at + 1);
        eat_blanks(rest);
        if (rest.size() < 9 || !is_digit(rest[0]) || !eat_number(rest) || !eat(rest, ".")) continue;
        std::size_t digits = 0;
        while (digits < rest.size() && is_digit(rest[digits])) ++digits;
        if (digits == 6 && digits < rest.size() && rest[digits] == ']') return at;
    }
    return std::string_view::npos;
}

}  // namespace nfstriage::log
