// From a parsed console log to a Scene: the crash, what came first, who panicked, the stacks and
// the kernel as the log prints them. The same function serves a log given as input and the printk
// ring of a dump, to which the dump then adds what memory tells.
#pragma once

#include <string>

#include "facts/scene.h"
#include "log/event.h"

namespace nfstriage::facts {

// Moves `log` and `text` into the scene. `complete` says that nothing is known to be missing; a
// text that does not reach back to the boot's banner is incomplete all the same. input.is_dump
// stays false; input.path and input.format are the caller's. Stacks: role panic first, then crash,
// then first_error, then every other report's.
Scene from_log(log::ConsoleLog log, bool complete);

// Fills crash, first_error, panic and stacks anew from what `scene.log` says of its reports.
void place_reports(Scene& scene);

}  // namespace nfstriage::facts
