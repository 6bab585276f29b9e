#include "setup.h"

#include <sys/utsname.h>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apply.h"
#include "install.h"
#include "reservation.h"
#include "status.h"

namespace nfstriage::setup {
namespace {

namespace fs = std::filesystem;

enum Exit : int { done = 0, failed = 1, unreadable = 3 };

struct Options {
    std::string root = "/";
    std::string family, hook, release;
    std::vector<std::string> profiles;
    bool dry_run = false, no_rebuild = false, no_capture = false, no_post_boot = false;
    bool refresh = false;
};

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

void complain(const char* level, const std::string& text) {
    std::fputs(fmt::format("nfstriage: {}: {}\n", level, text).c_str(), stderr);
}

int fail(const Error& error, int status) {
    complain("error", to_string(error));
    return status;
}

std::string running_release() {
    utsname names{};
    return uname(&names) == 0 ? names.release : "";
}

// The hook of the installation that this program is of; where it is another host's, the usual
// place.
std::string default_hook(const Root& root) {
    const std::string usual = Setup{}.hook;
    if (!root.is_host() || root.exists(usual)) return usual;
    std::error_code failure;
    fs::path program = fs::read_symlink("/proc/self/exe", failure);
    if (failure) return usual;
    fs::path beside = program.parent_path().parent_path() / "lib" / "nfstriage" / "nfstriage-hook";
    return fs::exists(beside, failure) ? beside.string() : usual;
}

Setup setup_of(const Options& options, const Root& root) {
    Setup setup;
    setup.hook = options.hook.empty() ? default_hook(root) : options.hook;
    setup.release = options.release.empty() ? running_release() : options.release;
    setup.profiles = options.profiles;
    setup.capture = !options.no_capture;
    setup.post_boot = !options.no_post_boot;
    setup.rebuild = !options.no_rebuild;
    setup.refresh = options.refresh;
    return setup;
}

Result<Family> family_of(const Options& options, const Root& root) {
    if (options.family.empty()) return find_family(root);
    return *family_from(options.family);
}

void warn_of_memory(const Root& root, const Setup& setup) {
    std::uint64_t added = root.size(setup.hook).value_or(0);
    for (const std::string& name : root.names_in(kProfileFolder))
        added += root.size(std::string(kProfileFolder) + "/" + name).value_or(0);
    if (auto text = advice(read_reservation(root), wanted_bytes(added), setup.family))
        complain("warning", *text);
}

int carry_out(const Plan& plan, const Root& root, bool dry_run) {
    for (const std::string& warning : plan.warnings) complain("warning", warning);
    if (plan.steps.empty()) {
        print("nothing to change\n");
        return Exit::done;
    }
    auto announce = [&](const Step& step) { print(describe(step, root) + "\n"); };
    if (dry_run) {
        for (const Step& step : plan.steps) announce(step);
        return Exit::done;
    }
    auto applied = apply(plan, root, announce);
    return applied ? Exit::done : fail(applied.error(), Exit::failed);
}

int install(const Options& options) {
    const Root root(options.root);
    auto family = family_of(options, root);
    if (!family && options.refresh) return Exit::done;
    if (!family) return fail(family.error(), Exit::unreadable);
    Setup setup = setup_of(options, root);
    setup.family = *family;
    auto plan = plan_install(root, setup);
    if (!plan) return fail(plan.error(), Exit::unreadable);
    if (setup.capture && !setup.refresh) warn_of_memory(root, setup);
    return carry_out(*plan, root, options.dry_run);
}

int uninstall(const Options& options) {
    const Root root(options.root);
    auto plan = plan_uninstall(root, setup_of(options, root));
    if (!plan) return fail(plan.error(), Exit::unreadable);
    return carry_out(*plan, root, options.dry_run);
}

int show_status(const Options& options) {
    const Root root(options.root);
    auto family = family_of(options, root);
    if (!family) return fail(family.error(), Exit::unreadable);
    Setup setup = setup_of(options, root);
    setup.family = *family;
    auto status = read_status(root, setup);
    if (!status) return fail(status.error(), Exit::unreadable);
    print(to_text(*status));
    return complete(*status) ? Exit::done : Exit::failed;
}

void add_where(CLI::App& app, Options& options) {
    app.add_option("--root", options.root, "Another host's files instead of this host's")
        ->type_name("DIR")
        ->check(CLI::ExistingDirectory);
    app.add_option("--hook", options.hook,
                   "The hook as that host names it (default: /usr/lib/nfstriage/nfstriage-hook)")
        ->type_name("FILE");
    app.add_option("--release", options.release,
                   "Kernel whose capture image it is (default: the running one)")
        ->type_name("RELEASE");
}

void add_family(CLI::App& app, Options& options) {
    app.add_option("--family", options.family,
                   "How that host saves dumps (default: what its files say)")
        ->type_name("NAME")
        ->check(CLI::IsMember({"redhat", "suse", "debian"}));
}

void add_change(CLI::App& app, Options& options) {
    app.add_flag("-n,--dry-run", options.dry_run, "Say what would change, and change nothing");
    app.add_flag("--no-rebuild", options.no_rebuild,
                 "Leave the initramfs of the capture kernel as it is");
}

}  // namespace

void add_install(CLI::App& hook, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* app = hook.add_subcommand(
        "install",
        "Have kdump run the hook after each dump, and look at new dumps after the reboot. Finds "
        "out\n"
        "how this host saves dumps, edits that configuration (somebody else's hook stays), makes "
        "a\n"
        "new initramfs for the capture kernel and says whether its memory suffices");
    add_where(*app, *options);
    add_family(*app, *options);
    add_change(*app, *options);
    app->add_option("--profile", options->profiles,
                    "Kernel profiles for the capture kernel (see nfstriage profile)")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    app->add_flag("--refresh", options->refresh,
                  "Only make the initramfs anew, if kdump calls the hook and a newer one is there: "
                  "for package managers");
    app->add_flag("--no-capture", options->no_capture, "Nothing in the capture kernel");
    app->add_flag("--no-post-boot", options->no_post_boot, "Nothing after the reboot");
    app->footer(
        "Exit status: 0 done, 1 a step failed, 2 the command line is wrong, 3 there is no kdump, "
        "or\n"
        "somebody else's hook is in the way.");
    app->callback([options, &status] { status = install(*options); });
}

void add_uninstall(CLI::App& hook, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* app = hook.add_subcommand(
        "uninstall", "Take out what install put in: every file is again what it was before");
    add_where(*app, *options);
    add_change(*app, *options);
    app->footer("Exit status: 0 done, 1 a step failed, 2 the command line is wrong.");
    app->callback([options, &status] { status = uninstall(*options); });
}

void add_status(CLI::App& hook, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* app = hook.add_subcommand(
        "status", "Say what is installed, whether the initramfs carries it, and the memory it has");
    add_where(*app, *options);
    add_family(*app, *options);
    app->footer(
        "Exit status: 0 all is in place, 1 something is missing, 2 the command line is wrong,\n"
        "3 there is no kdump.");
    app->callback([options, &status] { status = show_status(*options); });
}

}  // namespace nfstriage::setup
