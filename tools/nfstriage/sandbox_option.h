// --sandbox, as all subcommands have it that read crashes.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "process/sandbox.h"

namespace nfstriage::command {

void add_sandbox_option(CLI::App& app, std::string& value);

// Of a value that the option took.
Sandbox sandbox_of(const std::string& value);

// Tells what the sandbox lacks here: as errors if it has to be whole, else to who asks for details
// ($SPDLOG_LEVEL). Whether to go on.
bool tell_missing(Sandbox sandbox);

}  // namespace nfstriage::command
