// RHEL, CentOS, Fedora, openEuler, Kylin: kdump.sh runs the files of /etc/kdump/post.d, then what
// kdump_post names, each with one argument, the exit status of the dump. Scripts of before 2020
// know kdump_post only, which has one value; where somebody has taken that, we do not.
#include "install.h"
#include "kdump_conf.h"

namespace nfstriage::setup {
namespace {

constexpr const char* kPostLink = "/etc/kdump/post.d/90-nfstriage";

bool has_post_link(const Root& root, const std::string& hook) {
    return root.link(kPostLink) == hook;
}

void warn_of(const KdumpConf& conf, Plan& plan) {
    if (conf.never_rebuilt)
        plan.warnings.push_back(std::string(kKdumpConf) +
                                " says force_no_rebuild: kdump does not put the hook into its "
                                "initramfs by itself; see mkdumprd(8)");
    if (conf.target == "raw" || conf.target == "ssh")
        plan.warnings.push_back("the dump goes to a " + conf.target +
                                " target, where no verdict can be laid beside it: the hook reads "
                                "/proc/vmcore and prints its verdict to the console");
}

Result<void> install(const Root& root, const Setup& setup, Plan& plan) {
    auto text = root.read(kKdumpConf);
    if (!text) return tl::unexpected<Error>(text.error());
    const KdumpConf conf = read_kdump_conf(*text);
    warn_of(conf, plan);
    if (has_post_link(root, setup.hook)) return {};
    if (conf.post && conf.post->program == setup.hook) return {};
    if (runs_post_folder(root)) {
        if (root.link(kPostLink) || root.exists(kPostLink))
            return error(root.real(kPostLink, false).string(), std::nullopt,
                         "a link to " + setup.hook + ", which this file is not",
                         "move it away, or uninstall with the --hook that it was installed with");
        plan.steps.push_back(MakeLink{kPostLink, setup.hook});
        return {};
    }
    if (conf.post)
        return error(root.real(kKdumpConf).string(), std::nullopt,
                     "no kdump_post; line " + std::to_string(conf.post->line) + " sets it to " +
                         conf.post->program + ", and this kdump runs one program only",
                     "let kdump_post name a script, and list both in extra_bins: #!/bin/sh; " +
                         conf.post->program + " \"$1\"; exec " + setup.hook + " \"$1\"");
    plan.steps.push_back(WriteFile{kKdumpConf, add_kdump_post(*text, setup.hook)});
    return {};
}

Result<void> uninstall(const Root& root, const Setup& setup, Plan& plan) {
    if (has_post_link(root, setup.hook)) plan.steps.push_back(RemoveFile{kPostLink});
    if (!root.exists(kKdumpConf)) return {};
    auto text = root.read(kKdumpConf);
    if (!text) return tl::unexpected<Error>(text.error());
    std::string without = remove_kdump_post(*text);
    if (without != *text) plan.steps.push_back(WriteFile{kKdumpConf, without});
    const KdumpConf left = read_kdump_conf(without);
    if (left.post && left.post->program == setup.hook)
        plan.warnings.push_back(std::string(kKdumpConf) + ", line " +
                                std::to_string(left.post->line) +
                                ": kdump_post names the hook and was not set by an installation; "
                                "take it out by hand");
    return {};
}

Result<std::optional<std::string>> find(const Root& root, const std::string& hook) {
    if (has_post_link(root, hook)) return std::string(kPostLink);
    auto text = root.read(kKdumpConf);
    if (!text) return tl::unexpected<Error>(text.error());
    const KdumpConf conf = read_kdump_conf(*text);
    if (conf.post && conf.post->program == hook) return std::string("kdump_post in ") + kKdumpConf;
    return std::nullopt;
}

std::vector<std::string> images(const Setup& setup) {
    const std::string name = "/initramfs-" + setup.release + "kdump.img";
    return {"/boot" + name, "/var/lib/kdump" + name};
}

void rebuild(const Root& root, const Setup& setup, Plan& plan) {
    auto kdumpctl = find_command(root, "kdumpctl");
    if (kdumpctl && root.mentions(*kdumpctl, "rebuild)")) {
        plan.steps.push_back(RunCommand{{"kdumpctl", "rebuild"}});
        plan.steps.push_back(RunCommand{{"kdumpctl", "restart"}});
    } else if (kdumpctl) {
        // It makes a new image when its configuration is younger than the old one.
        plan.steps.push_back(RunCommand{{"touch", kKdumpConf}});
        plan.steps.push_back(RunCommand{{"kdumpctl", "restart"}});
    } else {
        plan.steps.push_back(RunCommand{{"mkdumprd", "-f", images(setup).front(), setup.release}});
        plan.steps.push_back(RunCommand{{"systemctl", "restart", "kdump.service"}});
    }
}

}  // namespace

const FamilyPart kRedHat{install, uninstall, find, images, rebuild};

}  // namespace nfstriage::setup
