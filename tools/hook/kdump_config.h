// Where a distribution's kdump saves dumps, from the text of its configuration:
//   /etc/kdump.conf           RHEL, CentOS, Fedora, openEuler, Kylin   kdump.conf(5)
//   /etc/sysconfig/kdump      SUSE                                     kdump(7), KDUMP_SAVEDIR
//   /etc/default/kdump-tools  Debian, Ubuntu                           KDUMP_COREDIR
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nfstriage::hook {

enum class Family { red_hat, suse, debian };

struct KdumpConfig {
    Family family = Family::red_hat;
    // The folder below which each crash has a folder of its own; on the mounted dump target for
    // red_hat, absolute for the others. Empty: dumps do not go to files of this host.
    std::vector<std::filesystem::path> folders;
    std::string target;   // for people: "ext4 /dev/vda1", "raw /dev/vdb", "file:///var/crash" ...
    bool remote = false;  // saved over the network
    bool raw = false;     // saved to a partition without a file system
};

KdumpConfig parse_kdump_conf(std::string_view text);
KdumpConfig parse_sysconfig_kdump(std::string_view text);
KdumpConfig parse_kdump_tools(std::string_view text);

// What is configured on the system below `root`, in the order above; empty where nothing is.
std::vector<KdumpConfig> read_kdump_configs(const std::filesystem::path& root);

}  // namespace nfstriage::hook
