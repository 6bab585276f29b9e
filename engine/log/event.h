// What a console log says, as values: one Event per kernel report (oops, BUG, WARNING, lockup,
// stall, hung task, panic, ...). Absent fields were not printed or could not be read with
// certainty. The formats come from the kernel's own print code: lib/dump_stack.c,
// arch/*/kernel/{traps,process, dumpstack}.c, kernel/{panic,watchdog,hung_task}.c,
// kernel/rcu/tree_stall.h, mm/kasan/report.c.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "base/crash_kind.h"
#include "base/frame.h"
#include "base/registers.h"
#include "base/result.h"
#include "log/kept_text.h"
#include "log/text.h"

namespace nfstriage::log {

// The bytes around the faulting instruction; `<48>` and `(f9400c00)` mark the fault itself.
struct CodeBytes {
    std::vector<std::uint8_t> bytes;  // in memory order (arm64 words are little endian)
    std::size_t fault = 0;            // index of the marked byte; bytes.size() if none was marked
    unsigned log_line = 0;
};

// A further stack inside one report: "Allocated by task 12:", "Freed by task 0:", "NMI backtrace
// for cpu 3". What was printed of its context stands beside it.
struct SubStack {
    std::string title;
    std::vector<Frame> frames;
    std::optional<unsigned> cpu;
    std::optional<std::int64_t> pid;
    std::optional<std::string> comm;
    std::optional<Frame> top;  // the interrupted instruction
    unsigned log_line = 0;
};

struct Event {
    CrashKind kind = CrashKind::none;
    std::string message;                     // the headline, as printed
    unsigned first_line = 0, last_line = 0;  // 1-based, inclusive
    std::optional<double> time_s;            // printk time stamp in seconds since boot

    std::optional<unsigned> cpu;
    std::optional<std::int64_t> pid;
    std::optional<std::string> comm;
    std::optional<std::string> release;  // uname -r; printed here or by another report of the boot
    std::optional<std::string> version;  // "#1 SMP ..." as far as printed
    std::optional<std::string> taint;    // "G           OE"
    std::optional<Arch> arch;
    std::optional<std::string> hardware, workqueue;

    // The instruction to blame: RIP/pc/NIP/epc, for KASAN the function in the BUG line, for hung
    // tasks the first frame that is not the scheduler. An address without a symbol leaves it empty.
    std::optional<Frame> top;
    std::vector<Frame> frames;  // the report's stack, innermost first, `top` not repeated;
                                // "?" frames have trust guess, the others trust log
    // Index into `frames` of the first frame of the context to blame: behind dump_stack and the
    // sanitizer's own frames, behind exception entry, and behind the interrupt that sampled it.
    std::size_t blamed = 0;
    std::vector<SubStack> other_stacks;
    Registers registers;
    std::optional<CodeBytes> code;
    std::optional<std::uint64_t> fault_address;
    std::optional<std::string> access;  // "read", "write", "instruction fetch"
    std::vector<std::string> modules;   // "Modules linked in", without taint marks

    unsigned boot = 0;  // counts the kernel starts seen in the log before this report
    std::string file;   // "net/sunrpc/sched.c:279" of WARNING, BUG and UBSAN reports
    bool fatal =
        false;  // the kernel died of it, or said it would (oops counter, panic, fatal exc.)
    bool complete = true;   // false: the report breaks off or starts in the middle
    std::string corrupted;  // why it is not complete
};

// A line that is no report but says something about NFS: "nfs: server x not responding".
struct Notice {
    enum class Kind : std::uint8_t {
        server_not_responding,
        server_ok,
        lock_reclaim_failed,
        invalid_unlock,
        kdump_starting,
        kdump_bye,
        stopping_cpus_failed,
        cpus_stale,
        workqueue_lockup,
        other
    };
    Kind kind = Kind::other;
    std::string text;
    std::string subject;  // the server's name for server_*, how long for workqueue_lockup: "197s"
    unsigned log_line = 0;
    std::optional<double> time_s;
};

// A line of the log without its prefixes, for searches by rules.
struct Line {
    std::string_view text;  // lives as long as the log that it is of, or a copy of that
    unsigned number = 0;  // 1-based, in the input
    std::optional<double> time_s;
};

struct ConsoleLog {
    std::vector<Event> events;  // in order of time (a newest-first export is turned round)
    std::vector<Notice> notices;
    bool reversed = false;  // the input was newest first
    unsigned lines = 0;
    std::uint64_t bytes = 0;    // of the text that was read
    std::vector<Line> text;     // in order of time; the kernel's lines only where that is marked
    std::shared_ptr<const KeptText> kept;  // where the words of `text` are
    bool text_complete = true;  // false: beyond the memory limit only report lines were kept
    std::optional<Arch> arch;   // of the whole log, when its reports agree
    std::optional<std::string> release;
    // The host that syslog put before the kernel's lines, where all of them name the same.
    std::optional<std::string> host;
    // When `crash` was logged, as seconds since 1970: from a stamp that names its day and zone.
    std::optional<double> crash_unix_s;

    // Indices into `events`. `crash` is the report blamed for the outage (design: the fatal one,
    // but the blocked or stalled task for hung task and stall reports); `panic` is who called
    // panic() or was killed by the oops; `first_error` is the earliest WARN, BUG, refcount or
    // list-corruption report of the same boot ahead of `crash`.
    std::optional<std::size_t> crash, panic, first_error;
};

// Reads a whole console log in any of the formats logs are passed around in (see parse.cc). A text
// without a kernel report gives no events. Time is linear in the text's size; memory is not: at
// most 16 MiB of lines and 10,000 events are kept. Of UTF-16 and quoted-printable 64 MiB are read.
// Errors: the text cannot be read.
Result<ConsoleLog> parse(Text& text);

// The same of what is in memory; nothing of it is referred to afterwards.
ConsoleLog parse(std::string_view text);

// The lines of `log` that contain `needle`, at most `limit`.
std::vector<const Line*> find_lines(const ConsoleLog& log, std::string_view needle,
                                    std::size_t limit = 100);

}  // namespace nfstriage::log
