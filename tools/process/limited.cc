#include "process/limited.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <new>

#include <fmt/format.h>

namespace nfstriage {
namespace {

// What the exit status says.
constexpr int kOutOfMemory = 3, kThrew = 4;

void limit(__rlimit_resource what, std::uint64_t value) {
    rlimit both{value, value};
    ::setrlimit(what, &both);
}

void die_first_when_memory_is_short() {
    int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    // Without it the kernel chooses by itself, which is no fault.
    [[maybe_unused]] ssize_t ignored = ::write(fd, "1000", 4);
    ::close(fd);
}

}  // namespace

int run_limited(const ProcessLimits& limits, pid_t parent, const std::function<void()>& work) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) return 0;  // it was gone before we asked
    ::signal(SIGPIPE, SIG_IGN);
    die_first_when_memory_is_short();
#ifndef __SANITIZE_ADDRESS__  // which maps terabytes
    limit(RLIMIT_AS, limits.memory_bytes);
#endif
    limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.deadline.count() / 1000 + 1));
    limit(RLIMIT_FSIZE, limits.file_bytes);
    limit(RLIMIT_CORE, 0);
    try {
        work();
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    } catch (...) {
        return kThrew;
    }
    return 0;
}

std::string why_it_died(int status) {
    if (WIFSIGNALED(status)) return fmt::format("the analysis died of signal {}", WTERMSIG(status));
    if (WEXITSTATUS(status) == 0) return {};
    if (WEXITSTATUS(status) == kOutOfMemory) return "the analysis reached its memory limit";
    return fmt::format("the analysis failed with status {}", WEXITSTATUS(status));
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace nfstriage
