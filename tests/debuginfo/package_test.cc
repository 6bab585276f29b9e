// What is taken out of a package, and where it is put.
#include "debuginfo/package.h"

#include "catch.h"
#include "debuginfo/made_archive.h"
#include "debuginfo/made_kernel.h"

using namespace nfstriage;
using namespace nfstriage::test;
using debuginfo::Package;

namespace {

const std::string kDebug = "./usr/lib/debug/";
const std::string kModules = kDebug + "lib/modules/4.19.90/kernel/";

Member file(const std::string& path, const std::string& bytes = "x") {
    return {path, bytes, "", ""};
}

struct Unpacked {
    TestFolder folder;
    Result<Package> package;

    explicit Unpacked(const std::string& bytes, std::optional<std::string> release = std::nullopt)
        : package(unpack(bytes, release)) {}

    Result<Package> unpack(const std::string& bytes, const std::optional<std::string>& release) {
        fs::create_directories(folder.path() / "to");
        return debuginfo::unpack_package(folder.write("made.tar", bytes), release,
                                         folder.path() / "to", {}, {});
    }
    // Files below the folder that was unpacked to, relative to it.
    std::vector<std::string> files() const {
        std::vector<std::string> paths;
        for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "to"))
            if (!entry.is_directory())
                paths.push_back(fs::relative(entry.path(), folder.path() / "to").string());
        std::sort(paths.begin(), paths.end());
        return paths;
    }
    // What lies beside it: only the package itself belongs there.
    std::size_t strangers() const {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            count += entry.path().filename() != "to" && entry.path().filename() != "made.tar";
        return count;
    }
};

std::string tar(const std::vector<Member>& members) { return packed(Format::tar, "gzip", members); }

}  // namespace

TEST_CASE("vmlinux and the modules around NFS are unpacked, at their places, and nothing else") {
    Unpacked unpacked(
        tar({file(kDebug + "boot/System.map-4.19.90"), file(kDebug + "boot/vmlinux-4.19.90", "vm"),
             file(kModules + "fs/ext4/ext4.ko"), file(kModules + "fs/nfs/nfs.ko", "nfs"),
             file(kModules + "fs/nfs/flexfilelayout/nfs_layout_flexfiles.ko"),
             file(kModules + "net/sunrpc/sunrpc.ko.xz"),
             file(kModules + "net/sunrpc/auth_gss/auth_rpcgss.ko-4.19.90.debug"),
             file(kModules + "net/sunrpc/Makefile")}));
    REQUIRE(unpacked.package);
    CHECK(unpacked.files() ==
          std::vector<std::string>{
              "usr/lib/debug/boot/vmlinux-4.19.90",
              "usr/lib/debug/lib/modules/4.19.90/kernel/fs/nfs/flexfilelayout/"
              "nfs_layout_flexfiles.ko",
              "usr/lib/debug/lib/modules/4.19.90/kernel/fs/nfs/nfs.ko",
              "usr/lib/debug/lib/modules/4.19.90/kernel/net/sunrpc/auth_gss/"
              "auth_rpcgss.ko-4.19.90.debug",
              "usr/lib/debug/lib/modules/4.19.90/kernel/net/sunrpc/sunrpc.ko.xz"});
    REQUIRE(unpacked.package->files.size() == 5);
    CHECK(contents(unpacked.package->files[0].path) == "vm");
    CHECK(unpacked.package->files[0].role.module.empty());
    CHECK(unpacked.package->files[1].role.module == "nfs");
    CHECK(unpacked.package->files[1].role.release == "4.19.90");
    CHECK(unpacked.package->files[3].role.compressed);
    CHECK(unpacked.package->files[4].role.module == "auth_rpcgss");
    CHECK(unpacked.package->releases == std::set<std::string>{"4.19.90"});
    CHECK(unpacked.package->first_members.size() == 4);
    CHECK(unpacked.package->unpacked == 8);
}

TEST_CASE("a path that leads out of the folder is not written, and that is said") {
    TestFolder elsewhere;
    std::string absolute = (elsewhere.path() / "vmlinux").string();
    std::string outside =
        GENERATE("../vmlinux", "../../x/vmlinux", "a/../../vmlinux",
                 "a/b/../../../modules/4.19.90/nfs.ko", "ABSOLUTE", "a\nb/vmlinux", "a\\b/vmlinux");
    if (outside == "ABSOLUTE") outside = absolute;
    INFO(outside);
    Unpacked unpacked(tar({file(outside, "evil"), file("vmlinux", "good")}));
    REQUIRE(unpacked.package);
    CHECK(unpacked.files() == std::vector<std::string>{"vmlinux"});
    CHECK(contents(unpacked.folder.path() / "to/vmlinux") == "good");
    CHECK(unpacked.strangers() == 0);
    CHECK(fs::is_empty(elsewhere.path()));
    REQUIRE(unpacked.package->remarks.size() == 1);
    CHECK_THAT(unpacked.package->remarks[0], ContainsSubstring("was left out"));
}

