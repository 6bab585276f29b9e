// nfstriage-hook: `nfstriage hook` as a program of its own, small and statically linked, for the
// initramfs of a capture kernel, and for hosts that have nothing else of nfstriage. kdump must
// never see it fail: a command line that is not understood is said and ends with status 0 too,
// except of the subcommands, which people call.
#include "hook/hook.h"
#include "hook/setup/setup.h"

int main(int argc, char** argv) {
    nfstriage::hook::Options options;
    CLI::App app{
        "Triages the crash at hand inside a capture kernel: writes verdict.json and\n"
        "verdict.txt beside the dump, within its limits of time and memory.",
        "nfstriage-hook"};
    app.set_version_flag("--version", "nfstriage-hook " NFSTRIAGE_VERSION);
    app.footer("Exit status: always 0, but for a self-test that failed (1) and the subcommands.");
    nfstriage::hook::add_options(app, options);
    int status = 0;
    nfstriage::setup::add_install(app, status);
    nfstriage::setup::add_uninstall(app, status);
    nfstriage::setup::add_status(app, status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        constexpr int kUsage = 2;
        bool told = app.exit(failure) == 0;  // --help, --version
        return told || app.get_subcommands().empty() ? 0 : kUsage;
    }
    if (!app.get_subcommands().empty()) return status;
    return nfstriage::hook::run(options);
}
