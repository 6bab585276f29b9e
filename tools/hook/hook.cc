#include "hook/hook.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "crash_directory.h"
#include "hook/post_boot.h"
#include "hook/selftest.h"
#include "hook/supervise.h"
#include "hook/system.h"
#include "hook/triage_crash.h"
#include "hook/verdict_files.h"

namespace nfstriage::hook {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kMostMemory = 512 * kMebibyte, kLeastMemory = 48 * kMebibyte;

// kdump says 0 for a dump that was saved, SUSE's VMCORE_STATUS says it in words; no status says
// nothing.
bool was_saved(const std::string& status) {
    return status.empty() || status == "0" || status == "saved successfully";
}

// The crash at hand, and where it is read from. In the capture kernel memory itself is one more
// source: the first where the dump failed, the last resort else.
Crash find_crash(const Options& options, std::time_t now) {
    System system = look_around(options.root);
    Crash crash;
    crash.profiles = profile_folders(system);
    std::optional<fs::path> directory;
    if (!options.directory.empty())
        directory = options.directory;
    else if (auto saved = crash_at_hand(system, was_saved(options.status)))
        directory = saved->directory;
    if (directory) {
        crash.folders.push_back(*directory);
        if (auto input = crash_directory(*directory)) crash.inputs.push_back(std::move(*input));
    }
    if (!system.proc_vmcore.empty()) {
        Input memory;
        memory.parts.push_back(system.proc_vmcore);
        auto at = was_saved(options.status) ? crash.inputs.end() : crash.inputs.begin();
        crash.inputs.insert(at, std::move(memory));
    }
    for (fs::path& folder : folders_for_verdict(system, now))
        crash.folders.push_back(std::move(folder));
    if (!options.output.empty()) crash.folders = {options.output};
    return crash;
}

void clean_up(const Crash& crash) {
    for (const fs::path& folder : crash.folders) remove_leftovers(folder);
}

void triage_crash_at_hand(const Options& options, const Limits& limits, std::time_t now,
                          const Tell& tell) {
    Crash crash = find_crash(options, now);
    crash.limits = limits.spending();
    clean_up(crash);
    if (crash.inputs.empty()) {
        tell(
            options.directory.empty()
                ? "no crash was found: neither a dump that was saved since this kernel booted, nor "
                  "/proc/vmcore"
                : "no dump and no log in " + escape(options.directory));
        return;
    }
    triage_crash(crash, tell);
}

// One hook at a time: kdump may call it by two of its configuration's ways at once.
class Lock {
public:
    explicit Lock(const fs::path& root)
        : fd_(::open((root / "run/nfstriage-hook.lock").c_str(),
                     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)),
          taken_(fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() {
        if (fd_ >= 0) ::close(fd_);
    }
    bool taken() const { return taken_; }  // or there is no place for a lock

private:
    int fd_;
    bool taken_;
};

void leave(int) { ::_exit(0); }

// The console may be slow, or nobody may read it: a line is not worth an outage.
void say(std::string_view text) {
    constexpr unsigned kPatience_s = 2;
    ::signal(SIGALRM, leave);
    ::signal(SIGPIPE, SIG_IGN);
    ::alarm(kPatience_s);
    std::string line = fmt::format("nfstriage: {}\n", text);
    std::string_view rest = line;
    while (!rest.empty()) {
        ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    ::alarm(0);
}

void report(const Result<Outcome>& outcome) {
    if (!outcome) {
        say(to_string(outcome.error()));
        return;
    }
    std::string text = outcome->told.value_or("no verdict");
    if (outcome->end != End::finished) text = outcome->why + "; " + text;
    say(text);
}

// Half of what /proc/meminfo says is available: the other half is kdump's.
std::uint64_t memory_limit(const Options& options) {
    if (options.memory_mib != 0) return options.memory_mib * kMebibyte;
    auto text = read_small_file("/proc/meminfo", 1 << 20);
    if (!text) return kMostMemory;
    for (std::string_view line : split(*text, '\n')) {
        constexpr std::string_view kName = "MemAvailable:";
        if (!line.starts_with(kName)) continue;
        std::string_view number = trim(line.substr(kName.size()));
        auto kib = parse_unsigned(number.substr(0, number.find(' ')));
        if (kib) return std::clamp(*kib * 1024 / 2, kLeastMemory, kMostMemory);
    }
    return kMostMemory;
}

Limits limits_of(const Options& options) {
    constexpr double kCaptureKernel_s = 20, kAfterReboot_s = 120;
    double deadline_s = options.deadline_s > 0 ? options.deadline_s
                        : options.post_boot    ? kAfterReboot_s
                                               : kCaptureKernel_s;
    Limits limits;
    limits.deadline = std::chrono::milliseconds(static_cast<std::int64_t>(deadline_s * 1000));
    limits.memory_bytes = memory_limit(options);
    return limits;
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    app.add_option("STATUS", options.status,
                   "Exit status of the dump, as kdump's post hooks get it: 0, it was saved");
    app.add_option("--status", options.status, "The same, for hooks that pass it by name")
        ->type_name("STATUS");
    app.add_option("--dir", options.directory,
                   "Directory of the crash (default: the newest one that kdump saved since boot)")
        ->type_name("DIR");
    app.add_option("--output", options.output,
                   "Folder for verdict.json and verdict.txt (default: beside the dump)")
        ->type_name("DIR");
    app.add_option("--deadline", options.deadline_s,
                   "Seconds after which the analysis is stopped (default: 20; with --post-boot 120 "
                   "for each crash)")
        ->check(CLI::Range(0.001, 86400.0))
        ->type_name("S");
    app.add_option("--memory", options.memory_mib,
                   "Most memory of the analysis (default: half of what is available)")
        ->check(CLI::Range(16, 1 << 20))
        ->type_name("MIB");
    app.add_option("--root", options.root,
                   "Root of the system to look at, for trying it out (default: /)")
        ->type_name("DIR");
    app.add_flag("--post-boot", options.post_boot,
                 "Triage every saved crash that was not triaged after a boot yet");
    app.add_flag("--selftest", options.selftest,
                 "Check that the hook would work here; exit status 1 if it would not");
}

int run(const Options& options) {
    if (options.selftest) return selftest(options.root) ? 0 : 1;
    Limits limits = limits_of(options);
    if (options.post_boot) {
        post_boot({options.root, limits}, say);
        return 0;
    }
    Lock lock(options.root);
    if (!lock.taken()) {
        say("another hook is at work, this one leaves it to that");
        return 0;
    }
    std::time_t now = std::time(nullptr);
    report(supervise(
        limits, [&](const Tell& tell) { triage_crash_at_hand(options, limits, now, tell); },
        [&] { clean_up(find_crash(options, now)); }));
    return 0;
}

}  // namespace nfstriage::hook
