#include "hook/kdump_config.h"

#include "catch.h"
#include "fakes/folder.h"

using namespace nfstriage::hook;
using Paths = std::vector<std::filesystem::path>;

TEST_CASE("kdump.conf: the target and the path on it") {
    KdumpConfig config = parse_kdump_conf(
        "# path /old\n"
        "ext4 UUID=03138356-5e61-4ab3-b58e-27507ac41937  # the data disk\n"
        "path\t/var/dumps\n"
        "core_collector makedumpfile -l --message-level 7 -d 31\n");
    CHECK(config.family == Family::red_hat);
    CHECK(config.folders == Paths{"/var/dumps"});
    CHECK(config.target == "ext4 UUID=03138356-5e61-4ab3-b58e-27507ac41937");
    CHECK_FALSE(config.remote);
}

TEST_CASE("kdump.conf: an empty file means the usual folder of the root file system") {
    KdumpConfig config = parse_kdump_conf("#raw /dev/vg/lv_kdump\n\n");
    CHECK(config.folders == Paths{"/var/crash"});
    CHECK_FALSE(config.raw);
}

TEST_CASE("kdump.conf: targets that are no files of this host") {
    KdumpConfig nfs = parse_kdump_conf("nfs my.server.com:/export/tmp\n");
    CHECK(nfs.remote);
    CHECK(nfs.folders == Paths{"/var/crash"});  // below its mount point
    KdumpConfig ssh = parse_kdump_conf("ssh user@my.server.com\n");
    CHECK(ssh.remote);
    CHECK(ssh.folders.empty());
    KdumpConfig raw = parse_kdump_conf("raw /dev/vg/lv_kdump\npath /x\n");
    CHECK(raw.raw);
    CHECK(raw.folders.empty());
}

TEST_CASE("SUSE: local places of several, quoted or not") {
    KdumpConfig config = parse_sysconfig_kdump(
        "## Type: string\nKDUMP_SAVEDIR=\"file:///var/crash nfs://server/export /data/crash\"\n");
    CHECK(config.family == Family::suse);
    CHECK(config.folders == Paths{"/var/crash", "/data/crash"});
    CHECK(config.remote);
    CHECK(parse_sysconfig_kdump("KDUMP_SAVEDIR='ssh://u@h/x'").folders.empty());
}

TEST_CASE("Debian: the folder, and whether it goes elsewhere") {
    KdumpConfig config =
        parse_kdump_tools("USE_KDUMP=1\nKDUMP_COREDIR=\"/srv/crash\"\n#SSH=\"a@b\"");
    CHECK(config.folders == Paths{"/srv/crash"});
    CHECK_FALSE(config.remote);
    CHECK(parse_kdump_tools("NFS=\"server:/x\"").remote);
}

TEST_CASE("the options of Red Hat's kdump service are not taken for SUSE's configuration") {
    nfstriage::test::TemporaryFolder root;
    root.write("etc/kdump.conf", "path /var/crash\n");
    root.write("etc/sysconfig/kdump", "KDUMP_KERNELVER=\"\"\nKDUMP_COMMANDLINE=\"\"\n");
    auto configs = read_kdump_configs(root.path());
    REQUIRE(configs.size() == 1);
    CHECK(configs[0].family == Family::red_hat);
    root.write("etc/sysconfig/kdump", "KDUMP_SAVEDIR=\"/var/crash\"\n");
    CHECK(read_kdump_configs(root.path()).size() == 2);
}
