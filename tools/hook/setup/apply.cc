#include "apply.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/files.h"
#include "base/replace_files.h"
#include "base/text.h"

extern char** environ;

namespace nfstriage::setup {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostProfile = std::size_t{256} << 20;  // bytes; the largest seen has 6 MiB

tl::unexpected<Error> system_error(const fs::path& path, const char* what, int number) {
    return error(path.string(), std::nullopt, std::string(what) + ": " + std::strerror(number),
                 number == EACCES || number == EPERM ? "run it as root"
                                                     : "check the path and the free space");
}

Result<void> make_folder(const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return system_error(folder, "a folder", failure.value());
    return {};
}

Result<void> write_file(const fs::path& path, std::string_view text) {
    if (auto made = make_folder(path.parent_path()); !made) return made;
    return edit_file(path, text, kReadableByAll);
}

Result<void> make_link(const fs::path& path, const std::string& target) {
    if (auto made = make_folder(path.parent_path()); !made) return made;
    const fs::path temporary =
        path.parent_path() / ("." + path.filename().string() + "." + std::to_string(getpid()));
    if (symlink(target.c_str(), temporary.c_str()) != 0)
        return system_error(path, "a folder that can be written", errno);
    if (rename(temporary.c_str(), path.c_str()) != 0) {
        int number = errno;
        unlink(temporary.c_str());
        return system_error(path, "a link that can be made", number);
    }
    return sync_folder(path.parent_path());
}

Result<void> copy_to(const fs::path& from, const fs::path& path) {
    auto bytes = read_small_file(from, kMostProfile);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return write_file(path, *bytes);
}

Result<void> remove_file(const fs::path& path, bool and_folder) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error(path, "a file that can be removed", errno);
    const fs::path folder = path.parent_path();
    // It stays, and rightly, where something else is in it.
    if (and_folder && rmdir(folder.c_str()) == 0) return {};
    (void)sync_folder(folder);
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

// Its status as waitpid() gives it, read from `ends` until the command closes it.
Result<int> spawn_and_wait(const std::vector<std::string>& words,
                           posix_spawn_file_actions_t* actions,
                           const std::function<void()>& while_running) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    int number = posix_spawnp(&child, arguments[0], actions, nullptr, arguments.data(), environ);
    if (number != 0) return system_error(words.front(), "a command", number);
    while_running();
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

Result<void> succeeded(const std::vector<std::string>& words, const Result<int>& status) {
    if (!status) return tl::unexpected<Error>(status.error());
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return {};
    return error(
        words.front(), std::nullopt,
        "success of \"" + joined(words) + "\", which " +
            (WIFEXITED(*status) ? "ended with status " + std::to_string(WEXITSTATUS(*status))
                                : "was killed by signal " + std::to_string(WTERMSIG(*status))),
        "see what it says above, and run it again by hand");
}

// Lines of both texts between what they have in common at begin and end.
std::string changed_lines(std::string_view old, std::string_view now) {
    auto before = split(old, '\n'), after = split(now, '\n');
    std::size_t same = 0, end = 0;
    const std::size_t most = std::min(before.size(), after.size());
    while (same < most && before[same] == after[same]) ++same;
    while (end < most - same && before[before.size() - 1 - end] == after[after.size() - 1 - end])
        ++end;
    std::string text;
    for (std::size_t i = same; i < before.size() - end; ++i) text += "\n    - " + escape(before[i]);
    for (std::size_t i = same; i < after.size() - end; ++i) text += "\n    + " + escape(after[i]);
    return text;
}

struct Describe {
    const Root& root;
    std::string operator()(const WriteFile& step) const {
        auto old = root.read(step.path);
        if (!old) return "write " + step.path + changed_lines("", step.text);
        return "edit " + step.path + changed_lines(*old, step.text);
    }
    std::string operator()(const MakeLink& step) const {
        return "link " + step.path + " to " + step.target;
    }
    std::string operator()(const CopyFile& step) const {
        return "copy " + step.from + " to " + step.path;
    }
    std::string operator()(const RemoveFile& step) const { return "remove " + step.path; }
    std::string operator()(const RunCommand& step) const {
        return (root.is_host() ? "run " : "to be run there: ") + joined(step.words);
    }
};

struct Apply {
    const Root& root;
    Result<void> operator()(const WriteFile& step) const {
        return write_file(root.real(step.path), step.text);
    }
    Result<void> operator()(const MakeLink& step) const {
        return make_link(root.real(step.path, false), step.target);
    }
    Result<void> operator()(const CopyFile& step) const {
        return copy_to(step.from, root.real(step.path));
    }
    Result<void> operator()(const RemoveFile& step) const {
        return remove_file(root.real(step.path, false), step.and_folder);
    }
    Result<void> operator()(const RunCommand& step) const {
        if (!root.is_host()) return {};
        return run_command(step.words);
    }
};

}  // namespace

std::string describe(const Step& step, const Root& root) {
    return std::visit(Describe{root}, step);
}

Result<void> run_command(const std::vector<std::string>& words) {
    return succeeded(words, spawn_and_wait(words, nullptr, [] {}));
}

Result<std::string> output_of(const std::vector<std::string>& words, std::size_t most) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error(words.front(), "a pipe", errno);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string text;
    auto read_it = [&] {
        close(ends[1]);
        ends[1] = -1;
        char chunk[4096];
        for (;;) {
            ssize_t got = read(ends[0], chunk, sizeof chunk);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return;
            std::size_t room = most - std::min(most, text.size());
            text.append(chunk, std::min(static_cast<std::size_t>(got), room));
        }
    };
    auto status = spawn_and_wait(words, &actions, read_it);
    posix_spawn_file_actions_destroy(&actions);
    if (ends[1] >= 0) close(ends[1]);
    close(ends[0]);
    if (auto done = succeeded(words, status); !done) return tl::unexpected<Error>(done.error());
    return text;
}

Result<void> apply(const Plan& plan, const Root& root, const Announce& announce) {
    for (const Step& step : plan.steps) {
        announce(step);
        if (auto done = std::visit(Apply{root}, step); !done) return done;
    }
    return {};
}

}  // namespace nfstriage::setup
