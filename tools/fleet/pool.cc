#include "fleet/pool.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace nfstriage::fleet {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{200};
constexpr milliseconds kGrace{2000};  // for a killed job to be gone
constexpr std::size_t kLongestMessage = 64 << 20;
constexpr char kFound = 'f', kAnswer = 'a';  // first byte of a message

// A message: its kind, its size in four bytes, its bytes.
std::string framed(char kind, std::string_view bytes) {
    auto size = static_cast<std::uint32_t>(bytes.size());
    std::string message(1, kind);
    for (int shift = 0; shift < 32; shift += 8) message += static_cast<char>(size >> shift & 0xff);
    return message += bytes;
}

class Fd {
public:
    explicit Fd(int fd = -1) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

struct Job {
    std::size_t number = 0;
    pid_t pid = 0;
    Fd line;
    Clock::time_point end;
    std::string heard;  // of a message that is not whole yet
    std::optional<std::string> said;
    bool is_late = false, is_mute = false, is_stopped = false;
};

// The signals that matter here come through a file, from when it is made until it goes.
class Signals {
public:
    Signals() {
        sigset_t wanted;
        sigemptyset(&wanted);
        for (int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, signal);
        ::sigprocmask(SIG_BLOCK, &wanted, &before_);
        fd_ = Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~Signals() { restore(); }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    void restore() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    int fd() const { return fd_.get(); }
    // Whether one came that asks to end.
    bool take() {
        bool ends = false;
        signalfd_siginfo info;
        while (::read(fd_.get(), &info, sizeof info) == sizeof info)
            ends = ends || info.ssi_signo != SIGCHLD;
        return ends;
    }

private:
    sigset_t before_;
    Fd fd_;
};

// A job has no business with what this process has open, its store least of all.
void close_all_but(int fd) {
    if (fd > 3) ::syscall(SYS_close_range, 3u, static_cast<unsigned>(fd) - 1, 0u);
    ::syscall(SYS_close_range, static_cast<unsigned>(fd) + 1, ~0u, 0u);
}

class Pool {
public:
    Pool(unsigned jobs, const ProcessLimits& limits, const PoolWork& work)
        : most_(jobs), limits_(limits), work_(work) {}

    ~Pool() {
        for (Job& job : jobs_) ::kill(job.pid, SIGKILL);
        auto end = Clock::now() + kGrace;
        for (Job& job : jobs_)
            while (::waitpid(job.pid, nullptr, WNOHANG) == 0 && Clock::now() < end)
                std::this_thread::sleep_for(milliseconds(2));
    }

    Result<PoolEnd> run() {
        bool more = true;
        for (;;) {
            more = more && work_.tick();
            while (more && at_work() < most_ && jobs_.size() < 2 * std::size_t{most_}) {
                auto number = work_.next();
                more = number.has_value();
                if (!number) break;
                if (auto started = start(*number); !started)
                    return tl::unexpected<Error>(started.error());
            }
            if (jobs_.empty() && !more) return PoolEnd::finished;
            wait();
            if (signals_.take()) return PoolEnd::interrupted;
            reap();
            stop_late();
        }
    }

private:
    // A job that has said all it will say only has to end, while the next one begins.
    std::size_t at_work() const {
        return static_cast<std::size_t>(
            std::count_if(jobs_.begin(), jobs_.end(),
                          [](const Job& job) { return !job.said && !job.is_stopped; }));
    }

    Result<void> start(std::size_t number) {
        std::array<int, 2> ends;
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            return error({}, std::nullopt, fmt::format("no socket: {}", std::strerror(errno)),
                         "check the limits of open files");
        Fd ours(ends[0]), theirs(ends[1]);
        pid_t here = ::getpid();
        pid_t pid = ::fork();
        if (pid < 0)
            return error({}, std::nullopt, fmt::format("no process: {}", std::strerror(errno)),
                         "check memory and the limits of processes, or use fewer --jobs");
        if (pid == 0) {
            signals_.restore();
            close_all_but(theirs.get());
            ::_exit(run_limited(limits_, here, [&] { work_.work(number, Line(theirs.get())); }));
        }
        Job job;
        job.number = number;
        job.pid = pid;
        job.line = std::move(ours);
        job.end = Clock::now() + limits_.deadline;
        jobs_.push_back(std::move(job));
        return {};
    }

