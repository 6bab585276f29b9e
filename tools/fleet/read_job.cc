#include "fleet/read_job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/packed.h"
#include "base/private_folder.h"
#include "base/text.h"
#include "fleet/identity.h"
#include "inputs.h"

namespace nfstriage::fleet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSentence = 2000;

// "e" or "v", then what it is.
constexpr char kError = 'e', kVerdict = 'v';

// O_NONBLOCK: a named pipe that took the file's place must not wait for a writer.
constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;

// Files that stay open as long as the process: it reads one input and ends.
class Files {
public:
    explicit Files(const Candidate& candidate) : candidate_(candidate) {}

    // A path by which the file can be opened again, that and no other.
    Result<fs::path> open(const fs::path& path) {
        int fd = candidate_.root.empty() ? ::open(path.c_str(), kReading & ~O_NOFOLLOW)
                                         : open_beneath(path, kReading);
        if (fd < 0) return unreadable(path);
        struct stat status {};
        if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
            return error(path.string(), std::nullopt,
                         "a file was expected, found a pipe, a socket, a device or a folder",
                         "name a file");
        return held(fd, path);
    }

    // The same of the candidate itself, a folder.
    Result<fs::path> open_folder() {
        constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
        const fs::path path = candidate_.path;
        int fd = candidate_.root.empty() ? ::open(path.c_str(), kFolder)
                                         : open_beneath(path, kFolder | O_NOFOLLOW);
        if (fd < 0) return unreadable(path);
        return held(fd, path);
    }

    // With the names that the user knows.
    std::string named(std::string text) const {
        for (auto name = names_.rbegin(); name != names_.rend(); ++name)
            text = replace_all(std::move(text), name->first, name->second);
        return text;
    }

private:
    static tl::unexpected<Error> unreadable(const fs::path& path) {
        return error(path.string(), std::nullopt,
                     fmt::format("a readable file was expected: {}", std::strerror(errno)),
                     errno == EACCES ? "run as a user who may read it"
                                     : "leave its folder alone while it is analysed");
    }

    fs::path held(int fd, const fs::path& path) {
        std::string name = fmt::format("/proc/self/fd/{}", fd);
        names_.emplace_back(name, path.string());
        return name;
    }

    int open_beneath(const fs::path& path, int flags) {
        int root = ::open(candidate_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) return -1;
        std::string below = path.string().substr(candidate_.root.size());
        below.erase(0, below.find_first_not_of('/'));
        open_how how{};
        how.flags = static_cast<unsigned>(flags);
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        long fd = ::syscall(SYS_openat2, root, below.c_str(), &how, sizeof how);
        // Before Linux 5.6 only the last name is sure to be no link.
        if (fd < 0 && errno == ENOSYS) fd = ::openat(root, below.c_str(), flags);
        int why = errno;
        ::close(root);
        errno = why;
        return static_cast<int>(fd);
    }

    const Candidate& candidate_;
    std::vector<std::pair<std::string, std::string>> names_;
};

// A folder to unpack into that can be made and removed by a process in the sandbox.
std::shared_ptr<PrivateFolder> scratch_for(const fs::path& held) {
    if (!is_unpacked(held.string())) return nullptr;
    auto made = PrivateFolder::make();
    if (!made) return nullptr;  // said by who wants to unpack
    ::setenv("TMPDIR", (*made)->path().c_str(), 1);
    return *made;
}

Result<void> confine(const fs::path& held, const PrivateFolder* scratch,
                     const JobContext& context) {
    std::vector<Grant> grants = context.grants;
    grants.push_back({held, landlock::Access::read});
    if (scratch != nullptr) {
        grants.push_back({scratch->path(), landlock::Access::fill});
        // Itself.
        grants.push_back({scratch->path().parent_path(), landlock::Access::remove_folders});
    }
    return enter_sandbox(context.sandbox, grants);
}