TEST_CASE("links are not made, so nothing can be written through them") {
    TestFolder elsewhere;
    fs::path precious = elsewhere.write("precious", "keep");
    Unpacked unpacked(tar({{"boot", "", elsewhere.path().string(), ""},
                           {"vmlinux-4.19.90", "", precious.string(), ""},
                           {"modules", "", "..", ""},
                           file("boot/precious"),
                           file("boot/vmlinux-4.19.90", "through a link"),
                           {"nfs.ko", "", "", precious.string()},
                           file("modules/4.19.90/kernel/nfs.ko", "through another")}));
    REQUIRE(unpacked.package);
    CHECK(contents(precious) == "keep");
    CHECK(std::distance(fs::directory_iterator(elsewhere.path()), {}) == 1);
    CHECK(unpacked.strangers() == 0);
    CHECK(unpacked.files() ==
          std::vector<std::string>{"boot/vmlinux-4.19.90", "modules/4.19.90/kernel/nfs.ko"});
    for (const auto& entry : fs::recursive_directory_iterator(unpacked.folder.path() / "to"))
        CHECK_FALSE(entry.is_symlink());
}

TEST_CASE("of two members with one path the first stays") {
    Unpacked unpacked(tar({file("vmlinux", "first"), file("vmlinux", "second"),
                           file("vmlinux/nfs.ko", "below a file")}));
    REQUIRE(unpacked.package);
    CHECK(unpacked.files() == std::vector<std::string>{"vmlinux"});
    CHECK(contents(unpacked.folder.path() / "to/vmlinux") == "first");
    CHECK(unpacked.package->remarks.size() == 2);
}

TEST_CASE("files of a kernel that is not wanted are passed over, its release is told") {
    std::vector<Member> members = {file("boot/vmlinux-4.19.90"), file("boot/vmlinux-4.19.91"),
                                   file("modules/4.19.90/kernel/nfs.ko"),
                                   file("modules/4.19.91/kernel/nfs.ko")};
    Unpacked wanted(tar(members), "4.19.91");
    REQUIRE(wanted.package);
    CHECK(wanted.files() ==
          std::vector<std::string>{"boot/vmlinux-4.19.91", "modules/4.19.91/kernel/nfs.ko"});
    CHECK(wanted.package->releases == std::set<std::string>{"4.19.90", "4.19.91"});
    // Without a wish, the first one and the names of all.
    Unpacked any(tar(members));
    REQUIRE(any.package);
    CHECK(any.files() ==
          std::vector<std::string>{"boot/vmlinux-4.19.90", "modules/4.19.90/kernel/nfs.ko"});
    CHECK(any.package->releases == std::set<std::string>{"4.19.90", "4.19.91"});
}

TEST_CASE("what dwz took out lies where the debug files look for it") {
    Unpacked unpacked(tar({file(kDebug + ".dwz/kernel-4.19.90.x86_64", "common"),
                           file(kDebug + "lib/modules/4.19.90/vmlinux", "vm"),
                           file(kModules + "fs/nfs/nfs.ko.debug", "nfs")}));
    REQUIRE(unpacked.package);
    REQUIRE(unpacked.package->files.size() == 2);
    fs::path link = unpacked.package->files[1].path.parent_path() /
                    "../../../../../../.dwz/kernel-4.19.90.x86_64";
    CHECK(contents(link) == "common");
}

TEST_CASE("a sorted package is not read further than its last wanted folder") {
    std::string random;
    for (unsigned i = 0, n = 7; i < 300000; ++i) {
        n = n * 1664525 + 1013904223;
        random += static_cast<char>(n >> 24);
    }
    std::vector<Member> members = {file(kDebug + "boot/vmlinux-4.19.90"),
                                   file(kModules + "fs/nfs/nfs.ko"),
                                   file(kModules + "net/sunrpc/sunrpc.ko"),
                                   file(kModules + "net/wireless/cfg80211.ko", random),
                                   file(kModules + "sound/soundcore.ko", random)};
    std::string cut = deb("gz", "gzip", members);
    cut.resize(cut.size() - 250000);
    Unpacked sorted(cut, "4.19.90");
    REQUIRE(sorted.package);  // the damage was not met
    CHECK(sorted.package->files.size() == 3);
    // Where a later member may be wanted, the package is read to its end.
    CHECK_FALSE(Unpacked(cut).package);
    std::swap(members[0], members[1]);
    std::string unsorted = deb("gz", "gzip", members);
    unsorted.resize(unsorted.size() - 250000);
    CHECK_FALSE(Unpacked(unsorted, "4.19.90").package);
}

TEST_CASE("a foreign package gives nothing but its first names") {
    Unpacked unpacked(rpm("xz", {file("./usr/bin/ls"), file("./usr/share/doc/vmlinux.txt"),
                                 file("./usr/src/vmlinux-gdb.py"), file("./lib/nfs.koala")}));
    REQUIRE(unpacked.package);
    CHECK(unpacked.files().empty());
    CHECK(unpacked.package->releases.empty());
    CHECK(unpacked.package->first_members ==
          std::vector<std::string>{"./usr/bin/ls", "./usr/share/doc/vmlinux.txt",
                                   "./usr/src/vmlinux-gdb.py", "./lib/nfs.koala"});
}
