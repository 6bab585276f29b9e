// nfstriage hook: triage on the host that crashed, called by kdump.
#include "hook/hook.h"

#include <memory>

#include "command.h"

namespace nfstriage::command {

void add_hook(CLI::App& app, int& status) {
    auto options = std::make_shared<hook::Options>();
    CLI::App* subcommand = app.add_subcommand(
        "hook", "Triage the crash at hand in a capture kernel, or those saved before this boot");
    hook::add_options(*subcommand, *options);
    subcommand->callback([options, &status] { status = hook::run(*options); });
}

}  // namespace nfstriage::command
