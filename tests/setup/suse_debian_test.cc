// An installation on SUSE, Debian and Ubuntu.
#include "fake_host.h"
#include "hook/setup/sysconfig.h"

using namespace nfstriage;
using namespace nfstriage::setup;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSuseConf =
    "## Type:    string\nKDUMP_SAVEDIR=\"/var/crash\"\n\n## Type:    string\n"
    "KDUMP_REQUIRED_PROGRAMS=\"\"\nKDUMP_TRANSFER=\"\"\nKDUMP_POSTSCRIPT=\"\"\n";

void suse(const FakeHost& host, const std::string& conf = kSuseConf) {
    host.package();
    host.program("/usr/lib/kdump/kdump-save",
                 "#!/bin/bash\nif [[ -n ${KDUMP_POSTSCRIPT} ]]; then\n\teval "
                 "\"${KDUMP_POSTSCRIPT}\"\nfi\n");
    host.file(kSysconfig, conf, 0600);
}

constexpr const char* kDebianConf =
    "USE_KDUMP=1\nKDUMP_COREDIR=\"/var/crash\"\n#KDUMP_CMDLINE_APPEND=\"reset_devices "
    "systemd.unit=kdump-tools-dump.service nr_cpus=1\"\n";

void debian(const FakeHost& host, const std::string& conf = kDebianConf) {
    host.package();
    host.file(kKdumpTools, conf);
    host.program("/usr/sbin/kdump-config");
    for (const char* unit : {"kdump-tools.service", "kdump-tools-dump.service"})
        host.file(std::string("/usr/lib/systemd/system/") + unit,
                  "[Service]\nExecStart=/etc/init.d/kdump-tools start\n");
}

const std::string kDropIn = "/etc/systemd/system/kdump-tools-dump.service.d/nfstriage.conf";
const std::string kOrdinaryDropIn = "/etc/systemd/system/kdump-tools.service.d/nfstriage.conf";

}  // namespace

TEST_CASE("SUSE: the script is called with the folder of the dump, and named for the initramfs") {
    FakeHost host;
    suse(host);
    Setup setup = host.setup(Family::suse);
    setup.post_boot = false;
    auto before = host.snapshot();
    CHECK(host.install(setup) == "mkdumprd -f\nsystemctl try-restart kdump.service\n");
    const std::string text = host.text(kSysconfig);
    CHECK(find_assignment(text, "KDUMP_POSTSCRIPT")->value ==
          "/usr/lib/nfstriage/nfstriage-hook --dir \"$DIR\" --status \"$VMCORE_STATUS\"");
    CHECK(find_assignment(text, "KDUMP_REQUIRED_PROGRAMS")->value == kHook);
    CHECK(plan_install(host.root(), setup)->steps.empty());
    host.uninstall(setup);
    CHECK(host.snapshot() == before);
}

TEST_CASE("SUSE: a kdump without these variables gets one plain word, and its file back") {
    FakeHost host;
    suse(host);
    fs::remove(host.path("/usr/lib/kdump/kdump-save"));
    Setup setup = host.setup(Family::suse);
    std::string before = host.text(kSysconfig);
    host.install(setup);
    CHECK(find_assignment(host.text(kSysconfig), "KDUMP_POSTSCRIPT")->value == kHook);
    CHECK(plan_install(host.root(), setup)->steps.empty());
    suse(host, host.text(kSysconfig));  // kdump is brought up to date
    host.uninstall(setup);
    CHECK(host.text(kSysconfig) == before);
}

TEST_CASE("SUSE: programs that the initramfs has already stay in it") {
    FakeHost host;
    suse(host, "KDUMP_REQUIRED_PROGRAMS='lftp  ssh'\nKDUMP_POSTSCRIPT=\n");
    Setup setup = host.setup(Family::suse);
    std::string before = host.text(kSysconfig);
    host.install(setup);
    CHECK(find_assignment(host.text(kSysconfig), "KDUMP_REQUIRED_PROGRAMS")->value ==
          std::string("lftp  ssh ") + kHook);
    host.uninstall(setup);
    CHECK(host.text(kSysconfig) == before);
}

TEST_CASE("SUSE: what an administrator added to our edit survives its removal") {
    FakeHost host;
    suse(host);
    Setup setup = host.setup(Family::suse);
    host.install(setup);
    std::string text = host.text(kSysconfig);
    std::size_t at = text.find(std::string("KDUMP_REQUIRED_PROGRAMS=\"") + kHook);
    REQUIRE(at != std::string::npos);
    text.insert(text.find('"', at) + 1, "/usr/bin/curl ");
    host.file(kSysconfig, text);
    host.uninstall(setup);
    CHECK(find_assignment(host.text(kSysconfig), "KDUMP_REQUIRED_PROGRAMS")->value ==
          "/usr/bin/curl");
    CHECK(find_assignment(host.text(kSysconfig), "KDUMP_POSTSCRIPT")->value == "");
}

