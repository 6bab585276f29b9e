#include "log/wrapping.h"

#include <string>

#include "log/body.h"
#include "log/frame_line.h"
#include "log/headline.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

// Lines that never continue another one.
bool starts_record(std::string_view text) {
    eat_blanks(text);
    static constexpr std::string_view kStarts[] = {"CPU: ",
                                                   "RIP:",
                                                   "RSP:",
                                                   "RAX:",
                                                   "RDX:",
                                                   "RBP:",
                                                   "R10:",
                                                   "R13:",
                                                   "FS: ",
                                                   "CS: ",
                                                   "CR2:",
                                                   "DR0:",
                                                   "DR3:",
                                                   "PKRU:",
                                                   "Call Trace",
                                                   "Call trace",
                                                   "Code:",
                                                   "Modules linked in",
                                                   "Hardware name",
                                                   "Workqueue:",
                                                   "---[",
                                                   "------",
                                                   "=====",
                                                   "PGD ",
                                                   "Oops",
                                                   "#PF",
                                                   "<TASK>",
                                                   "</",
                                                   "<IRQ>",
                                                   "? ",
                                                   "pc :",
                                                   "lr :",
                                                   "sp :",
                                                   "pstate",
                                                   "Allocated by",
                                                   "Freed by",
                                                   "The buggy",
                                                   "Memory state",
                                                   "Read of size",
                                                   "Write of size",
                                                   "Mem abort",
                                                   "Data abort",
                                                   "Internal error",
                                                   "Process ",
                                                   "Kernel panic",
                                                   "Kernel Offset",
                                                   "task:",
                                                   "NIP",
                                                   "REGS:",
                                                   "MSR:",
                                                   "LR ",
                                                   "GPR",
                                                   "Krnl",
                                                   "epc ",
                                                   "\"echo 0 >",
                                                   "Tainted:",
                                                   "Not tainted",
                                                   "IP:",
                                                   "IP is at",
                                                   "Pid:",
                                                   "Supported:",
                                                   "Stack:",
                                                   "last sysfs file",
                                                   "Krnl",
                                                   "BadVA",
                                                   "Status:",
                                                   "Cause :",
                                                   "Exception ",
                                                   "Backtrace:",
                                                   "Exception stack",
                                                   "PC is at",
                                                   "LR is at",
                                                   "EIP",
                                                   "EAX:",
                                                   "ESI:"};
    for (auto start : kStarts)
        if (text.starts_with(start)) return true;
    return false;
}

// True when `text` has a place for a symbol that is not there yet.
bool wants_symbol(std::string_view text) {
    text = trim_right(text);
    eat_blanks(text);
    if (text == "?" || text.empty()) return true;
    if (text.ends_with(" at:")) return true;  // a held lock, a place
    if (contains(text, "+0x")) return false;
    return text.starts_with("WARNING:") || text.starts_with("BUG: K") || text.starts_with("RIP:") ||
           text.starts_with("pc :") || text.starts_with("NIP [") || text.starts_with("epc :") ||
           text.starts_with("PC is at") || text.starts_with("EIP") ||
           ((contains(text, "Kernel BUG at") || text.starts_with("Krnl PSW")) &&
            !text.ends_with("!"));
}

}  // namespace

bool completes_headline(std::string_view first, std::string_view second) {
    first = trim_right(first);
    if (first.empty() || first.size() > 200 || match_headline(first)) return false;
    auto joined = std::string(first) + ' ' + std::string(second.substr(0, 200));
    auto whole = match_headline(joined), alone = match_headline(second);
    if (!whole) return false;
    // found anyway in the second line alone: then the first must be what it lacks
    return !alone || first == "invalid" || first == "general" || first == "kernel" ||
           first == "BUG:";
}

bool continues(std::string_view pending, bool pending_prefixed, std::string_view text) {
    auto next = text;
    eat_blanks(next);
    if (next.empty())
        return !trim_right(pending).empty() &&
               (task_line_incomplete(pending) || wants_symbol(pending));
    if (completes_headline(pending, next)) return true;
    if (contains(pending, "general protection fault") && !contains(pending, "[#"))
        return !starts_record(next);
    if (wants_symbol(pending)) return parse_frame(next) || !starts_record(next);
    if (task_line_incomplete(pending)) {
        bool taint = next.starts_with("Tainted:") || next.starts_with("Not tainted");
        return (taint && !contains(pending, "ainted")) ||
               (!starts_record(next) && !parse_frame(next));
    }
    if (starts_record(next) || match_headline(next)) return false;
    if (parse_frame(next)) return false;
    auto head = pending;
    eat_blanks(head);
    static constexpr std::string_view kLong[] = {"Modules linked in",
                                                 "Code:",
                                                 "Hardware name",
                                                 "Workqueue:",
                                                 "BUG:",
                                                 "WARNING:",
                                                 "INFO: task",
                                                 "task:",
                                                 "general protection",
                                                 "Tainted:",
                                                 "Not tainted",
                                                 "watchdog:",
                                                 "Unable to",
                                                 "FS:",
                                                 "RSP:",
                                                 "list_",
                                                 "CR2:",
                                                 "PGD "};
    for (auto start : kLong)
        if (head.starts_with(start)) return true;
    auto open = head.rfind('[');
    if (open != std::string_view::npos && head.find(']', open) == std::string_view::npos)
        return true;
    // a module or build id alone behind a frame
    if ((next[0] == '[' && parse_frame(head)) || (pending_prefixed && head.size() > 40))
        return true;
    return pending_prefixed && !head.empty() && !parse_frame(head);
}

}  // namespace nfstriage::log
