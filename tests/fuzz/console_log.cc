// A console log in whatever format: reading is the same every time, and every number in what was
// read points into it.
#include "input.h"
#include "log/event.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

void check_line(unsigned line, const log::ConsoleLog& log) {
    require(line <= log.lines, "a line number is one of the log's");
}

void check_event(const log::Event& event, const log::ConsoleLog& log) {
    check_line(event.first_line, log);
    check_line(event.last_line, log);
    require(event.blamed <= event.frames.size(), "the blamed frame is one of the stack");
    for (const Frame& frame : event.frames) {
        require(frame.trust >= Trust::log, "a printed frame is trusted as printed");
        (void)without_suffix(frame.function);
        if (frame.log_line) check_line(*frame.log_line, log);
    }
    for (const log::SubStack& stack : event.other_stacks) check_line(stack.log_line, log);
    if (event.code) require(event.code->fault <= event.code->bytes.size(), "the mark is on a byte");
    require(event.complete == event.corrupted.empty(), "why a report is not complete is said");
}

std::string shown(const log::ConsoleLog& log) {
    std::string text = std::to_string(log.lines) + "\n";
    for (const log::Event& event : log.events)
        text += std::string(to_string(event.kind)) + event.message +
                std::to_string(event.frames.size()) + event.corrupted + "\n";
    for (const log::Notice& notice : log.notices) text += notice.text + "\n";
    for (auto index : {log.crash, log.panic, log.first_error})
        text += index ? std::to_string(*index) + " " : "- ";
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto log = log::parse(text);
    for (const log::Event& event : log.events) check_event(event, log);
    for (const log::Notice& notice : log.notices) check_line(notice.log_line, log);
    for (const log::Line& line : log.text) check_line(line.number, log);
    for (auto index : {log.crash, log.panic, log.first_error})
        require(!index || *index < log.events.size(), "who is blamed is one of the events");
    require(log.events.empty() || log.crash.has_value() || !log.panic.has_value(),
            "a log with a panic has a crash");
    require(log::find_lines(log, "a", 10).size() <= 10, "as many lines as asked for");
    if (size < 4096) require(shown(log) == shown(log::parse(text)), "reading again gives the same");
    return 0;
}
