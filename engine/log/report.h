// Puts the lines of a log together into reports: undoes mail wrapping, follows each printk caller's
// own sequence of lines, merges the several headlines of one report, and splits where the next one
// begins.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"
#include "log/headline.h"
#include "log/prefix.h"

namespace nfstriage::log {

// A line on its way into a report.
struct InputLine {
    std::string_view text;  // without prefixes
    unsigned number = 0;
    std::optional<double> time_s;
    Caller caller;
    bool prefixed = false;
    bool speaks = true;  // false: no headline, and nothing that stands only inside of reports
};

class Reports {
public:
    explicit Reports(ConsoleLog& out);
    ~Reports();
    Reports(const Reports&) = delete;
    Reports& operator=(const Reports&) = delete;

    // Takes the next line; true while it belongs to an open report.
    bool feed(const InputLine& line);
    void finish();

private:
    struct Report;
    struct Logical {  // a line with its wrapped continuation
        std::string text;
        unsigned number = 0, last_number = 0;
        std::optional<double> time_s;
        bool prefixed = false;
        std::optional<Headline> headline;
    };
    struct Stream {  // the lines of one caller
        Caller caller;
        std::optional<Logical> pending;
        std::unique_ptr<Report> report, nested;
        std::string held;  // the last line that was no part of a report, if it had a prefix
        unsigned held_number = 0;
        Caller held_caller;
        std::optional<double> held_time_s;
        std::uint64_t used = 0;
    };

    Stream& stream_of(const InputLine& line, bool opens);
    void process(Stream& stream);
    void headline(Stream& stream, const Logical& line);
    void body(Stream& stream, const Logical& line);
    void open(Stream& stream, const Logical& line, Headline headline);
    void open_nested(Stream& stream, const Logical& line, std::string title);
    void close(Stream& stream);
    void close_nested(Stream& stream);
    void note_boot(const InputLine& line);
    void close_orphans();
    Event* stall_for(const Report& nested);

    ConsoleLog& out_;
    std::vector<std::unique_ptr<Stream>> streams_;
    Stream idle_;  // lines of callers that have no report
    Stream* last_ = nullptr;
    std::uint64_t clock_ = 0;
    unsigned boot_ = 0;
    std::optional<double> newest_s_;
};

}  // namespace nfstriage::log
