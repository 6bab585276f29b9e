// The first lines of the kernel's reports, as one table: what a line announces, and how it joins
// with the lines around it. All patterns are matched in one pass (RE2::Set) per line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/crash_kind.h"

namespace nfstriage::log {

enum class Role : std::uint8_t {
    subject,   // names what is wrong and opens a report: "BUG: ...", "Unable to handle ..."
    detail,    // says more inside an open report, or opens one: "WARNING: CPU: 1", "kernel BUG at"
    die,       // the oops line with its counter: "Oops: 0002 [#1]", "Internal error: ..."
    panic,     // "Kernel panic - not syncing: ..."
    cut,       // "------------[ cut here ]------------"
    end,       // "---[ end trace ..."
    nmi,       // "NMI backtrace for cpu 3": a stack inside a stall or lockup report
    other,     // a stack that is no report of a fault: allocation failures, sysrq-t
    boot,      // "Linux version ...": a kernel starts
    headless,  // no headline: the log starts inside a report ("RIP: 0010:...", "CPU: 1 PID: 2 ...")
};

struct Headline {
    Role role;
    CrashKind kind;
};

// The headline that `text` (a line without prefixes) is; of several the first of the table.
std::optional<Headline> match_headline(std::string_view text);

// The patterns that it is recognised by (RE2), in order of precedence.
std::vector<std::string_view> headline_patterns();

// RE2 alternatives, to be matched in whatever case: a line that is a headline has one in it.
std::string_view headline_words();

// True for a line that stands only inside of reports: where none is open, its start was lost.
bool starts_inside(std::string_view text);

// As headline_words(), of lines that stand only inside of reports.
std::string_view words_inside_reports();

}  // namespace nfstriage::log
