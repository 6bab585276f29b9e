#include "process/outside.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace nfstriage {
namespace {

constexpr std::uint64_t kLongest = 256 << 20;

// In front of each request, and of its answer.
struct Head {
    std::uint64_t service, size;
};

// Whether all of it went; the other side may be dead.
bool send_all(int line, const void* bytes, std::size_t size, int flags) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        // A confined process has no send().
        ssize_t sent = flags == 0 ? ::write(line, at, size) : ::send(line, at, size, flags);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        at += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool read_all(int line, void* bytes, std::size_t size) {
    char* at = static_cast<char*>(bytes);
    while (size > 0) {
        ssize_t got = ::read(line, at, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

bool put(int line, std::uint64_t service, const std::string& bytes, int flags) {
    Head head{service, bytes.size()};
    return send_all(line, &head, sizeof head, flags) &&
           send_all(line, bytes.data(), bytes.size(), flags);
}

struct Message {
    std::uint64_t service;
    std::string bytes;
};

// Nothing at the end of the line, or if what comes is no message.
std::optional<Message> take(int line) {
    Head head{};
    if (!read_all(line, &head, sizeof head) || head.size > kLongest) return std::nullopt;
    Message message{head.service, std::string(head.size, '\0')};
    if (!read_all(line, message.bytes.data(), message.bytes.size())) return std::nullopt;
    return message;
}

std::string ask(int line, std::uint64_t service, const std::string& request) {
    if (request.size() > kLongest || !put(line, service, request, 0)) return "";
    auto answer = take(line);
    return answer ? std::move(answer->bytes) : "";
}

tl::unexpected<Error> failed(const char* what) {
    return error("", std::nullopt, std::string(what) + ": " + std::strerror(errno),
                 "check memory and the limits of processes and open files");
}

}  // namespace

struct Outside::State {
    std::vector<Service> services;
    int line = -1;  // to the process outside; -1: this is it

    std::string answer(const Message& request) const try {
        if (request.service >= services.size()) return "";
        std::string answer = services[request.service](request.bytes);
        return answer.size() <= kLongest ? answer : "";
    } catch (const std::exception&) {
        return "";
    }

    void serve(int to) const {
        while (auto request = take(to))
            if (!put(to, request->service, answer(*request), MSG_NOSIGNAL)) return;
    }
};

Outside::Outside() : state_(std::make_shared<State>()) {}
Outside::~Outside() = default;

Outside::Service Outside::offer(Service service) {
    const std::uint64_t number = state_->services.size();
    state_->services.push_back(std::move(service));
    // Not the state itself: it holds services, which may hold this.
    return [held = std::weak_ptr<State>(state_), own = state_->services.back(),
            number](const std::string& request) {
        auto state = held.lock();
        return state != nullptr && state->line >= 0 ? ask(state->line, number, request)
                                                    : own(request);
    };
}

bool Outside::has_services() const { return !state_->services.empty(); }

Result<int> Outside::run(const std::function<int()>& work) {
    std::array<int, 2> ends;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failed("no socket");
    std::fflush(nullptr);  // so that nothing is written twice
    const pid_t here = ::getpid(), child = ::fork();
    if (child < 0) {
        auto why = failed("no process");
        ::close(ends[0]);
        ::close(ends[1]);
        return why;
    }
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != here) ::_exit(1);  // it went before we asked
        ::close(ends[0]);
        state_->line = ends[1];
        int status = work();
        std::fflush(nullptr);
        ::_exit(status);
    }
    ::close(ends[1]);
    state_->serve(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace nfstriage
