#include "hook/system.h"

#include <sys/time.h>

#include "catch.h"
#include "fakes/folder.h"

using namespace nfstriage::hook;
using nfstriage::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

constexpr const char* kLog = "[    1.000000] nothing\n";

// The capture initramfs of a Red Hat system whose dumps go to a disk of their own.
void make_capture_root(const TemporaryFolder& root) {
    root.write("proc/self/mountinfo",
               "1 1 0:2 / / rw - rootfs none rw\n"
               "20 1 0:18 / /run rw,nosuid - tmpfs tmpfs rw\n"
               "30 1 254:16 / /kdumproot rw,relatime shared:5 - ext4 /dev/vdb rw\n"
               "31 1 0:40 / /sysroot rw - nfs4 dead:/export rw,vers=4.2\n");
    root.write("etc/kdump.conf", "ext4 /dev/vdb\npath /crashes\n");
}

void make_old(const fs::path& path) {
    timeval times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    REQUIRE(::utimes(path.c_str(), times) == 0);
}

}  // namespace

TEST_CASE("mountinfo: optional fields, escaped names, read-only, a mount over a mount") {
    auto mounts = parse_mounts(
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "nonsense\n"
        "2 1 8:2 / /a\\040b ro,noatime shared:1 master:2 - xfs /dev/sda2 rw\n"
        "3 1 8:3 / /x rw - ext4 /dev/sda3 ro\n"
        "4 1 0:30 / /x rw - tmpfs tmpfs rw\n");
    REQUIRE(mounts.size() == 4);
    CHECK(mounts[1].point == "/a b");
    CHECK(mounts[1].type == "xfs");
    CHECK(mounts[1].read_only);
    CHECK(mounts[2].read_only);
    CHECK(mount_of(mounts, "/a b/c")->source == "/dev/sda2");
    CHECK(mount_of(mounts, "/a bc")->source == "/dev/sda1");
    CHECK(mount_of(mounts, "/x/y")->type == "tmpfs");
    CHECK(mount_of(mounts, "/x/../y")->source == "/dev/sda1");
    CHECK(mount_of({}, "/") == nullptr);
}

TEST_CASE("dumps are looked for on the mounted target, never on a remote file system unasked") {
    TemporaryFolder root;
    make_capture_root(root);
    System system = look_around(root.path());
    auto local = dump_folders(system, false);
    CHECK(local ==
          std::vector<fs::path>{system.root / "kdumproot/crashes", system.root / "crashes"});
    auto all = dump_folders(system, true);
    CHECK(std::count(all.begin(), all.end(), system.root / "sysroot/crashes") == 1);
}

TEST_CASE("a target named by UUID is found where its device is mounted") {
    TemporaryFolder root;
    root.write("proc/self/mountinfo",
               "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /data rw - xfs /dev/sdb1 rw\n");
    root.write("dev/sdb1", "");
    fs::create_directories(root.path() / "dev/disk/by-uuid");
    fs::create_symlink("../../sdb1", root.path() / "dev/disk/by-uuid/1234-abcd");
    root.write("etc/kdump.conf", "xfs UUID=1234-abcd\npath /var/crash\n");
    System system = look_around(root.path());
    CHECK(dump_folders(system, false).at(0) == system.root / "data/var/crash");
}

TEST_CASE("the crash at hand is the newest since this kernel booted, an older one is not it") {
    TemporaryFolder root;
    make_capture_root(root);
    fs::path old = root.write("kdumproot/crashes/127.0.0.1-2020/vmcore-dmesg.txt", kLog);
    make_old(old);
    CHECK_FALSE(crash_at_hand(look_around(root.path()), false));
    fs::path fresh = root.write("kdumproot/crashes/127.0.0.1-2026/vmcore-dmesg.txt", kLog);
    System system = look_around(root.path());
    auto crash = crash_at_hand(system, false);
    REQUIRE(crash);
    CHECK(crash->directory == system.root / "kdumproot/crashes/127.0.0.1-2026");
    CHECK(saved_crashes(system.root / "kdumproot/crashes").size() == 2);
}

TEST_CASE("folders without a crash and links are no crashes") {
    TemporaryFolder root;
    make_capture_root(root);
    root.write("kdumproot/crashes/notes/readme", "x");
    root.write("elsewhere/vmcore-dmesg.txt", kLog);
    fs::create_directory_symlink(root.path() / "elsewhere", root.path() / "kdumproot/crashes/link");
    CHECK(saved_crashes(root.path() / "kdumproot/crashes").empty());
    CHECK(saved_crashes(root.path() / "none").empty());
}

TEST_CASE("a verdict without a dump goes to a local disk that can be written, or nowhere") {
    TemporaryFolder root;
    make_capture_root(root);
    System system = look_around(root.path());
    auto folders = folders_for_verdict(system, 0);
    CHECK(folders ==
          std::vector<fs::path>{system.root / "kdumproot/crashes/nfstriage-1970-01-01-00:00:00"});

    root.write("proc/self/mountinfo",
               "1 1 0:2 / / rw - rootfs none rw\n"
               "30 1 254:16 / /kdumproot ro - ext4 /dev/vdb ro\n");
    CHECK(folders_for_verdict(look_around(root.path()), 0).empty());
}
