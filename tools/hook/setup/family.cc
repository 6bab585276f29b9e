#include "family.h"

#include <array>

namespace nfstriage::setup {

std::string_view to_string(Family family) {
    switch (family) {
        case Family::red_hat:
            return "redhat";
        case Family::suse:
            return "suse";
        case Family::debian:
            return "debian";
    }
    return "";
}

std::optional<Family> family_from(std::string_view name) {
    for (Family family : {Family::red_hat, Family::suse, Family::debian})
        if (to_string(family) == name) return family;
    return std::nullopt;
}

Result<Family> find_family(const Root& root) {
    // Red Hat's hosts have an /etc/sysconfig/kdump too.
    if (root.exists(kKdumpConf)) return Family::red_hat;
    if (root.exists(kSysconfig)) return Family::suse;
    if (root.exists(kKdumpTools)) return Family::debian;
    return error(root.real("/").string(), std::nullopt,
                 std::string("kdump's configuration: ") + kKdumpConf + ", " + kSysconfig + " or " +
                     kKdumpTools,
                 "install what saves crash dumps first: kdump-utils or kexec-tools (RHEL, CentOS, "
                 "Fedora, openEuler, Kylin), kdump (SUSE), kdump-tools (Debian, Ubuntu)");
}

bool runs_post_folder(const Root& root) {
    // kdumpctl refuses to work where its scripts know the folder and it is missing, so it is there.
    if (!root.is_folder(kPostFolder)) return false;
    constexpr std::array<const char*, 4> kScripts{"/usr/bin/kdumpctl", "/usr/sbin/kdumpctl",
                                                  "/usr/lib/kdump/kdump-lib-initramfs.sh",
                                                  "/usr/lib/kdump/kdump-lib.sh"};
    for (const char* script : kScripts)
        if (root.mentions(script, "/etc/kdump/post.d")) return true;
    const std::string modules = "/usr/lib/dracut/modules.d";
    for (const std::string& module : root.names_in(modules))
        if (module.ends_with("kdumpbase") &&
            root.mentions(modules + "/" + module + "/kdump.sh", "/etc/kdump/post.d"))
            return true;
    return false;
}

}  // namespace nfstriage::setup
