// What installations of all families have in common: finding the family, profiles, the unit,
// effects on files, memory.
#include <sys/xattr.h>
#include <unistd.h>

#include "fake_host.h"
#include "hook/setup/reservation.h"
#include "hook/setup/status.h"

using namespace nfstriage;
using namespace nfstriage::setup;
namespace fs = std::filesystem;

namespace {

FakeHost& with_conf(FakeHost& host) {
    host.package();
    host.file(kKdumpConf, "path /var/crash\n");
    return host;
}

}  // namespace

TEST_CASE("the family is told by its files") {
    FakeHost host;
    auto none = find_family(host.root());
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().remedy, ContainsSubstring("kdump-tools"));
    host.file(kKdumpTools, "");
    CHECK(find_family(host.root()).value() == Family::debian);
    host.file(kSysconfig, "");
    CHECK(find_family(host.root()).value() == Family::suse);
    host.file(kKdumpConf, "");  // Red Hat has both
    CHECK(find_family(host.root()).value() == Family::red_hat);
    for (Family family : {Family::red_hat, Family::suse, Family::debian})
        CHECK(family_from(to_string(family)) == family);
}

TEST_CASE("without the hook nothing is installed") {
    FakeHost host;
    host.file(kKdumpConf, "path /var/crash\n");
    auto plan = plan_install(host.root(), host.setup(Family::red_hat));
    REQUIRE_FALSE(plan);
    CHECK_THAT(plan.error().remedy, ContainsSubstring("nfstriage-hook"));
    host.file(kHook, "not executable");
    CHECK_FALSE(plan_install(host.root(), host.setup(Family::red_hat)));
}

TEST_CASE("profiles are copied, and those of an installation go with it") {
    FakeHost host, away;
    with_conf(host);
    away.file("/new.nfsprofile", "new");
    host.file("/usr/lib/nfstriage/profiles/own.nfsprofile", "own");
    away.file("/own.nfsprofile", "own");
    Setup setup = host.setup(Family::red_hat);
    setup.profiles = {away.path("/new.nfsprofile").string(), away.path("/own.nfsprofile").string()};
    host.install(setup);
    CHECK(host.text("/usr/lib/nfstriage/profiles/new.nfsprofile") == "new");
    CHECK(plan_install(host.root(), setup)->steps.empty());
    host.uninstall(setup);
    CHECK(host.root().names_in(kProfileFolder) == std::vector<std::string>{"own.nfsprofile"});
}

TEST_CASE("a list of profiles that leads elsewhere removes nothing there") {
    FakeHost host;
    with_conf(host);
    host.file("/usr/lib/nfstriage/profiles/put-here-by-hook-install", "../nfstriage-hook\n..\n");
    host.uninstall(host.setup(Family::red_hat));
    CHECK(fs::exists(host.path(kHook)));
}

TEST_CASE("the unit for after the reboot is enabled and disabled") {
    FakeHost host;
    with_conf(host);
    Setup setup = host.setup(Family::red_hat);
    setup.capture = false;
    CHECK(host.install(setup) == "systemctl daemon-reload\n");
    CHECK(host.root().link(kPostBootLink) == "/usr/lib/systemd/system/nfstriage-postboot.service");
    CHECK(host.text(kKdumpConf) == "path /var/crash\n");
    host.uninstall(setup);
    CHECK_FALSE(host.root().link(kPostBootLink));
    fs::remove(host.path("/usr/lib/systemd/system/nfstriage-postboot.service"));
    CHECK(plan_install(host.root(), setup)->warnings.size() == 1);
}

TEST_CASE("every file is changed before the first command, which may fail") {
    auto files_come_first = [](const Plan& plan) {
        bool commands = false;
        for (const Step& step : plan.steps) {
            const bool command = std::holds_alternative<RunCommand>(step);
            if (commands && !command) return false;
            commands = commands || command;
        }
        return commands;
    };
    for (Family family : {Family::red_hat, Family::suse, Family::debian}) {
        FakeHost host;
        host.package();
        host.file(family == Family::red_hat ? kKdumpConf
                  : family == Family::suse  ? kSysconfig
                                            : kKdumpTools,
                  "# empty\n");
        Setup setup = host.setup(family);
        CHECK(files_come_first(*plan_install(host.root(), setup)));
        host.install(setup);
        CHECK(files_come_first(*plan_uninstall(host.root(), setup)));
    }
}

TEST_CASE("where systemd does not run, as in a chroot, it is not called") {
    FakeHost host;
    with_conf(host);
    fs::remove_all(host.path("/run"));
    Setup setup = host.setup(Family::red_hat);
    setup.capture = false;
    CHECK(host.install(setup).empty());
    CHECK(host.root().link(kPostBootLink));
    CHECK(host.uninstall(setup).empty());
}

TEST_CASE("uninstalling works where kdump has gone, and on a host that has nothing of ours") {
    FakeHost host;
    with_conf(host);
    Setup setup = host.setup(Family::red_hat);
    host.install(setup);
    fs::remove(host.path(kKdumpConf));
    host.uninstall(setup);
    CHECK_FALSE(host.root().link(kPostBootLink));
    FakeHost other;
    CHECK(plan_uninstall(other.root(), setup)->steps.empty());
}

