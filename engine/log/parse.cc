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
#include <deque>

#include "log/choose.h"
#include "log/decode.h"
#include "log/event.h"
#include "log/lines.h"
#include "log/notice.h"
#include "log/prefix.h"
#include "log/report.h"
#include "log/scan.h"
#include "log/skim.h"

namespace nfstriage::log {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{8} << 20, kMaxNotices = 10'000;
constexpr std::size_t kMaxDecoded = std::size_t{64} << 20;  // of a text that is decoded as a whole
constexpr std::size_t kHead = std::size_t{256} << 10;       // by which a text's form is known

std::string_view without_returns(std::string_view line) {
    while (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

class Reader {
public:
    explicit Reader(ConsoleLog& out) : out_(out), reports_(out) { out_.kept = kept_; }

    // Whole lines in the text's order, the first of them `number`. The number behind the last.
    unsigned take_lines(std::string_view lines, unsigned number) {
        std::size_t word = next_word(lines, 0);  // npos is behind every line
        return each_line(lines, number, [&](std::string_view line, unsigned at) {
            auto end = static_cast<std::size_t>(line.data() - lines.data()) + line.size();
            bool speaks = word < end;
            take(line, at, speaks);
            if (speaks) word = next_word(lines, end);
        });
    }

    // `speaks`: a word of skim.h stands in it.
    void take(std::string_view raw, unsigned number, bool speaks) {
        raw = raw.substr(0, kMaxLineBytes);
        if (number == 1) eat(raw, "\xef\xbb\xbf");  // UTF-8's mark
        auto line = speaks ? clean_line(raw, storage_) : without_returns(raw);
        for (int parts = 0; parts < 64; ++parts) {  // several records on one line
            auto next = find_stamp(line, 1);
            // "[  1.5] [  1.5] text" and "Jan 1 host kernel: [ 1.5] text" are prefixes, not records
            bool record = next != std::string_view::npos && !only_prefix(line.substr(0, next));
            if (!record) break;
            one(line.substr(0, next), number, speaks);
            line = line.substr(next);
        }
        one(line, number, speaks);
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

    void one(std::string_view raw, unsigned number, bool speaks) {
        auto stripped = strip_prefix(raw);
        if (!stripped.host.empty()) see_host(stripped.host);
        if (stripped.foreign) {
            keep(stripped, number, false);
            return;
        }
        InputLine line{stripped.text,   number,            stripped.time_s,
                       stripped.caller, stripped.prefixed, speaks};
        bool in_report = reports_.feed(line);
        if (speaks && out_.notices.size() < kMaxNotices)
            if (auto notice = match_notice(stripped.text)) {
                notice->log_line = number;
                notice->time_s = stripped.time_s;
                out_.notices.push_back(std::move(*notice));
            }
        keep(stripped, number, in_report);
    }

    void keep(const Stripped& line, unsigned number, bool in_report) {
        auto cost = line.text.size() + sizeof(Line);
        if (kept_bytes_ + cost > kMaxTextBytes * (in_report ? 2 : 1)) {
            out_.text_complete = false;
            return;
        }
        kept_bytes_ += cost;
        out_.text.push_back({kept_->keep(line.text), number, line.time_s});
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
    std::shared_ptr<KeptText> kept_ = std::make_shared<KeptText>();
    std::size_t kept_bytes_ = 0;
};

// Lines a few places from home: each goes ahead of at most 16 that are up to 5 s later.
class Sorter {
public:
    explicit Sorter(Reader& reader) : reader_(reader) {}

    void take(std::string_view line, unsigned number) {
        line = line.substr(0, kMaxLineBytes);
        bool speaks = next_word(line, 0) != std::string_view::npos;
        auto stamp = strip_prefix(clean_line(line.substr(0, 512), scratch_)).time_s;
        last_ = stamp.value_or(last_);
        auto place = waiting_.end();
        while (place != waiting_.begin() && last_ < std::prev(place)->time &&
               std::prev(place)->time - last_ < 5)
            --place;
        waiting_.insert(place, {std::string(line), number, last_, speaks});
        if (waiting_.size() > kMostAhead) pass();
    }

    void finish() {
        while (!waiting_.empty()) pass();
    }

private:
    static constexpr std::size_t kMostAhead = 16;
    struct Waiting {
        std::string line;
        unsigned number;
        double time;
        bool speaks;
    };

    void pass() {
        const Waiting& first = waiting_.front();
        reader_.take(first.line, first.number, first.speaks);
        waiting_.pop_front();
    }

    Reader& reader_;
    std::string scratch_;
    double last_ = 0;
    std::deque<Waiting> waiting_;
};

enum class Order { normal, reversed, shuffled };

// How the stamps of the first lines run.
Order order_of(std::string_view head) {
    std::size_t rising = 0, falling = 0, lines = 0;
    std::optional<double> last_time, last_clock;
    std::string storage;
    each_line(head, 1, [&](std::string_view raw, unsigned) {
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

Result<unsigned> read_in_order(Text& text, Order order, Reader& reader) {
    if (order == Order::normal)
        return each_block(text, [&](std::string_view lines, unsigned number) {
            return reader.take_lines(lines, number);
        });
    if (order == Order::shuffled) {
        Sorter sorter(reader);
        auto lines = each_block(text, [&](std::string_view block, unsigned first) {
            return each_line(block, first, [&](std::string_view line, unsigned number) {
                sorter.take(line, number);
            });
        });
        sorter.finish();
        return lines;
    }
    auto lines = count_lines(text);
    if (!lines) return lines;
    std::vector<std::pair<std::string_view, unsigned>> turned;
    auto done = each_block_reversed(text, *lines, [&](std::string_view block, unsigned first) {
        turned.clear();
        each_line(block, first, [&](std::string_view line, unsigned number) {
            turned.emplace_back(line, number);
        });
        for (auto line = turned.rbegin(); line != turned.rend(); ++line)
            reader.take(line->first, line->second,
                        next_word(line->first, 0) != std::string_view::npos);
    });
    if (!done) return tl::unexpected<Error>(done.error());
    return lines;
}

// The time of day and date that the line names, as seconds since 1970.
Result<std::optional<double>> unix_of_line(Text& text, unsigned wanted) {
    std::optional<double> found;
    std::string storage;
    auto done = each_block(text, [&](std::string_view lines, unsigned first) {
        return each_line(lines, first, [&](std::string_view line, unsigned number) {
            if (number == wanted)
                found = strip_prefix(clean_line(line.substr(0, 512), storage)).unix_s;
        });
    });
    if (!done) return tl::unexpected<Error>(done.error());
    return found;
}

Result<ConsoleLog> parse_decoded(Text& text) {
    ConsoleLog log;
    auto head = text.at(0, kHead);
    if (!head) return tl::unexpected<Error>(head.error());
    Order order = order_of(*head);
    log.reversed = order == Order::reversed;
    Reader reader(log);
    auto lines = read_in_order(text, order, reader);
    if (!lines) return tl::unexpected<Error>(lines.error());
    reader.finish();
    log.lines = *lines;
    log.bytes = text.size();
    choose(log);
    if (!log.crash) return log;
    auto time = unix_of_line(text, log.events[*log.crash].first_line);
    if (!time) return tl::unexpected<Error>(time.error());
    log.crash_unix_s = *time;
    return log;
}

}  // namespace

Result<ConsoleLog> parse(Text& text) {
    auto head = text.at(0, kHead);
    if (!head) return tl::unexpected<Error>(head.error());
    if (!is_encoded(*head)) return parse_decoded(text);
    auto encoded = whole(text, kMaxDecoded);
    if (!encoded) return tl::unexpected<Error>(encoded.error());
    TextInMemory decoded(decode_text(*encoded));
    auto log = parse_decoded(decoded);
    if (log && text.size() > kMaxDecoded) log->text_complete = false;
    return log;
}

ConsoleLog parse(std::string_view text) {
    TextView view(text);
    return parse(view).value_or(ConsoleLog());  // what is in memory can be read
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
