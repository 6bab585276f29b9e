// What a shell can offer for a command line: commands, their options and what may follow these.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace nfstriage::completion {

enum class Follows {
    nothing,  // a flag
    text,     // something that no shell knows
    choice,   // one of the option's choices
    file,
    folder
};

struct Option {
    std::vector<std::string> names;  // with dashes; empty for an argument without a name
    std::string help;                // one line
    Follows follows = Follows::nothing;
    std::vector<std::string> choices;
};

struct Command {
    std::string path;  // "nfstriage profile build"
    std::string help;  // one line
    std::vector<Option> options;
    std::vector<Option> arguments;  // those without a name
    std::vector<Command> commands;
};

Command command_line_of(const CLI::App& app, const std::string& above = "");

// The command and all below it, each before those below it.
std::vector<const Command*> all_of(const Command& command);

}  // namespace nfstriage::completion
