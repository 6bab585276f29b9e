// nfstriage: automated triage of NFS and SUNRPC crashes. One file for each subcommand.
#include <algorithm>
#include <iterator>
#include <string_view>

#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "command.h"

using namespace nfstriage;

namespace {

struct Subcommand {
    std::string_view name;
    void (*add)(CLI::App& app, int& status);
};

// In the order of --help.
constexpr Subcommand kSubcommands[] = {{"analyze", command::add_analyze},
                                       {"frames", command::add_frames},
                                       {"show", command::add_show},
                                       {"struct", command::add_struct},
                                       {"sym", command::add_sym},
                                       {"log", command::add_log},
                                       {"signature", command::add_signature},
                                       {"ticket", command::add_ticket},
                                       {"batch", command::add_batch},
                                       {"fleet", command::add_fleet},
                                       {"minidump", command::add_minidump},
                                       {"fixes", command::add_fixes},
                                       {"hook", command::add_hook},
                                       {"profile", command::add_profile},
                                       {"rules", command::add_rules},
                                       {"completion", command::add_completion}};

// All of them take longer to describe than some logs to read: where the first word names one, that
// one is enough. `completion` writes about all.
void add_subcommands(CLI::App& app, std::string_view first, int& status) {
    auto is_asked = [first](const Subcommand& each) { return each.name == first; };
    const bool one = first != "completion" &&
                     std::any_of(std::begin(kSubcommands), std::end(kSubcommands), is_asked);
    for (const Subcommand& each : kSubcommands)
        if (!one || is_asked(each)) each.add(app, status);
}

}  // namespace

int main(int argc, char** argv) {
    auto logger = spdlog::stderr_logger_mt("nfstriage");
    logger->set_pattern("nfstriage: %l: %v");
    spdlog::set_default_logger(logger);
    spdlog::cfg::load_env_levels();  // $SPDLOG_LEVEL

    CLI::App app{
        "Reads a Linux crash dump, or only its console log, works out what went wrong in NFS and\n"
        "SUNRPC, and says which known bug it is, on what evidence, and whether this kernel has the "
        "fix.",
        "nfstriage"};
    app.set_version_flag("--version", "nfstriage " NFSTRIAGE_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit status: 0 done, 1 a check failed or the output could not be written, 2 the command\n"
        "line is wrong, 3 at least one input could not be read.");
    int status = command::Exit::done;
    add_subcommands(app, argc > 1 ? argv[1] : "", status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        int code = app.exit(failure);
        return code == 0 ? command::Exit::done : command::Exit::usage;
    }
    return status;
}
