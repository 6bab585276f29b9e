// From the text of a log to its events. One pass over the lines: decoding, prefixes, notices,
// reports. What is read:
//   printk    "[   12.345678] text", "[   12.345678][ T149] text", "[   12.345678][    C3] text"
//   dmesg     -T "[Mon Jan  6 16:01:26 2025] text", -e "[  +0.005894] text", -x "kern  :warn  :
//   ..." syslog    "Jan 26 16:01:26 host kernel: [12.3] text", ISO dates, metalog, the journal
//   (also JSON) consoles  "<4>" priorities, console server stamps, CR, ^M, ANSI colours, several
//   records on a line mail      "> " quoting, wrapped lines, quoted-printable, HTML escapes,
//   indentation
// and exports that list the newest line first, or lines slightly out of order.
#include <algorithm>
#include <cstring>

#include "log/choose.h"
#include "log/decode.h"
#include "log/event.h"
#include "log/notice.h"
#include "log/prefix.h"
#include "log/report.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

constexpr std::size_t kMaxInput = std::size_t{256} << 20, kMaxLineBytes = 16 * 1024;
constexpr std::size_t kMaxTextBytes = std::size_t{8} << 20, kMaxNotices = 10'000;

class Reader {
public:
    explicit Reader(ConsoleLog& out) : out_(out), reports_(out) {}

    void take(std::string_view raw, unsigned number) {
        auto line = clean_line(raw.substr(0, kMaxLineBytes), storage_);
        for (int parts = 0; parts < 64; ++parts) {  // several records on one line
            auto next = find_stamp(line, 1);
            // "[  1.5] [  1.5] text" and "Jan 1 host kernel: [ 1.5] text" are prefixes, not records
            bool record = next != std::string_view::npos && !only_prefix(line.substr(0, next));
            if (!record) break;
            one(line.substr(0, next), number);
            line = line.substr(next);
        }
        one(line, number);
    }

    void finish() { reports_.finish(); }

private:
    static bool only_prefix(std::string_view head) {
        auto stripped = strip_prefix(head);
        auto rest = trim_right(stripped.text);
        eat_blanks(rest);
        if (rest.empty()) return true;
        return !stripped.prefixed && rest.size() < 40 &&
               rest.find_first_of("([<") == std::string_view::npos &&
               (rest.ends_with(":") || rest.ends_with(">") || rest.ends_with("|"));
    }

    void one(std::string_view raw, unsigned number) {
        auto stripped = strip_prefix(raw);
        if (!stripped.host.empty()) see_host(stripped.host);
        if (stripped.foreign) {
            keep(stripped, number, false);
            return;
        }
        InputLine line{stripped.text, number, stripped.time_s, stripped.caller, stripped.prefixed};
        bool in_report = reports_.feed(line);
        if (out_.notices.size() < kMaxNotices)
            if (auto notice = match_notice(stripped.text)) {
                notice->log_line = number;
                notice->time_s = stripped.time_s;
                out_.notices.push_back(std::move(*notice));
            }
        keep(stripped, number, in_report);
    }

    void keep(const Stripped& line, unsigned number, bool in_report) {
        auto cost = line.text.size() + sizeof(Line);
        if (kept_ + cost > kMaxTextBytes * (in_report ? 2 : 1)) {
            out_.text_complete = false;
            return;
        }
        kept_ += cost;
        out_.text.push_back({std::string(line.text), number, line.time_s});
    }

    void see_host(std::string_view host) {
        if (hosts_differ_ || (out_.host && *out_.host == host)) return;
        hosts_differ_ = out_.host.has_value();
        out_.host = hosts_differ_ ? std::nullopt : std::optional<std::string>(host);
    }

    ConsoleLog& out_;
    Reports reports_;
    bool hosts_differ_ = false;
    std::string storage_;
    std::size_t kept_ = 0;
};

// Calls `take(line, number)` for every line.
template <class Take>
void each_line(std::string_view text, Take take) {
    unsigned number = 0;
    while (!text.empty()) {
        const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
        auto size = end ? static_cast<std::size_t>(end - text.data()) : text.size();
        take(text.substr(0, size), ++number);
        text.remove_prefix(end ? size + 1 : size);
    }
}

enum class Order { normal, reversed, shuffled };

// How the stamps of the first lines run.
Order order_of(std::string_view text) {
    std::size_t rising = 0, falling = 0, lines = 0;
    std::optional<double> last_time, last_clock;
    std::string storage;
    each_line(text.substr(0, 256 * 1024), [&](std::string_view raw, unsigned) {
        if (++lines > 2000) return;
        auto stripped = strip_prefix(clean_line(raw.substr(0, 512), storage));
        auto compare = [&](std::optional<double>& last, std::optional<double> now) {
            if (!now) return;
            if (last && *now > *last) ++rising;
            if (last && *now < *last) ++falling;
            last = now;
        };
        if (stripped.time_s)
            compare(last_time, stripped.time_s);
        else if (!last_time)
            compare(last_clock, stripped.clock_s);
    });
    auto changes = rising + falling;
    if (changes < 4) return Order::normal;
    if (falling * 5 > changes * 4) return Order::reversed;
    if (falling * 8 > changes && last_time) return Order::shuffled;
    return Order::normal;
}

std::optional<double> unix_of_line(std::string_view text, unsigned wanted) {
    std::optional<double> found;
    std::string storage;
    each_line(text, [&](std::string_view line, unsigned number) {
        if (number == wanted) found = strip_prefix(clean_line(line.substr(0, 512), storage)).unix_s;
    });
    return found;
}

}  // namespace

ConsoleLog parse(std::string_view input) {
    ConsoleLog log;
    std::string storage;
    auto text = decode_text(input.substr(0, kMaxInput), storage);
    Reader reader(log);
    auto order = order_of(text);
    if (order == Order::normal) {
        each_line(text, [&](std::string_view line, unsigned number) {
            reader.take(line, number);
            log.lines = number;
        });
    } else {
        struct Place {
            std::size_t offset, size;
            unsigned number;
            double time;
        };
        std::vector<Place> places;
        std::string scratch;
        double last = 0;
        each_line(text, [&](std::string_view line, unsigned number) {
            auto offset = static_cast<std::size_t>(line.data() - text.data());
            auto stamp = order == Order::shuffled
                             ? strip_prefix(clean_line(line.substr(0, 512), scratch)).time_s
                             : std::nullopt;
            last = stamp.value_or(last);
            places.push_back({offset, line.size(), number, last});
            log.lines = number;
        });
        log.reversed = order == Order::reversed;
        if (log.reversed)
            std::reverse(places.begin(), places.end());
        else  // lines a few places from home: order within a small window only
            for (std::size_t i = 1; i < places.size(); ++i)
                for (auto j = i; j > 0 && i - j < 16 && places[j].time < places[j - 1].time &&
                                 places[j - 1].time - places[j].time < 5;
                     --j)
                    std::swap(places[j], places[j - 1]);
        for (const auto& place : places)
            reader.take(text.substr(place.offset, place.size), place.number);
    }
    reader.finish();
    choose(log);
    if (log.crash) log.crash_unix_s = unix_of_line(text, log.events[*log.crash].first_line);
    return log;
}

std::vector<const Line*> find_lines(const ConsoleLog& log, std::string_view needle,
                                    std::size_t limit) {
    std::vector<const Line*> found;
    for (const auto& line : log.text) {
        if (found.size() >= limit) break;
        if (line.text.find(needle) != std::string::npos) found.push_back(&line);
    }
    return found;
}

}  // namespace nfstriage::log