TEST_CASE("an edited file keeps its owner, its mode and its extended attributes") {
    FakeHost host;
    with_conf(host);
    const fs::path conf = host.path(kKdumpConf);
    REQUIRE(chmod(conf.c_str(), 0604) == 0);
    const bool labelled = setxattr(conf.c_str(), "user.label", "secret", 6, 0) == 0;
    const bool owned = geteuid() == 0 && chown(conf.c_str(), 12, 34) == 0;
    struct stat before {
    }, after{};
    REQUIRE(stat(conf.c_str(), &before) == 0);
    host.install(host.setup(Family::red_hat));
    REQUIRE(stat(conf.c_str(), &after) == 0);
    CHECK(after.st_ino != before.st_ino);  // a new file in one move
    CHECK(after.st_mode == before.st_mode);
    if (owned) CHECK((after.st_uid == 12 && after.st_gid == 34));
    char value[16] = {};
    if (labelled) CHECK(getxattr(conf.c_str(), "user.label", value, sizeof value) == 6);
    for (const std::string& name : host.root().names_in("/etc"))
        CHECK_FALSE(name.starts_with(".kdump.conf"));  // no temporary file left
}

TEST_CASE("a step that fails is an error with its path and ends the plan") {
    FakeHost host;
    host.file("/etc", "a file where a folder should be");
    Plan plan;
    plan.steps = {WriteFile{"/etc/kdump.conf", "x"}, MakeLink{"/after", "x"}};
    auto applied = apply(plan, host.root(), [](const Step&) {});
    REQUIRE_FALSE(applied);
    CHECK_THAT(applied.error().file, ContainsSubstring("etc"));
    CHECK_FALSE(host.root().link("/after"));
}

TEST_CASE("commands are run on the host only, and a failing one is an error") {
    FakeHost host;
    Plan plan;
    plan.steps = {RunCommand{{"false"}}};
    CHECK(apply(plan, host.root(), [](const Step&) {}));
    CHECK_FALSE(apply(plan, Root("/"), [](const Step&) {}));
    CHECK(run_command({"true"}));
    CHECK_FALSE(run_command({"no-such-command-of-ours"}));
    CHECK(output_of({"sh", "-c", "echo out; echo err >&2"}, 100).value() == "out\n");
    CHECK(output_of({"sh", "-c", "yes | head -c 100000"}, 10).value().size() == 10);
}

TEST_CASE("a dry run shows the lines that come and go") {
    FakeHost host;
    host.file("/a", "one\ntwo\nthree\n");
    CHECK(describe(WriteFile{"/a", "one\n2\nthree\n"}, host.root()) ==
          "edit /a\n    - two\n    + 2");
    CHECK(describe(WriteFile{"/b", "x\n"}, host.root()) == "write /b\n    + x");
    CHECK(describe(RunCommand{{"mkdumprd", "-f"}}, host.root()) == "to be run there: mkdumprd -f");
}

TEST_CASE("too little memory for the capture kernel is told with what to set") {
    constexpr std::uint64_t kMiB = 1 << 20;
    FakeHost host;
    CHECK_FALSE(read_reservation(host.root()).bytes);
    CHECK_FALSE(advice(read_reservation(host.root()), wanted_bytes(0), Family::red_hat));
    host.file("/sys/kernel/kexec_crash_size", std::to_string(128 * kMiB) + "\n");
    host.file("/sys/kernel/kexec_crash_loaded", "1\n");
    Reservation small = read_reservation(host.root());
    CHECK(small.bytes == 128 * kMiB);
    CHECK(small.loaded == true);
    CHECK(wanted_bytes(4 * kMiB) == 192 * kMiB);
    auto text = advice(small, wanted_bytes(4 * kMiB), Family::red_hat);
    REQUIRE(text);
    CHECK_THAT(*text, ContainsSubstring("--args=crashkernel=192M"));
    CHECK_FALSE(advice({256 * kMiB, true}, wanted_bytes(4 * kMiB), Family::suse));
    CHECK_THAT(advice({0, false}, wanted_bytes(0), Family::debian).value(),
               ContainsSubstring("no dump will be saved"));
}

TEST_CASE("the status tells what is missing") {
    FakeHost host;
    with_conf(host);
    Setup setup = host.setup(Family::red_hat);
    auto before = read_status(host.root(), setup);
    REQUIRE(before);
    CHECK_FALSE(complete(*before));
    CHECK_THAT(to_text(*before), ContainsSubstring("NOT from kdump"));
    host.install(setup);
    auto after = read_status(host.root(), setup);
    REQUIRE(after);
    CHECK(complete(*after));
    CHECK_THAT(to_text(*after), ContainsSubstring("kdump_post in /etc/kdump.conf"));
    host.file("/sys/kernel/kexec_crash_size", "0\n");
    CHECK_FALSE(complete(*read_status(host.root(), setup)));
}
