// What `nfstriage log` shows: the kernel's messages as dmesg prints them, from the printk ring of a
// dump or from a console log, and the reports that were recognised in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"
#include "facts/look_address.h"
#include "log/event.h"

namespace nfstriage::facts {

struct LogLine {
    unsigned number = 0;                    // from 1, in the whole log
    std::optional<std::uint64_t> sequence;  // of its record; a record may have several lines
    std::optional<std::uint64_t> time_ns;   // since boot
    std::optional<std::uint8_t> level, facility;
    std::string caller;  // "T123", "C1"; "" where the kernel does not keep it
    std::string text;
};

// Records that are missing in front of a line.
struct LogGap {
    std::size_t before = 0;  // index into LogAnswer::lines; its size: at the end
    std::optional<std::uint64_t> from_ns, to_ns;
};

struct LogQuestion {
    std::optional<double> since_s, until_s;  // since boot; lines without a time count with the
                                             // one in front of them
    std::optional<std::size_t> tail;         // only the last lines of what is left
    std::optional<std::uint8_t> most_level;  // 3: errors and worse; lines without level are kept
    bool events = false;                     // reports instead of lines
};

struct LogAnswer {
    Opened opened;
    std::vector<LogLine> lines;  // those asked for
    std::vector<LogGap> gaps;
    std::size_t total = 0;    // lines of the whole log
    bool complete = true;     // of the whole log
    std::string why;          // when not
    log::ConsoleLog reports;  // where events were asked for: read from the whole log
};

// Errors: the dump has no log that could be read.
Result<LogAnswer> log_of_dump(const dump::Dump& dump, const LogQuestion& question,
                              const std::string& input);
// Errors: the text cannot be read.
Result<LogAnswer> log_of_text(log::Text& text, const LogQuestion& question);

// "err" for 3, as dmesg names levels.
std::string_view level_name(std::uint8_t level);
// "kern" for 0.
std::string_view facility_name(std::uint8_t facility);

}  // namespace nfstriage::facts
