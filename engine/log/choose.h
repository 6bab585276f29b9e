// Which of a log's reports the outage is blamed on, who panicked, and what went wrong first.
#pragma once

#include "log/event.h"

namespace nfstriage::log {

// Fills `crash`, `panic`, `first_error`, `arch` and `release` from the events.
void choose(ConsoleLog& log);

// Blames the report at this index of `events` and finds the first error ahead of it; nullopt: a
// report that the log lost, printed behind all that there are.
void blame(ConsoleLog& log, std::optional<std::size_t> crash);

}  // namespace nfstriage::log
