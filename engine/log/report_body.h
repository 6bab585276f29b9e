// One report while its lines arrive, and the reading of a body line into it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"
#include "log/headline.h"

namespace nfstriage::log {

// Reads what the headline itself says: CPU, task, function, address.
void read_headline(std::string_view text, Headline headline, Event& event,
                   std::vector<unsigned>& stalled_cpus);

// Parts that headlines and bodies share. "comm/123" (the last slash divides), the symbol behind
// `word` (" in nfs_foo+0x1/0x2 [nfs]"), and whether a text speaks of a read, write or fetch. Each
// fills only what is not known yet.
void set_once(std::optional<std::string>& to, std::string_view value);
void task_slash_pid(std::string_view text, Event& event);
std::optional<Frame> symbol_after(std::string_view text, std::string_view word);
void read_access(std::string_view text, Event& event);

struct ReportBody {
    Event event;
    Role opened_by = Role::subject;
    bool died = false;         // an oops line was seen
    bool faulted = false;      // a memory fault was described
    bool ended = false;        // "end trace" was seen
    bool log_ended = false;    // the log is over before anything closed the report
    bool task_closed = false;  // "</TASK>" was seen
    bool has_cpu_line = false;
    bool in_modules = false;   // the module list may go on
    bool in_user = false;      // what follows are user mode registers
    int sink = -1;             // where frames go: -1 event.frames, else an index of other_stacks
    unsigned quiet = 0;        // lines that said nothing, in a row
    bool x86_marks = false;    // <TASK>, <IRQ>: only x86 prints them
    bool arm64_marks = false;  // "Call trace:" with a small t: arm64 and sh
    bool wide = false;         // a 64-bit kernel address was printed
    bool task_only = false;    // a hung task's "task:" line was seen
    std::string nested_title;  // of a nested stack
    std::vector<unsigned> stalled_cpus;  // rcu stall: which CPUs it is about
    std::optional<std::int64_t> stalled_pid;

    bool has_body() const;
    // Takes one line; false if it says nothing to us.
    bool take(std::string_view text, unsigned number);

private:
    bool take_instruction(std::string_view text, unsigned number);
    bool take_context(std::string_view text, unsigned number);
    bool take_stack_title(std::string_view text, unsigned number);
    bool take_frame(std::string_view text, unsigned number);
    void set_top(Frame frame, unsigned number);
};

// Completes an event when its report is closed: kind from what was printed, the function to blame,
// where the blamed context starts.
void settle(ReportBody& report);

// True when the event's stack begins in dump_stack() and nothing else says what it is about.
bool printed_by_dump_stack(const Event& event);

}  // namespace nfstriage::log
