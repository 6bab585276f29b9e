// How the panicking CPU came to panic, read from its stack: through which exception, lockup
// detector or deliberate trigger. It finds the context to blame behind panic() and tells the kind
// of the crash when the log has lost its report.
#pragma once

#include <optional>
#include <string>

#include "base/crash_kind.h"
#include "unwind/unwind.h"

namespace nfstriage::facts {

struct Entry {
    CrashKind kind = CrashKind::panic;  // none: the stack breaks off before it tells
    std::string text;                   // one sentence: "watchdog_timer_fn brought the kernel down"
    std::size_t frame = 0;  // index of the frame that decided; what is above it is panic's own
    // The detector may have panicked for another task or CPU than its own: what it interrupted is
    // to blame only if a report says so (khungtaskd, stalls of other CPUs).
    bool of_another = false;
    // The context that was interrupted or that faulted; absent when nothing was (sysrq, khungtaskd,
    // a plain call of panic()).
    std::optional<unwind::InterruptedContext> context;
};

// nullopt when no reliable frame is a way to panic.
std::optional<Entry> find_entry(const unwind::Result& panicking);

}  // namespace nfstriage::facts
