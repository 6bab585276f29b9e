// Debian, Ubuntu: kdump-tools has no hook. Its capture kernel boots the real root file system into
// kdump-tools-dump.service, whose init script saves the dump and reboots within one command. A
// drop-in puts our script in that command's place (tools/hook/systemd/kdump-tools-capture), which
// saves the dump by the same kdump-config; where our script is missing the drop-in runs theirs.
#include <array>

#include "install.h"
#include "sysconfig.h"

namespace nfstriage::setup {
namespace {

constexpr const char* kCaptureUnit = "kdump-tools-dump.service";
constexpr const char* kOrdinaryUnit = "kdump-tools.service";

std::string drop_in_of(const char* unit) {
    return std::string("/etc/systemd/system/") + unit + ".d/nfstriage.conf";
}

std::string script_beside(const std::string& hook) {
    return hook.substr(0, hook.rfind('/')) + "/kdump-tools-capture";
}

// systemd gives "$$" to the shell as "$".
std::string drop_in(const std::string& hook) {
    const std::string script = script_beside(hook);
    return "# Written by \"nfstriage hook install\"; \"nfstriage hook uninstall\" takes it out.\n"
           "[Service]\n"
           "ExecStart=\n"
           "ExecStart=/bin/sh -c 'if [ -x " +
           script + " ]; then exec " + script + "; fi; exec /etc/init.d/kdump-tools start'\n";
}

// The units that may run in the capture kernel: kdump-config boots into the first unless it is told
// another command line; before kdump-tools 1.6 the second did both.
Result<std::vector<const char*>> units(const Root& root) {
    auto text = root.read(kKdumpTools);
    if (!text) return tl::unexpected<Error>(text.error());
    std::vector<const char*> all;
    if (find_unit(root, kCaptureUnit)) all.push_back(kCaptureUnit);
    auto append = find_assignment(*text, "KDUMP_CMDLINE_APPEND");
    auto whole = find_assignment(*text, "KDUMP_CMDLINE");
    auto boots_elsewhere = [](const std::optional<Assignment>& line) {
        return line && (!line->value || (!line->value->empty() &&
                                         line->value->find(kCaptureUnit) == std::string::npos));
    };
    if (all.empty() || boots_elsewhere(append) || boots_elsewhere(whole))
        all.push_back(kOrdinaryUnit);
    return all;
}

Result<void> install(const Root& root, const Setup& setup, Plan& plan) {
    auto used = units(root);
    if (!used) return tl::unexpected<Error>(used.error());
    const std::string script = script_beside(setup.hook);
    if (!root.is_executable(script))
        return error(root.real(script).string(), std::nullopt,
                     "the script that kdump-tools' capture service is to run",
                     "install the whole package nfstriage-hook");
    for (const char* unit : *used) {
        const std::string path = drop_in_of(unit), text = drop_in(setup.hook);
        if (auto now = root.read(path); now && *now == text) continue;
        plan.steps.push_back(WriteFile{path, text});
    }
    return {};
}

Result<void> uninstall(const Root& root, const Setup&, Plan& plan) {
    for (const char* unit : {kCaptureUnit, kOrdinaryUnit})
        if (root.exists(drop_in_of(unit))) plan.steps.push_back(RemoveFile{drop_in_of(unit), true});
    return {};
}

Result<std::optional<std::string>> find(const Root& root, const std::string& hook) {
    auto used = units(root);
    if (!used) return tl::unexpected<Error>(used.error());
    for (const char* unit : *used)
        if (!root.mentions(drop_in_of(unit), script_beside(hook))) return std::nullopt;
    return drop_in_of(used->front());
}

std::vector<std::string> images(const Setup& setup) {
    return {"/var/lib/kdump/initrd.img-" + setup.release};
}

// The hook runs from the root file system; in the initramfs it is for the day this cannot be
// mounted. An initramfs that does not exist yet is made with it when kdump-tools needs one.
void rebuild(const Root& root, const Setup& setup, Plan& plan) {
    const std::string maker = "/etc/kernel/postinst.d/kdump-tools";
    if (!root.is_executable(maker) || !root.exists("/usr/share/initramfs-tools/hooks/nfstriage") ||
        !root.exists(images(setup).front()))
        return;
    plan.steps.push_back(RunCommand{{maker, setup.release}});
    plan.steps.push_back(RunCommand{{"kdump-config", "try-reload"}});  // if it is loaded
}

}  // namespace

const FamilyPart kDebian{install, uninstall, find, images, rebuild};

}  // namespace nfstriage::setup
