// nfstriage hook: triage on the host that crashed, with nobody watching. Called by kdump in the
// capture kernel, or after the reboot for every crash that was saved. Never blocks longer than its
// deadline, never fails its caller, never opens a connection.
#pragma once

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

namespace nfstriage::hook {

struct Options {
    std::string status;     // of the dump, as kdump_post gets it; empty: not said
    std::string directory;  // of the crash; empty: found from the configuration of kdump
    std::string output;     // folder for the verdict; empty: beside the dump
    std::string root = "/";
    double deadline_s = 0;         // 0: 20, and 120 after the reboot
    std::uint64_t memory_mib = 0;  // 0: half of what is available, at most 512
    bool post_boot = false;
    bool selftest = false;
};

// The options of the command line, on `app`: the subcommand, or the program nfstriage-hook.
void add_options(CLI::App& app, Options& options);

// Exit status: 0, but for a self-test that failed.
int run(const Options& options);

}  // namespace nfstriage::hook
