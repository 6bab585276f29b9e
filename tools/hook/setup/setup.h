// nfstriage hook install|uninstall|status: puts the hook into the distribution's kdump and takes it
// out again.
#pragma once

#include <CLI/CLI.hpp>

namespace nfstriage::setup {

// Register the subcommands of `nfstriage hook`; `status` receives the exit status: 0 done, 1
// something is missing or a step failed, 2 the command line is wrong, 3 a configuration file is
// unreadable or somebody else's hook is in the way.
void add_install(CLI::App& hook, int& status);
void add_uninstall(CLI::App& hook, int& status);
void add_status(CLI::App& hook, int& status);

}  // namespace nfstriage::setup
