// Paths of another host: symbolic links are followed as that host would, and never lead out of it.
#include "hook/setup/root.h"

#include "fake_host.h"

using namespace nfstriage::setup;
namespace fs = std::filesystem;

TEST_CASE("links are followed within the root") {
    FakeHost host;
    host.file("/data/etc/kdump.conf", "path /x\n");
    fs::create_symlink("/data/etc", host.path("/etc"));
    fs::create_symlink("../../../../data/etc/kdump.conf", host.path("/data/etc/other.conf"));
    CHECK(host.root().real("/etc/kdump.conf") == host.path("/data/etc/kdump.conf"));
    CHECK(host.root().read("/etc/other.conf").value() == "path /x\n");
    CHECK(host.root().link("/etc/other.conf") == "../../../../data/etc/kdump.conf");
    CHECK(host.root().real("/etc/other.conf", false) == host.path("/data/etc/other.conf"));
}

TEST_CASE("a link to a file of the building host is not followed there") {
    FakeHost host;
    fs::create_symlink("/etc/passwd", host.path("/kdump.conf"));
    CHECK_FALSE(host.root().exists("/kdump.conf"));
    CHECK_FALSE(host.root().read("/kdump.conf"));
}

TEST_CASE("links in a circle are no file and end") {
    FakeHost host;
    fs::create_symlink("/b", host.path("/a"));
    fs::create_symlink("/a", host.path("/b"));
    CHECK_FALSE(host.root().read("/a"));
    CHECK_FALSE(host.root().is_executable("/a"));
}

TEST_CASE("the root of the running host is known as such") {
    FakeHost host;
    CHECK(Root("/").is_host());
    CHECK(Root("/proc/self/root").is_host());
    CHECK_FALSE(host.root().is_host());
}
