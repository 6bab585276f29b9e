// What the subcommands share: where the data are, whether somebody is watching, exit statuses.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace nfstriage::command {

// Exit statuses of every subcommand.
enum Exit : int {
    done = 0,          // a verdict was written for every input
    check_failed = 1,  // a check that was asked for failed
    usage = 2,         // the command line is wrong
    unreadable = 3     // at least one input could not be read
};

// Folders of rules and records that the user named; empty: what the program carries. As files they
// lie beside the program (PREFIX/share/nfstriage), for people to read and `rules` to check.
struct DataFolders {
    std::string rules, knowledge;
    void add_options(CLI::App& app);
    std::string rules_folder() const;
    std::string knowledge_folder() const;
};

// Register the subcommands; `status` receives the exit status.
void add_analyze(CLI::App& app, int& status);
void add_batch(CLI::App& app, int& status);
void add_completion(CLI::App& app, int& status);
void add_fixes(CLI::App& app, int& status);
void add_fleet(CLI::App& app, int& status);
void add_frames(CLI::App& app, int& status);
void add_hook(CLI::App& app, int& status);
void add_log(CLI::App& app, int& status);
void add_minidump(CLI::App& app, int& status);
void add_rules(CLI::App& app, int& status);
void add_show(CLI::App& app, int& status);
void add_signature(CLI::App& app, int& status);
void add_struct(CLI::App& app, int& status);
void add_sym(CLI::App& app, int& status);
void add_ticket(CLI::App& app, int& status);
void add_profile(CLI::App& app, int& status);

}  // namespace nfstriage::command