    void wait() {
        std::vector<pollfd> files;
        auto end = Clock::now() + kTick;
        for (const Job& job : jobs_) {
            files.push_back({job.is_mute ? -1 : job.line.get(), POLLIN, 0});
            end = std::min(end, job.end);
        }
        files.push_back({signals_.fd(), POLLIN, 0});
        auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
        ::poll(files.data(), files.size(), std::max(0, static_cast<int>(left.count())));
        for (std::size_t i = 0; i < jobs_.size(); ++i)
            if (files[i].revents != 0) listen(jobs_[i]);
    }

    // Takes what there is to hear now.
    void listen(Job& job) {
        std::array<char, 64 << 10> buffer;
        while (!job.is_mute) {
            ssize_t got = ::recv(job.line.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) return;
            job.is_mute = got <= 0;
            if (got <= 0) return;
            job.heard.append(buffer.data(), static_cast<std::size_t>(got));
            understand(job);
        }
    }

    void understand(Job& job) {
        constexpr std::size_t kHead = 5;
        while (job.heard.size() >= kHead) {
            std::size_t size = 0;
            for (std::size_t i = 0; i < 4; ++i)
                size |= static_cast<std::size_t>(static_cast<unsigned char>(job.heard[i + 1]))
                        << (8 * i);
            if (size > kLongestMessage) {
                job.is_mute = true;
                return;
            }
            if (job.heard.size() < kHead + size) return;
            std::string message = job.heard.substr(kHead, size);
            char kind = job.heard.front();
            job.heard.erase(0, kHead + size);
            if (kind == kAnswer) {
                job.said = std::move(message);
            } else if (!work_.wants(job.number, message)) {
                job.is_stopped = true;
                ::kill(job.pid, SIGKILL);
            }
        }
    }

    void reap() {
        for (std::size_t i = 0; i < jobs_.size();) {
            Job& job = jobs_[i];
            int status = 0;
            if (::waitpid(job.pid, &status, WNOHANG) != job.pid) {
                ++i;
                continue;
            }
            listen(job);
            finish(i, job.is_late ? too_late() : why_it_died(status));
        }
    }

    void stop_late() {
        auto now = Clock::now();
        for (std::size_t i = 0; i < jobs_.size();) {
            Job& job = jobs_[i];
            if (now < job.end) {
                ++i;
            } else if (!job.is_late) {
                ::kill(job.pid, SIGKILL);
                job.is_late = true;
                job.end = now + kGrace;
                ++i;
            } else {
                finish(i, too_late() + " and did not die; what it reads from does not answer");
            }
        }
    }

    std::string too_late() const {
        return fmt::format("the analysis was stopped after {:.1f} s",
                           static_cast<double>(limits_.deadline.count()) / 1000);
    }

    void finish(std::size_t index, std::string why_died) {
        Job job = std::move(jobs_[index]);
        jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(index));
        work_.done({job.number, std::move(job.said), std::move(why_died), job.is_stopped});
    }

    unsigned most_;
    const ProcessLimits& limits_;
    const PoolWork& work_;
    Signals signals_;
    std::vector<Job> jobs_;
};

}  // namespace

void Line::found(std::string_view what) const { write_all(fd_, framed(kFound, what)); }

void Line::say(std::string_view answer) const { write_all(fd_, framed(kAnswer, answer)); }

Result<PoolEnd> run_pool(unsigned jobs, const ProcessLimits& limits, const PoolWork& work) {
    return Pool(jobs, limits, work).run();
}

}  // namespace nfstriage::fleet
