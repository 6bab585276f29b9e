#include "hook/supervise.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "process/limited.h"

namespace nfstriage::hook {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr char kEndOfTold = '\0';
constexpr std::uint64_t kLargestFile = 64 << 20;
constexpr milliseconds kGrace{500};  // for a killed worker to be gone
constexpr milliseconds kCleaning{1000};

// Large blocks go back to the system when they are freed: glibc would keep all but the first ones.
void give_back_large_blocks() {
    constexpr int kLarge_bytes = 128 << 10;
    ::mallopt(M_MMAP_THRESHOLD, kLarge_bytes);
}

// Reads until the worker closes its end or the time is over; keeps the last whole message.
class Listener {
public:
    explicit Listener(int fd) : fd_(fd) {}

    // False: the time is over.
    bool listen_until(Clock::time_point end) {
        for (;;) {
            auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
            if (left <= milliseconds::zero()) return false;
            pollfd wait{fd_, POLLIN, 0};
            int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
            if (ready < 0 && errno != EINTR) return true;
            if (ready > 0 && !take()) return true;
        }
    }

    std::optional<std::string> told;

private:
    bool take() {
        char buffer[4096];
        ssize_t got = ::read(fd_, buffer, sizeof buffer);
        if (got < 0) return errno == EINTR;
        if (got == 0) return false;
        for (char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
            if (c == kEndOfTold)
                told = std::exchange(pending_, {});
            else if (pending_.size() < kLongestTold)
                pending_ += c;
        }
        return true;
    }

    int fd_;
    std::string pending_;
};

// Nothing if it is still there after the grace: it sleeps in the kernel and dies when that ends.
std::optional<int> status_of(pid_t worker) {
    auto end = Clock::now() + kGrace;
    for (;;) {
        int status = 0;
        pid_t gone = ::waitpid(worker, &status, WNOHANG);
        if (gone == worker) return status;
        if ((gone < 0 && errno != EINTR) || Clock::now() > end) return std::nullopt;
        std::this_thread::sleep_for(milliseconds(5));
    }
}

}  // namespace

Result<Outcome> supervise(const Limits& limits, const std::function<void(const Tell&)>& work) {
    auto end = Clock::now() + limits.deadline;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return error({}, std::nullopt, fmt::format("no pipe: {}", std::strerror(errno)),
                     "check the limits of open files");
    pid_t supervisor = ::getpid();
    pid_t worker = ::fork();
    if (worker < 0) {
        int why = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        return error({}, std::nullopt, fmt::format("no process: {}", std::strerror(why)),
                     "check memory and the limits of processes");
    }
    if (worker == 0) {
        ::close(ends[0]);
        ProcessLimits own{limits.deadline, limits.memory_bytes, kLargestFile};
        ::_exit(run_limited(own, supervisor, [&] {
            give_back_large_blocks();
            work([told = ends[1]](std::string_view text) {
                std::string message(text.substr(0, kLongestTold));
                std::erase(message, kEndOfTold);
                write_all(told, message + kEndOfTold);
            });
        }));
    }
    ::close(ends[1]);
    Listener listener(ends[0]);
    bool in_time = listener.listen_until(end);
    if (!in_time) ::kill(worker, SIGKILL);
    std::optional<int> status = status_of(worker);
    if (in_time && !status) ::kill(worker, SIGKILL);
    ::close(ends[0]);
    Outcome outcome;
    outcome.told = std::move(listener.told);
    if (!in_time) {
        outcome.end = End::deadline;
        outcome.why = fmt::format("the analysis was stopped after {:.1f} s",
                                  static_cast<double>(limits.deadline.count()) / 1000);
    } else if (status) {
        outcome.why = why_it_died(*status);
        if (!outcome.why.empty()) outcome.end = End::died;
    }
    return outcome;
}

Result<Outcome> supervise(const Limits& limits, const std::function<void(const Tell&)>& work,
                          const std::function<void()>& clean_up) {
    auto outcome = supervise(limits, work);
    if (outcome && outcome->end != End::finished)
        (void)supervise({kCleaning, limits.memory_bytes}, [&](const Tell&) { clean_up(); });
    return outcome;
}

}  // namespace nfstriage::hook
