// An installation on RHEL, CentOS, Fedora, openEuler and Kylin.
#include "fake_host.h"

using namespace nfstriage;
using namespace nfstriage::setup;
namespace fs = std::filesystem;

namespace {

constexpr const char* kConf =
    "# What to do in the capture kernel.\n"
    "path /var/crash\n"
    "core_collector makedumpfile -l --message-level 1 -d 31\n"
    "#kdump_post /var/crash/scripts/kdump-post.sh\n";

// kdumpctl and kdump.sh of before 2020: one kdump_post, no folder of hooks, no "rebuild".
void old_scripts(const FakeHost& host) {
    host.package();
    host.program("/usr/bin/kdumpctl",
                 "#!/bin/bash\nMKDUMPRD=\"/sbin/mkdumprd -f\"\ncase \"$1\" in\nrestart)\n\tstop\n\t"
                 "start\n\t;;\nesac\n");
    host.program("/usr/lib/dracut/modules.d/99kdumpbase/kdump.sh",
                 "#!/bin/sh\ndo_kdump_post()\n{\n    if [ -n \"$KDUMP_POST\" ]; then\n"
                 "        \"$KDUMP_POST\" \"$1\"\n    fi\n}\n");
    host.file(kKdumpConf, kConf, 0640);
}

void new_scripts(const FakeHost& host) {
    old_scripts(host);
    host.program("/usr/bin/kdumpctl",
                 "#!/bin/bash\nHOOKS=\"/etc/kdump/post.d/ /etc/kdump/pre.d/\"\n"
                 "case \"$1\" in\nrebuild)\n\trebuild\n\t;;\nesac\n");
    fs::create_directories(host.path(kPostFolder));
}

}  // namespace

TEST_CASE("where kdump runs a folder of hooks, ours is one of them and kdump.conf stays") {
    FakeHost host;
    new_scripts(host);
    auto before = host.snapshot();
    Setup setup = host.setup(Family::red_hat);
    CHECK(host.install(setup) == "systemctl daemon-reload\nkdumpctl rebuild\nkdumpctl restart\n");
    CHECK(host.root().link("/etc/kdump/post.d/90-nfstriage") == kHook);
    CHECK(host.root().is_executable("/etc/kdump/post.d/90-nfstriage"));
    CHECK(host.text(kKdumpConf) == kConf);
    CHECK(host.uninstall(setup) == "systemctl daemon-reload\nkdumpctl rebuild\nkdumpctl restart\n");
    for (const char* left :
         {"etc/systemd", "etc/systemd/system", "etc/systemd/system/multi-user.target.wants"})
        before.emplace(left, host.snapshot().at(left));  // folders of systemd's own
    CHECK(host.snapshot() == before);
}

TEST_CASE("an older kdump gets kdump_post, one word, and its file back byte for byte") {
    FakeHost host;
    old_scripts(host);
    Setup setup = host.setup(Family::red_hat);
    setup.post_boot = false;
    auto before = host.snapshot();
    CHECK(host.install(setup) == "touch /etc/kdump.conf\nkdumpctl restart\n");
    CHECK_THAT(host.text(kKdumpConf),
               ContainsSubstring(std::string("\nkdump_post ") + kHook + "\n"));
    struct stat now {};
    REQUIRE(stat(host.path(kKdumpConf).c_str(), &now) == 0);
    CHECK((now.st_mode & 07777) == 0640);
    CHECK_FALSE(fs::exists(host.path(kPostFolder)));
    host.uninstall(setup);
    CHECK(host.snapshot() == before);
}

TEST_CASE("a folder of hooks that the scripts do not know is not used") {
    FakeHost host;
    old_scripts(host);
    fs::create_directories(host.path(kPostFolder));
    Setup setup = host.setup(Family::red_hat);
    host.install(setup);
    CHECK(host.root().names_in(kPostFolder).empty());
    CHECK_THAT(host.text(kKdumpConf), ContainsSubstring(kHook));
}

TEST_CASE("installing twice changes nothing the second time") {
    for (bool folder : {false, true}) {
        FakeHost host;
        folder ? new_scripts(host) : old_scripts(host);
        Setup setup = host.setup(Family::red_hat);
        host.install(setup);
        auto once = host.snapshot();
        auto plan = plan_install(host.root(), setup);
        REQUIRE(plan);
        CHECK(plan->steps.empty());
        CHECK(host.snapshot() == once);
    }
}

