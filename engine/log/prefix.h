// What stands in front of a kernel message: printk's own stamp and caller, and what dmesg, syslog,
// the journal, console servers and mail put before it. Sources: print_prefix() in
// kernel/printk/printk.c, util-linux's dmesg, systemd's output modes, rsyslog, metalog.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfstriage::log {

// printk's caller: a task (T149) or a CPU in interrupt context (C15), CONFIG_PRINTK_CALLER; or the
// bare CPU number of openEuler's and Kylin's 4.19 ("[  2]"), between which a report may migrate.
struct Caller {
    char kind = 0;  // 'T', 'C' or 'N' (the bare number); 0: not printed
    std::uint64_t id = 0;
    bool operator==(const Caller&) const = default;
};

struct Stripped {
    std::string_view text;          // the message; leading blanks kept
    std::optional<double> time_s;   // printk's stamp, seconds since boot
    std::optional<double> clock_s;  // seconds within the day of any other stamp
    // The whole of such a stamp as seconds since 1970, where it names its day and its zone.
    std::optional<double> unix_s;
    std::string_view host;  // that syslog names before "kernel:"; empty: none
    Caller caller;
    bool prefixed = false;  // something was taken off: the start of a message, not a continuation
    bool foreign = false;   // a line of another program, or a shell prompt
};

Stripped strip_prefix(std::string_view line);

// Offset of the next "[ 1234.567890] " behind the start of `line`: where several records stand on
// one line. npos if there is none.
std::size_t find_stamp(std::string_view line, std::size_t from);

}  // namespace nfstriage::log
