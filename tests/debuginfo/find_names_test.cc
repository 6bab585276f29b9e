// How distributions name the files of a kernel's debuginfo.
#include <algorithm>

#include "catch.h"
#include "debuginfo/kernel_files.h"

using namespace nfstriage;
using debuginfo::role_of;

namespace {

struct Name {
    const char* path;
    const char* module;   // "" is vmlinux
    const char* release;  // nullptr: the path does not tell
};

}  // namespace

TEST_CASE("vmlinux and modules are known by the names that distributions give them") {
    const Name kNames[] = {
        // Debian, Ubuntu
        {"./usr/lib/debug/boot/vmlinux-6.1.0-56-cloud-amd64", "", "6.1.0-56-cloud-amd64"},
        {"/usr/lib/debug/lib/modules/5.15.0-91-generic/kernel/fs/nfs/nfs.ko", "nfs",
         "5.15.0-91-generic"},
        {"/lib/modules/6.12.0-1-amd64/kernel/net/sunrpc/sunrpc.ko.xz", "sunrpc", "6.12.0-1-amd64"},
        // RHEL, openEuler, Kylin
        {"./usr/lib/debug/lib/modules/4.18.0-553.el8_10.x86_64/vmlinux", "",
         "4.18.0-553.el8_10.x86_64"},
        {"./usr/lib/debug/usr/lib/modules/4.18.0-1.el8.x86_64+debug/kernel/fs/nfsd/nfsd.ko.debug",
         "nfsd", "4.18.0-1.el8.x86_64+debug"},
        {"usr/lib/debug/lib/modules/4.19.90-23.8.v2101.ky10.aarch64/kernel/net/sunrpc/auth_gss/"
         "auth_rpcgss.ko-4.19.90-23.8.v2101.ky10.aarch64.debug",
         "auth_rpcgss", "4.19.90-23.8.v2101.ky10.aarch64"},
        // SUSE
        {"./usr/lib/debug/boot/vmlinux-4.12.14-122.37-default.debug", "", "4.12.14-122.37-default"},
        {"/boot/vmlinux-5.14.21-150500.53-default.gz", "", "5.14.21-150500.53-default"},
        {"./usr/lib/debug/usr/lib/modules/6.4.0-150600.23-default/vmlinux.debug", "",
         "6.4.0-150600.23-default"},
        // A tree that somebody built
        {"vmlinux", "", nullptr},
        {"linux-4.19.90/vmlinux.unstripped", "", nullptr},
        {"linux-4.19.90/fs/nfs/flexfilelayout/nfs_layout_flexfiles.ko", "nfs_layout_flexfiles",
         nullptr},
        {"some-module.ko.zst", "some_module", nullptr},
    };
    for (const Name& name : kNames) {
        INFO(name.path);
        auto role = role_of(name.path);
        REQUIRE(role);
        CHECK_FALSE(role->alternate);
        CHECK(role->module == name.module);
        CHECK(role->release ==
              (name.release == nullptr ? std::nullopt : std::optional<std::string>(name.release)));
    }
}

TEST_CASE("files beside them are not taken for them") {
    for (const char* path :
         {"vmlinux-gdb.py", "vmlinux.o", "vmlinux.lds", "vmlinux.h", "vmlinuz-6.1.0",
          "boot/System.map-6.1.0", "nfs.ko.cmd", "nfs.ko.c", ".ko", "nfs.o", "", "modules/4.19.90/",
          "doc/vmlinux.txt", "vmlinux/readme"}) {
        INFO(path);
        CHECK_FALSE(role_of(path));
    }
}

TEST_CASE("what dwz took out is known by its folder") {
    auto role = role_of("./usr/lib/debug/.dwz/kernel-4.18.0-553.el8_10.x86_64");
    REQUIRE(role);
    CHECK(role->alternate);
    CHECK_FALSE(role_of("./usr/lib/debug/.dwz/"));
}

TEST_CASE("the modules around NFS are told from others") {
    auto modules = debuginfo::nfs_modules();
    CHECK(std::is_sorted(modules.begin(), modules.end()));
    for (const char* name : {"nfs", "nfsd", "nfsv4", "lockd", "grace", "sunrpc", "rpcsec_gss_krb5",
                             "rpcrdma", "nfs_ssc", "enfs", "blocklayoutdriver"})
        CHECK(debuginfo::is_nfs_module(name));
    for (const char* name : {"ext4", "nf_tables", "netfs", "nfnetlink", "", "nfs.ko"})
        CHECK_FALSE(debuginfo::is_nfs_module(name));
}
