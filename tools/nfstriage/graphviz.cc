#include "graphviz.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

extern char** environ;

namespace nfstriage::command {
namespace {

constexpr int kPatience_ms = 10'000;
constexpr std::size_t kLargestDrawing = 4 << 20;

// A file without a name: neither side waits for the other, as at a pipe.
class HiddenFile {
public:
    explicit HiddenFile(const char* name) : fd_(::memfd_create(name, MFD_CLOEXEC)) {}
    HiddenFile(const HiddenFile&) = delete;
    HiddenFile& operator=(const HiddenFile&) = delete;
    ~HiddenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

    bool write(const std::string& text) {
        std::size_t done = 0;
        while (done < text.size()) {
            ssize_t written = ::write(fd_, text.data() + done, text.size() - done);
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return false;
            done += static_cast<std::size_t>(written);
        }
        return ::lseek(fd_, 0, SEEK_SET) == 0;
    }

    std::string read() const {
        off_t size = ::lseek(fd_, 0, SEEK_END);
        if (size <= 0 || static_cast<std::uint64_t>(size) > kLargestDrawing) return "";
        std::string text(static_cast<std::size_t>(size), '\0');
        ssize_t got = ::pread(fd_, text.data(), text.size(), 0);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }

private:
    int fd_;
};

std::optional<pid_t> start(const HiddenFile& in, const HiddenFile& out) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.fd(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::array<char, 4> name{"dot"};
    std::array<char, 6> format{"-Tsvg"};
    std::array<char*, 3> words{name.data(), format.data(), nullptr};
    pid_t child = 0;
    int failure = ::posix_spawnp(&child, "dot", &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return std::nullopt;
    return child;
}

// Whether it ended well and in time; it is gone afterwards.
bool wait_for(pid_t child) {
    int watch = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    pollfd ends{watch, POLLIN, 0};
    bool in_time = watch >= 0 && ::poll(&ends, 1, kPatience_ms) == 1;
    if (watch >= 0) ::close(watch);
    if (!in_time) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The element without the document around it. We ask for no links, images or scripts: a drawing
// with one is not the one that was asked for.
std::string element_of(const std::string& document) {
    constexpr std::string_view kEnd = "</svg>";
    std::size_t begin = document.find("<svg"), end = document.rfind(kEnd);
    if (begin == std::string::npos || end == std::string::npos || end < begin) return "";
    std::string svg = document.substr(begin, end + kEnd.size() - begin);
    for (const char* foreign : {"<script", "<image", "<foreignObject", "<a ", "<style", "href="})
        if (svg.find(foreign) != std::string::npos) return "";
    return svg;
}

}  // namespace

std::string draw_with_graphviz(const std::string& dot) {
    if (dot.empty()) return "";
    HiddenFile in("graph"), out("drawing");
    if (in.fd() < 0 || out.fd() < 0 || !in.write(dot)) return "";
    auto child = start(in, out);
    if (!child || !wait_for(*child)) return "";
    return element_of(out.read());
}

}  // namespace nfstriage::command
