#include "hook/selftest.h"

#include <sys/utsname.h>
#include <cstdio>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "hook/supervise.h"
#include "hook/system.h"
#include "triage.h"

namespace nfstriage::hook {
namespace {

namespace fs = std::filesystem;

// A crash of our own making that every build must understand.
constexpr std::string_view kLog =
    "[    0.000000] Linux version 5.10.0-made-up (us@here) (gcc 10) #1 SMP\n"
    "[  100.000000] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
    "[  100.000001] #PF: supervisor read access in kernel mode\n"
    "[  100.000002] Oops: 0000 [#1] SMP PTI\n"
    "[  100.000003] CPU: 2 PID: 4711 Comm: writer Not tainted 5.10.0-made-up #1\n"
    "[  100.000004] RIP: 0010:nfs_made_up_function+0x12/0x80 [nfs]\n"
    "[  100.000005] Call Trace:\n"
    "[  100.000006]  nfs_file_write+0x40/0x200 [nfs]\n"
    "[  100.000007] ---[ end trace 0123456789abcdef ]---\n"
    "[  100.000008] Kernel panic - not syncing: Fatal exception\n";
constexpr std::string_view kFunction = "nfs_made_up_function";

class Report {
public:
    void ok(std::string_view text) { line("ok", text); }
    void note(std::string_view text) { line("note", text); }
    void fail(std::string_view text) {
        passed_ = false;
        line("FAIL", text);
    }
    bool passed() const { return passed_; }

private:
    static void line(std::string_view what, std::string_view text) {
        std::string all = fmt::format("{:<5} {}\n", what, text);
        std::fwrite(all.data(), 1, all.size(), stdout);
    }
    bool passed_ = true;
};

void check_catalogue(Report& report) {
    auto catalogue = Catalogue::built_in();
    if (!catalogue) {
        report.fail("rules: " + to_string(catalogue.error()));
        return;
    }
    report.ok(fmt::format("{} rules and {} records of known bugs are at hand",
                          catalogue->rules.size(), catalogue->knowledge.records.size()));
}

void check_analysis(Report& report) {
    constexpr Limits kLimits{std::chrono::seconds(10), 256 << 20};
    auto outcome = supervise(kLimits, [](const Tell& tell) {
        auto catalogue = Catalogue::built_in();
        if (!catalogue) return;
        log::TextView log(kLog);
        auto verdict = triage_log(log, "self-test", *catalogue);
        if (verdict && verdict->crash) tell(verdict->culprit.function);
    });
    if (outcome && outcome->told == std::string(kFunction))
        report.ok("a crash is analysed in a process of its own, within its limits");
    else
        report.fail("a made-up crash was not understood: " +
                    (outcome ? outcome->why : to_string(outcome.error())));
}

void check_deadline(Report& report) {
    constexpr Limits kShort{std::chrono::milliseconds(200), 256 << 20};
    auto outcome = supervise(kShort, [](const Tell&) {
        for (volatile bool forever = true; forever;) {
        }
    });
    if (outcome && outcome->end == End::deadline)
        report.ok("an analysis that does not end is stopped");
    else
        report.fail("an analysis that does not end was not stopped");
}

void check_kernel(Report& report, const System& system) {
    utsname running{};
    if (::uname(&running) != 0) return;
    std::error_code ignored;
    std::string release = escape(running.release);
    if (fs::exists(system.root / "sys/kernel/btf/vmlinux", ignored)) {
        report.ok(fmt::format("the running kernel, {}, carries its own types (BTF)", release));
        return;
    }
    bool any = false;
    for (const fs::path& folder : profile_folders(system))
        any = any || (fs::is_directory(folder, ignored) && !fs::is_empty(folder, ignored));
    report.note(any ? fmt::format("the running kernel, {}, has no BTF; profiles are at hand, see "
                                  "nfstriage profile verify",
                                  release)
                    : fmt::format("the running kernel, {}, has no BTF and there is no profile: "
                                  "verdicts will come from the console log, see nfstriage profile "
                                  "build",
                                  release));
}

void check_reservation(Report& report, const System& system) {
    auto number = [&](const char* file) -> std::optional<std::uint64_t> {
        auto text = read_small_file(system.root / "sys/kernel" / file, 64);
        return text ? parse_unsigned(trim(*text)) : std::nullopt;
    };
    auto size = number("kexec_crash_size"), loaded = number("kexec_crash_loaded");
    if (!size || *size == 0)
        report.note(
            "no memory is reserved for a capture kernel (crashkernel=): only crashes that "
            "are saved some other way are triaged");
    else
        report.ok(fmt::format("{} MiB are reserved for the capture kernel", *size >> 20));
    if (loaded && *loaded == 0)
        report.note("no capture kernel is loaded: is the kdump service on?");
}

void check_places(Report& report, const System& system) {
    if (system.configs.empty()) report.note("kdump is not configured here");
    for (const KdumpConfig& config : system.configs)
        report.ok("kdump saves to " + escape(config.target));
    auto places = folders_for_verdict(system, std::time(nullptr));
    if (!places.empty())
        report.ok("verdicts go beside the dump, or below " +
                  escape(places.front().parent_path().string()));
    else
        report.note(
            "no local disk for a verdict where no dump is saved: it will be printed to the "
            "console only");
}

}  // namespace

bool selftest(const fs::path& root) {
    Report report;
    System system = look_around(root);
    check_catalogue(report);
    check_analysis(report);
    check_deadline(report);
    check_kernel(report, system);
    check_reservation(report, system);
    check_places(report, system);
    return report.passed();
}

}  // namespace nfstriage::hook
