#include "confinement.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "command.h"
#include "inputs.h"
#include "process/outside.h"
#include "profile_cache.h"
#include "sandbox_option.h"

namespace nfstriage::command {
namespace {

namespace fs = std::filesystem;

// Folders below each other, as debuginfo is searched.
constexpr int kDeepest = 12;

bool unpacks(const InputOptions& options) {
    return std::any_of(options.inputs.begin(), options.inputs.end(),
                       [](const std::string& name) { return name != "-" && is_unpacked(name); });
}

bool needs_profiles(const InputOptions& options) {
    return !options.debuginfo.empty() || options.debuginfod;
}

// The file behind -o: it has to be there to be granted, and goes again if nothing was written.
class Output {
public:
    explicit Output(const fs::path& path) {
        struct stat status {};
        if (path.empty() || ::stat(path.c_str(), &status) == 0) return;
        int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) return;  // said by who wants to write
        ::close(fd);
        std::error_code ignored;
        made_ = fs::canonical(path, ignored);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() {
        struct stat status {};
        if (!made_.empty() && ::lstat(made_.c_str(), &status) == 0 && status.st_size == 0)
            ::unlink(made_.c_str());
    }

private:
    fs::path made_;  // without symbolic links; empty if it was there
};

// The exit status, unless it was a signal.
int exit_status_of(int wait_status) {
    if (!WIFSIGNALED(wait_status)) return WEXITSTATUS(wait_status);
    const int signal = WTERMSIG(wait_status);
    if (signal == SIGSYS)
        spdlog::error(
            "the analysis asked the kernel for something that the sandbox refuses, and "
            "was stopped; if you trust the input, try --sandbox=auto, and tell us");
    else
        spdlog::error("the analysis died of signal {} ({})", signal, ::strsignal(signal));
    return 0;
}

[[noreturn]] void die_of(int signal) {
    rlimit no_core{0, 0};  // there was one of the process that knows why
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(128 + signal);  // of a signal that does not end a process
}

}  // namespace

Confinement::Confinement(const InputOptions& options, Needs needs)
    : options_(options), needs_(std::move(needs)) {
    if (options.confinement() == Sandbox::off) return;
    if (!needs_.scratch && !needs_profiles(options) && !unpacks(options)) return;
    std::error_code ignored;
    if (const fs::path cache = cache_folder(); !cache.empty() && needs_profiles(options))
        fs::create_directories(cache, ignored);  // what is not there cannot be granted
    auto made = PrivateFolder::make();
    if (!made) {
        no_scratch_ = made.error();
        return;
    }
    scratch_ = *made;
    ::setenv("TMPDIR", scratch_->path().c_str(), 1);
}

std::vector<Grant> Confinement::grants() const {
    std::vector<Grant> grants;
    for (const std::string& name : options_.inputs)
        if (name != "-") grant_reading(grants, name);
    for (const std::string& name : needs_.reads) grants.push_back({name, Access::read});
    for (const std::string& path : options_.debuginfo) grant_reading(grants, path, kDeepest);
    if (!options_.profile.empty()) grants.push_back({options_.profile, Access::read});
    for (const fs::path& folder : profile_folders()) grant_reading(grants, folder);
    if (needs_.output && !options_.output.empty())
        grants.push_back({options_.output, Access::write});
    if (scratch_) grants.push_back({scratch_->path(), Access::fill});
    return grants;
}

bool Confinement::leaves_something() const {
    return options_.outside->has_services() || scratch_ != nullptr ||
           (needs_.output && !options_.output.empty());
}

int Confinement::run_here(Sandbox sandbox, const std::function<int()>& work) const {
    if (auto entered = enter_sandbox(sandbox, grants()); !entered) {
        spdlog::error("--sandbox=strict: {}", to_string(entered.error()));
        return Exit::check_failed;
    }
    return work();
}

int Confinement::run_in_child(Sandbox sandbox, const std::function<int()>& work) {
    Output output(needs_.output ? options_.output : "");
    auto ended = options_.outside->run([&] { return run_here(sandbox, work); });
    scratch_.reset();
    if (ended) return *ended;
    spdlog::error("the analysis could not be started: {}", to_string(ended.error()));
    return W_EXITCODE(Exit::check_failed, 0);
}

int Confinement::run(const std::function<int()>& work) {
    const Sandbox sandbox = options_.confinement();
    if (sandbox == Sandbox::off) return work();
    if (!tell_missing(sandbox)) return Exit::check_failed;
    if (needs_.scratch && no_scratch_) {
        spdlog::error("{}", to_string(*no_scratch_));
        return Exit::unreadable;
    }
    if (!leaves_something()) {
        const int status = run_here(sandbox, work);
#ifdef __SANITIZE_ADDRESS__
        std::fflush(nullptr);  // looking for leaks needs ptrace(), which is refused
        ::_exit(status);
#endif
        return status;
    }
    const int ended = run_in_child(sandbox, work);
    const int status = exit_status_of(ended);
    if (WIFSIGNALED(ended)) die_of(WTERMSIG(ended));
    return status;
}

}  // namespace nfstriage::command
