// nfstriage-hook: `nfstriage hook` as a program of its own, small and statically linked, for the
// initramfs of a capture kernel. Its caller must never see it fail: a command line that is not
// understood is said and ends with status 0 too.
#include "hook/hook.h"

int main(int argc, char** argv) {
    nfstriage::hook::Options options;
    CLI::App app{
        "Triages the crash at hand inside a capture kernel: writes verdict.json and\n"
        "verdict.txt beside the dump, within its limits of time and memory.",
        "nfstriage-hook"};
    app.set_version_flag("--version", "nfstriage-hook " NFSTRIAGE_VERSION);
    app.footer("Exit status: always 0, but for a self-test that failed (1).");
    nfstriage::hook::add_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        app.exit(failure);
        return 0;
    }
    return nfstriage::hook::run(options);
}