// `held`: what Files opened for the candidate.
Result<NamedInput> gather(const Candidate& candidate, const fs::path& held,
                          const JobContext& context, Files& files) {
    const std::string name = candidate.is_directory ? candidate.path : held.string();
    std::vector<NamedInput> inputs = gather_inputs({name}, context.max_unpacked, Links::left_alone);
    NamedInput input = std::move(inputs.front());
    if (!input.input) return tl::unexpected<Error>(input.input.error());
    input.input->name = candidate.path;
    // What was unpacked lies in a folder of ours.
    auto hold = [&](fs::path& path) -> Result<void> {
        if (path.empty() || path.string().starts_with("/proc/self/fd/")) return {};
        if (input.folder && path.string().starts_with(input.folder->path().string() + "/"))
            return {};
        auto opened = files.open(path);
        if (!opened) return tl::unexpected<Error>(opened.error());
        path = *opened;
        return {};
    };
    for (fs::path& part : input.input->parts)
        if (auto done = hold(part); !done) return tl::unexpected<Error>(done.error());
    if (auto done = hold(input.input->log); !done) return tl::unexpected<Error>(done.error());
    return input;
}

std::string failed(Error error, const Files& files, const JobContext& context) {
    for (std::string* text : {&error.file, &error.expected, &error.remedy})
        *text = files.named(std::move(*text));
    if (context.redacting != nullptr) error = context.redacting->error(error);
    if (error.offset) error.expected = fmt::format("at byte {}: {}", *error.offset, error.expected);
    PackWriter writer;
    for (std::string* text : {&error.expected, &error.remedy})
        *text = escape(*text).substr(0, kLongestSentence);
    writer(error.expected, error.remedy);
    return kError + writer.take();
}

Result<verdict::Verdict> judged(const NamedInput& named, const Candidate& candidate,
                                const JobContext& context) {
    Input input = *named.input;
    if (context.redacting != nullptr) {
        auto redacted = context.redacting->input(input, context.catalogue, context.reading);
        if (!redacted) return tl::unexpected<Error>(redacted.error());
        input = std::move(*redacted);
        input.name = context.name_of(candidate);
    }
    return triage(input, context.catalogue, context.reading);
}

}  // namespace

void read_job(const Candidate& candidate, const JobContext& context, const Line& line) {
    Files files(candidate);
    auto held = candidate.is_directory ? files.open_folder() : files.open(candidate.path);
    if (!held) return line.say(failed(held.error(), files, context));
    std::shared_ptr<PrivateFolder> scratch;
    if (context.sandbox != Sandbox::off) scratch = scratch_for(*held);
    if (auto entered = confine(*held, scratch.get(), context); !entered)
        return line.say(failed(entered.error(), files, context));
    auto input = gather(candidate, *held, context, files);
    if (!input) return line.say(failed(input.error(), files, context));
    auto identity = identity_of(*input->input);
    if (!identity) return line.say(failed(identity.error(), files, context));
    line.found(*identity);
    auto verdict = judged(*input, candidate, context);
    if (!verdict) return line.say(failed(verdict.error(), files, context));
    PackWriter writer;
    writer(result_of(*verdict));
    line.say(kVerdict + writer.take());
}

Result<CrashResult> outcome_from(std::string_view said, const std::string& name) {
    if (said.starts_with(kVerdict)) {
        auto result = result_from(said.substr(1));
        if (!result) result.error().file = name;
        return result;
    }
    Error why;
    why.file = name;
    PackReader reader(said.empty() ? said : said.substr(1));
    reader(why.expected, why.remedy);
    if (!said.starts_with(kError) || reader.failed())
        return error(name, std::nullopt, "an answer was expected, the analysis said none",
                     "look at this input by itself: nfstriage analyze");
    why.expected = escape(why.expected);
    why.remedy = escape(why.remedy);
    return tl::unexpected<Error>(std::move(why));
}

}  // namespace nfstriage::fleet
