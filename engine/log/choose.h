// Which of a log's reports the outage is blamed on, who panicked, and what went wrong first.
#pragma once

#include "log/event.h"

namespace nfstriage::log {

// Fills `crash`, `panic`, `first_error`, `arch` and `release` from the events.
void choose(ConsoleLog& log);

}  // namespace nfstriage::log
