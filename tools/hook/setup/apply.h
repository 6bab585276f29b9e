// Does what a plan says. Every file changes in one move and is on the disk when its step is done,
// so a power cut leaves the old file or the new one. A step that fails ends it: the steps before it
// stay.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan.h"
#include "root.h"

namespace nfstriage::setup {

// The step in words, with the lines of a file that go ("-") and come ("+").
std::string describe(const Step& step, const Root& root);

// Called before each step.
using Announce = std::function<void(const Step&)>;

// Runs a command and waits for it; its output goes where ours does. Errors: it cannot be run or
// fails.
Result<void> run_command(const std::vector<std::string>& words);

// What a command writes to its standard output, at most `most` bytes of it; what it says to
// standard error is dropped. Errors as above.
Result<std::string> output_of(const std::vector<std::string>& words, std::size_t most);

// Commands run only where `root` is the running host. Errors: what the step needed and did not get.
Result<void> apply(const Plan& plan, const Root& root, const Announce& announce);

}  // namespace nfstriage::setup
