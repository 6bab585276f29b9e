// nfstriage: automated triage of NFS and SUNRPC crashes. One file for each subcommand.
#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "command.h"

using namespace nfstriage;

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
    command::add_analyze(app, status);
    command::add_frames(app, status);
    command::add_show(app, status);
    command::add_struct(app, status);
    command::add_sym(app, status);
    command::add_log(app, status);
    command::add_signature(app, status);
    command::add_ticket(app, status);
    command::add_batch(app, status);
    command::add_fleet(app, status);
    command::add_minidump(app, status);
    command::add_fixes(app, status);
    command::add_hook(app, status);
    command::add_profile(app, status);
    command::add_rules(app, status);
    command::add_completion(app, status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        int code = app.exit(failure);
        return code == 0 ? command::Exit::done : command::Exit::usage;
    }
    return status;
}
