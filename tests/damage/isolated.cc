#include "damage/isolated.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>

namespace nfstriage::damage {
namespace {

constexpr std::size_t kMostInProcess = 64;
constexpr int kSleeping = 10;  // times the deadline, for a job that waits

// A process tells of each job twice: that it begins, and how it ended. Behind the second come
// `size` bytes of text.
struct Told {
    std::size_t place = 0;
    bool ended = false;
    std::uint64_t microseconds = 0, peak_bytes = 0, size = 0;
};

void write_all(int fd, const void* bytes, std::size_t size) {
    auto* at = static_cast<const char*>(bytes);
    while (size > 0) {
        ssize_t done = ::write(fd, at, size);
        if (done <= 0) _exit(2);
        at += done;
        size -= static_cast<std::size_t>(done);
    }
}

void set_timer(__itimer_which which, std::chrono::milliseconds after) {
    itimerval timer{};
    timer.it_value.tv_sec = after.count() / 1000;
    timer.it_value.tv_usec = after.count() % 1000 * 1000;
    ::setitimer(which, &timer, nullptr);
}

// On a busy machine little of the time is ours: what counts is the CPU's, unless we sleep.
void set_alarm(std::chrono::milliseconds after) {
    set_timer(ITIMER_PROF, after);
    set_timer(ITIMER_REAL, after * kSleeping);
}

std::uint64_t cpu_microseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

std::uint64_t peak_bytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

// An exception ends the process as it ends a program.
[[noreturn]] void work(int fd, const std::vector<std::size_t>& places, const Job& job,
                       unsigned slot, const Limits& limits) noexcept {
    rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGALRM, SIG_DFL);
    ::signal(SIGPROF, SIG_DFL);
    if (limits.memory_bytes != 0) {
        rlimit memory{limits.memory_bytes, limits.memory_bytes};
        ::setrlimit(RLIMIT_AS, &memory);
    }
    for (std::size_t place : places) {
        Told told{place};
        write_all(fd, &told, sizeof(told));
        set_alarm(limits.deadline);
        std::uint64_t start = cpu_microseconds();
        std::string said = job(place, slot);
        told.microseconds = cpu_microseconds() - start;
        set_alarm(std::chrono::milliseconds(0));
        told.ended = true;
        told.peak_bytes = peak_bytes();
        told.size = said.size();
        write_all(fd, &told, sizeof(told));
        write_all(fd, said.data(), said.size());
    }
    _exit(0);
}

class Process {
public:
    Process(const std::vector<std::size_t>& places, const Job& job, unsigned slot,
            const Limits& limits)
        : slot_(slot), left_(places.begin(), places.end()) {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error(std::strerror(errno));
        pid_ = ::fork();
        if (pid_ < 0) throw std::runtime_error(std::strerror(errno));
        if (pid_ == 0) {
            ::close(ends[0]);
            work(ends[1], places, job, slot, limits);
        }
        ::close(ends[1]);
        fd_ = ends[0];
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() { ::close(fd_); }

    int fd() const { return fd_; }
    unsigned slot() const { return slot_; }

    // Reads what there is; false once the process has ended.
    bool read(const std::function<void(const Ended&)>& report) {
        char bytes[65536];
        ssize_t got = ::read(fd_, bytes, sizeof(bytes));
        if (got <= 0) return got < 0 && errno == EINTR;
        text_.append(bytes, static_cast<std::size_t>(got));
        while (take(report)) continue;
        return true;
    }

    // The jobs that are left once it has ended; one that it died of is reported and not among them.
    std::vector<std::size_t> wait(const std::function<void(const Ended&)>& report) {
        int status = 0;
        rusage usage{};
        while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) continue;
        if (!left_.empty()) {
            Ended ended;
            ended.place = left_.front();
            left_.pop_front();
            bool hung =
                WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGPROF);
            ended.end = hung ? End::hung : End::died;
            ended.said = WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status))
                                             : "exit " + std::to_string(WEXITSTATUS(status));
            ended.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
            report(ended);
        }
        return {left_.begin(), left_.end()};
    }

private:
    bool take(const std::function<void(const Ended&)>& report) {
        Told told;
        if (text_.size() < sizeof(told)) return false;
        std::memcpy(&told, text_.data(), sizeof(told));
        if (text_.size() - sizeof(told) < told.size) return false;
        if (told.ended) {
            report({told.place, End::finished, text_.substr(sizeof(told), told.size),
                    std::chrono::microseconds(told.microseconds), told.peak_bytes});
            left_.pop_front();
        }
        text_.erase(0, sizeof(told) + told.size);
        return true;
    }

    pid_t pid_ = 0;
    unsigned slot_;
    int fd_ = -1;
    std::string text_;
    std::deque<std::size_t> left_;  // not ended yet, in order
};

}  // namespace

void run_isolated(const std::vector<std::size_t>& places, const Job& job, const Limits& limits,
                  const std::function<void(const Ended&)>& report) {
    std::deque<std::vector<std::size_t>> batches;
    std::size_t share = (places.size() + limits.processes - 1) / limits.processes;
    std::size_t size = std::clamp<std::size_t>(share, 1, kMostInProcess);
    for (std::size_t at = 0; at < places.size(); at += size)
        batches.emplace_back(
            places.begin() + static_cast<std::ptrdiff_t>(at),
            places.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, places.size())));
    std::vector<std::unique_ptr<Process>> running;
    std::vector<unsigned> slots;  // free ones
    for (unsigned slot = limits.processes; slot-- > 0;) slots.push_back(slot);
    while (!batches.empty() || !running.empty()) {
        while (!slots.empty() && !batches.empty()) {
            running.push_back(
                std::make_unique<Process>(batches.front(), job, slots.back(), limits));
            slots.pop_back();
            batches.pop_front();
        }
        std::vector<pollfd> waiting;
        for (const auto& process : running) waiting.push_back({process->fd(), POLLIN, 0});
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
            throw std::runtime_error(std::strerror(errno));
        for (std::size_t i = running.size(); i-- > 0;) {
            if (waiting[i].revents == 0 || running[i]->read(report)) continue;
            std::vector<std::size_t> left = running[i]->wait(report);
            if (!left.empty()) batches.push_front(std::move(left));
            slots.push_back(running[i]->slot());
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

}  // namespace nfstriage::damage
