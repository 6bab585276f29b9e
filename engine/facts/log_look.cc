#include "facts/log_look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/printk.h"
#include "layout/dump_identity.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint32_t kCallerIsCpu = 0x80000000;
constexpr std::uint64_t kOpen = std::numeric_limits<std::uint64_t>::max();  // to the end

// include/linux/kern_levels.h and the facilities of syslog(3), as dmesg(1) names them.
constexpr std::array<std::string_view, 8> kLevels = {"emerg", "alert",  "crit", "err",
                                                     "warn",  "notice", "info", "debug"};
constexpr std::array<std::string_view, 12> kFacilities = {"kern", "user",   "mail",     "daemon",
                                                          "auth", "syslog", "lpr",      "news",
                                                          "uucp", "cron",   "authpriv", "ftp"};

std::string caller_text(std::uint32_t id) {
    if (id == 0) return {};
    if (id & kCallerIsCpu) return fmt::format("C{}", id & ~kCallerIsCpu);
    return fmt::format("T{}", id);
}

// Takes the lines of a log in turn and keeps those that were asked for.
class Chooser {
public:
    Chooser(const LogQuestion& question, LogAnswer& answer)
        : question_(question), answer_(answer) {}

    void line(LogLine line) {
        if (line.time_ns) last_ns_ = *line.time_ns;
        if (!is_wanted(line)) return;
        flush_gap();
        answer_.lines.push_back(std::move(line));
    }
    // Records are missing here.
    void gap(std::uint64_t from_ns, std::uint64_t to_ns) {
        flush_gap();
        if (to_ns != kOpen && is_before(to_ns)) return;
        if (question_.until_s && static_cast<double>(from_ns) / 1e9 > *question_.until_s) return;
        gap_ = LogGap{0, from_ns, to_ns == kOpen ? std::nullopt : std::optional(to_ns)};
    }
    void finish() {
        flush_gap();
        if (!question_.tail || answer_.lines.size() <= *question_.tail) return;
        const std::size_t cut = answer_.lines.size() - *question_.tail;
        answer_.lines.erase(answer_.lines.begin(),
                            answer_.lines.begin() + static_cast<std::ptrdiff_t>(cut));
        std::erase_if(answer_.gaps, [cut](const LogGap& gap) { return gap.before < cut; });
        for (LogGap& gap : answer_.gaps) gap.before -= cut;
    }

private:
    bool is_before(std::uint64_t ns) const {
        return question_.since_s && static_cast<double>(ns) / 1e9 < *question_.since_s;
    }
    bool is_wanted(const LogLine& line) const {
        if (question_.events) return false;
        if (question_.since_s && (!last_ns_ || is_before(*last_ns_))) return false;
        if (question_.until_s && last_ns_ &&
            static_cast<double>(*last_ns_) / 1e9 > *question_.until_s)
            return false;
        return !question_.most_level || !line.level || *line.level <= *question_.most_level;
    }
    void flush_gap() {
        if (!gap_) return;
        gap_->before = answer_.lines.size();
        answer_.gaps.push_back(*gap_);
        gap_.reset();
    }

    const LogQuestion& question_;
    LogAnswer& answer_;
    std::optional<std::uint64_t> last_ns_;
    std::optional<LogGap> gap_;
};

}  // namespace

std::string_view level_name(std::uint8_t level) {
    return level < kLevels.size() ? kLevels[level] : "";
}

std::string_view facility_name(std::uint8_t facility) {
    return facility < kFacilities.size() ? kFacilities[facility] : "local";
}

Result<LogAnswer> log_of_dump(const dump::Dump& dump, const LogQuestion& question,
                              const std::string& input) {
    auto read = kernel::read_printk(dump);
    if (!read)
        return error(input, std::nullopt,
                     "the kernel's log buffer was expected in the dump: " + to_string(read.error()),
                     "the console log of the crash has what was printed, if there is one");
    const kernel::PrintkLog& printk = *read;
    LogAnswer answer;
    answer.opened.input.is_dump = true;
    answer.opened.input.format = dump.format();
    answer.opened.input.complete = dump.complete();
    answer.opened.input.missing = dump.missing();
    layout::DumpIdentity identity = layout::identify(dump);
    answer.opened.kernel.release = std::move(identity.kernel.release);
    answer.opened.kernel.version = std::move(identity.kernel.version);
    answer.opened.kernel.arch = dump.arch();
    answer.opened.kernel.page_size = dump.page_size();
    answer.complete = printk.complete;
    answer.why = printk.why;
    if (question.events) answer.reports = log::parse(kernel::to_console_text(printk));

    Chooser chooser(question, answer);
    unsigned number = 0;
    auto gap = printk.gaps.begin();
    for (const kernel::PrintkRecord& record : printk.records) {
        for (; gap != printk.gaps.end() && gap->from_ns < record.time_ns; ++gap)
            chooser.gap(gap->from_ns, gap->to_ns);
        for (std::string_view text : split(record.text, '\n')) {
            LogLine line;
            line.number = ++number;
            line.sequence = record.sequence;
            line.time_ns = record.time_ns;
            line.level = record.level;
            line.facility = record.facility;
            line.caller = caller_text(record.caller_id);
            line.text = std::string(text);
            chooser.line(std::move(line));
        }
    }
    for (; gap != printk.gaps.end(); ++gap) chooser.gap(gap->from_ns, gap->to_ns);
    chooser.finish();
    answer.total = number;
    return answer;
}

Result<LogAnswer> log_of_text(log::Text& text, const LogQuestion& question) {
    LogAnswer answer;
    answer.opened.input.format = "console log";
    auto log = log::parse(text);
    if (!log) return tl::unexpected<Error>(log.error());
    log::ConsoleLog& parsed = *log;
    answer.opened.kernel.arch = parsed.arch;
    answer.opened.kernel.release = parsed.release;
    answer.complete = parsed.text_complete;
    if (!answer.complete) answer.why = "the log is too long: only lines of reports were kept";
    Chooser chooser(question, answer);
    for (const log::Line& each : parsed.text) {
        LogLine line;
        line.number = each.number;
        if (each.time_s && *each.time_s >= 0 && *each.time_s < 1e9)
            line.time_ns = static_cast<std::uint64_t>(std::llround(*each.time_s * 1e9));
        line.text = question.events ? std::string() : std::string(each.text);
        chooser.line(std::move(line));
    }
    chooser.finish();
    answer.total = parsed.lines;
    if (question.events) answer.reports = std::move(parsed);
    return answer;
}

}  // namespace nfstriage::facts
