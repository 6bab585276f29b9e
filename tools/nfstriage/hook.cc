// nfstriage hook: triage on the host that crashed, called by kdump.
#include "hook/hook.h"

#include <memory>

#include "command.h"
#include "hook/setup/setup.h"

namespace nfstriage::command {

void add_hook(CLI::App& app, int& status) {
    auto options = std::make_shared<hook::Options>();
    CLI::App* subcommand = app.add_subcommand(
        "hook",
        "Triage the crash at hand in a capture kernel, or those saved before this boot; and have\n"
        "kdump do so");
    hook::add_options(*subcommand, *options);
    setup::add_install(*subcommand, status);
    setup::add_uninstall(*subcommand, status);
    setup::add_status(*subcommand, status);
    subcommand->callback([options, subcommand, &status] {
        if (subcommand->get_subcommands().empty()) status = hook::run(*options);
    });
}

}  // namespace nfstriage::command