TEST_CASE("SUSE: somebody else's script is never replaced, nor one that only a shell can read") {
    for (const char* post : {"'/opt/vendor/post.sh'", "\"$VENDOR/post.sh\""}) {
        FakeHost host;
        suse(host, std::string("KDUMP_REQUIRED_PROGRAMS=\"\"\nKDUMP_POSTSCRIPT=") + post + "\n");
        auto plan = plan_install(host.root(), host.setup(Family::suse));
        REQUIRE_FALSE(plan);
        CHECK_THAT(plan.error().remedy, ContainsSubstring("--dir \"$DIR\""));
    }
}

TEST_CASE("SUSE: a script that runs the hook among others is an installation") {
    FakeHost host;
    suse(host, std::string("KDUMP_POSTSCRIPT='/opt/vendor/post.sh; ") + kHook +
                   " --dir \"$DIR\"'\nKDUMP_REQUIRED_PROGRAMS=\"/opt/vendor/post.sh " + kHook +
                   "\"\n");
    Setup setup = host.setup(Family::suse);
    setup.post_boot = false;
    CHECK(plan_install(host.root(), setup)->steps.empty());
    CHECK(find_call(host.root(), Family::suse, kHook).value() ==
          "KDUMP_POSTSCRIPT in /etc/sysconfig/kdump");
    auto plan = plan_uninstall(host.root(), setup);
    CHECK(plan->steps.empty());
    CHECK(plan->warnings.size() == 1);
}

TEST_CASE("SUSE: a transfer of one's own, after which no script runs, is warned of") {
    FakeHost host;
    suse(host, "KDUMP_TRANSFER=\"/opt/vendor/transfer\"\n");
    CHECK(plan_install(host.root(), host.setup(Family::suse))->warnings.size() == 1);
}

TEST_CASE("Debian: the capture service runs our script, and theirs where ours has gone") {
    FakeHost host;
    debian(host);
    Setup setup = host.setup(Family::debian);
    setup.post_boot = false;
    CHECK(host.install(setup) == "systemctl daemon-reload\n");
    const std::string text = host.text(kDropIn);
    CHECK_THAT(text, ContainsSubstring("ExecStart=\nExecStart=/bin/sh -c 'if [ -x "
                                       "/usr/lib/nfstriage/kdump-tools-capture ]"));
    CHECK_THAT(text, ContainsSubstring("exec /etc/init.d/kdump-tools start'"));
    CHECK_FALSE(fs::exists(host.path(kOrdinaryDropIn)));
    CHECK(plan_install(host.root(), setup)->steps.empty());
    CHECK(find_call(host.root(), Family::debian, kHook).value() == kDropIn);
    host.uninstall(setup);
    CHECK_FALSE(fs::exists(host.path(kDropIn).parent_path()));
}

TEST_CASE("Debian: a capture kernel told to boot elsewhere is met there too") {
    FakeHost host;
    debian(host, "KDUMP_CMDLINE_APPEND=\"reset_devices nr_cpus=1\"\n");
    host.install(host.setup(Family::debian));
    CHECK(fs::exists(host.path(kDropIn)));
    CHECK(fs::exists(host.path(kOrdinaryDropIn)));
}

TEST_CASE("Debian: before there was a service of its own the ordinary one is used") {
    FakeHost host;
    debian(host);
    fs::remove(host.path("/usr/lib/systemd/system/kdump-tools-dump.service"));
    host.install(host.setup(Family::debian));
    CHECK_FALSE(fs::exists(host.path(kDropIn)));
    CHECK(fs::exists(host.path(kOrdinaryDropIn)));
}

TEST_CASE("Debian: the small initramfs is made anew where it takes the hook") {
    FakeHost host;
    debian(host);
    host.program("/etc/kernel/postinst.d/kdump-tools");
    host.program("/usr/share/initramfs-tools/hooks/nfstriage");
    Setup setup = host.setup(Family::debian);
    setup.post_boot = false;
    CHECK(host.install(setup) == "systemctl daemon-reload\n");  // there is none yet
    host.uninstall(setup);
    host.file("/var/lib/kdump/initrd.img-4.19.90-made.up", "image");
    CHECK(host.install(setup) ==
          "systemctl daemon-reload\n/etc/kernel/postinst.d/kdump-tools 4.19.90-made.up\n"
          "kdump-config try-reload\n");
}
