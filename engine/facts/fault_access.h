// The faulting access and the function pointer about to be called of a crash: Crash::fault and
// Crash::call_target, from a dump or from the "Code:" bytes and registers of a console report.
#pragma once

#include <optional>
#include <string>

#include "arguments/faulting_access.h"
#include "facts/scene.h"
#include "log/event.h"

namespace nfstriage::facts {

// Fills both for the crash of a dump's scene, whose stacks must stand. A crash that is no fault, or
// whose instruction is not known, keeps what its report printed.
void add_fault(Scene& scene, const arguments::AccessReaders& readers);

// From one report of a log, for the crash made of it. Without bytes nothing is added.
void add_fault(Crash& crash, const log::Event& event);

// "about to call call_transmit [sunrpc] through r15 (task->tk_action)"
std::string sentence(const CallTarget& target);

}  // namespace nfstriage::facts
