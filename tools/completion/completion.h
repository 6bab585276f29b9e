// Completion of a program's command line in bash and zsh, written from the options that the program
// itself parses, so that it never tells of others.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace nfstriage::completion {

// A script for the shell to load, for `program` with all its subcommands. The same text each time.
std::string for_bash(const CLI::App& program);
std::string for_zsh(const CLI::App& program);

}  // namespace nfstriage::completion