TEST_CASE("somebody else's kdump_post is never replaced; the error says how to run both") {
    FakeHost host;
    old_scripts(host);
    host.file(kKdumpConf, std::string(kConf) + "kdump_post /opt/vendor/post.sh\n");
    auto before = host.snapshot();
    auto plan = plan_install(host.root(), host.setup(Family::red_hat));
    REQUIRE_FALSE(plan);
    CHECK_THAT(to_string(plan.error()), ContainsSubstring("/opt/vendor/post.sh"));
    CHECK_THAT(plan.error().remedy, ContainsSubstring("extra_bins"));
    CHECK(host.snapshot() == before);
}

TEST_CASE("beside somebody else's kdump_post the folder of hooks is used") {
    FakeHost host;
    new_scripts(host);
    host.file(kKdumpConf, std::string(kConf) + "kdump_post /opt/vendor/post.sh\n");
    std::string conf = host.text(kKdumpConf);
    host.install(host.setup(Family::red_hat));
    CHECK(host.text(kKdumpConf) == conf);
    CHECK(host.root().link("/etc/kdump/post.d/90-nfstriage") == kHook);
}

TEST_CASE("a file of somebody else in our place of the folder is not replaced") {
    FakeHost host;
    new_scripts(host);
    host.program("/etc/kdump/post.d/90-nfstriage");
    CHECK_FALSE(plan_install(host.root(), host.setup(Family::red_hat)));
    host.uninstall(host.setup(Family::red_hat));
    CHECK(fs::exists(host.path("/etc/kdump/post.d/90-nfstriage")));
}

TEST_CASE("a kdump_post that an administrator set to our hook is kept, and stays at the end") {
    FakeHost host;
    old_scripts(host);
    host.file(kKdumpConf, std::string(kConf) + "kdump_post " + kHook + "\n");
    std::string conf = host.text(kKdumpConf);
    Setup setup = host.setup(Family::red_hat);
    CHECK(plan_install(host.root(), setup)->warnings.empty());
    host.install(setup);
    CHECK(host.text(kKdumpConf) == conf);
    auto plan = plan_uninstall(host.root(), setup);
    REQUIRE(plan);
    CHECK(plan->warnings.size() == 1);
    host.uninstall(setup);
    CHECK(host.text(kKdumpConf) == conf);
}

TEST_CASE("a kdump.conf that is a link is edited where it lies") {
    FakeHost host;
    old_scripts(host);
    fs::rename(host.path(kKdumpConf), host.path("/etc/kdump.real"));
    fs::create_symlink("kdump.real", host.path(kKdumpConf));
    host.install(host.setup(Family::red_hat));
    CHECK(host.root().link(kKdumpConf) == "kdump.real");
    CHECK_THAT(host.text("/etc/kdump.real"), ContainsSubstring(kHook));
}

TEST_CASE("an initramfs of before the hook is made anew even where nothing else changes") {
    FakeHost host;
    new_scripts(host);
    Setup setup = host.setup(Family::red_hat);
    host.install(setup);
    const std::string image = "/boot/initramfs-4.19.90-made.upkdump.img";
    host.file(image, "image");
    fs::last_write_time(host.path(image), fs::file_time_type::clock::now() + std::chrono::hours(1));
    CHECK(host.install(setup).empty());
    fs::last_write_time(host.path(image), fs::file_time_type::clock::now() - std::chrono::hours(1));
    CHECK(host.install(setup) == "kdumpctl rebuild\nkdumpctl restart\n");
    setup.rebuild = false;
    CHECK(host.install(setup).empty());
}

TEST_CASE("an upgrade makes the initramfs anew and installs nothing by itself") {
    FakeHost host;
    new_scripts(host);
    Setup setup = host.setup(Family::red_hat), upgrade = setup;
    upgrade.refresh = true;
    const std::string image = "/boot/initramfs-4.19.90-made.upkdump.img";
    host.file(image, "image");
    fs::last_write_time(host.path(image), fs::file_time_type::clock::now() - std::chrono::hours(1));
    CHECK(plan_install(host.root(), upgrade)->steps.empty());
    setup.rebuild = false;
    host.install(setup);
    auto before = host.snapshot();
    CHECK(host.install(upgrade) == "kdumpctl rebuild\nkdumpctl restart\n");
    CHECK(host.snapshot() == before);
}

TEST_CASE("targets without files and a pinned initramfs are warned of") {
    FakeHost host;
    new_scripts(host);
    host.file(kKdumpConf, "ssh kdump@192.0.2.7\nforce_no_rebuild 1\n");
    auto plan = plan_install(host.root(), host.setup(Family::red_hat));
    REQUIRE(plan);
    REQUIRE(plan->warnings.size() == 2);
    CHECK_THAT(plan->warnings[0], ContainsSubstring("force_no_rebuild"));
    CHECK_THAT(plan->warnings[1], ContainsSubstring("/proc/vmcore"));
}
