#include "fleet/read_job.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/packed.h"
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
                                         : open_beneath(path);
        if (fd < 0)
            return error(path.string(), std::nullopt,
                         fmt::format("a readable file was expected: {}", std::strerror(errno)),
                         errno == EACCES ? "run as a user who may read it"
                                         : "leave its folder alone while it is analysed");
        struct stat status {};
        if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
            return error(path.string(), std::nullopt,
                         "a file was expected, found a pipe, a socket, a device or a folder",
                         "name a file");
        std::string held = fmt::format("/proc/self/fd/{}", fd);
        names_.emplace_back(held, path.string());
        return held;
    }

    // With the names that the user knows.
    std::string named(std::string text) const {
        for (auto name = names_.rbegin(); name != names_.rend(); ++name)
            text = replace_all(std::move(text), name->first, name->second);
        return text;
    }

private:
    int open_beneath(const fs::path& path) {
        int root = ::open(candidate_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) return -1;
        std::string below = path.string().substr(candidate_.root.size());
        below.erase(0, below.find_first_not_of('/'));
        open_how how{};
        how.flags = static_cast<unsigned>(kReading);
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        long fd = ::syscall(SYS_openat2, root, below.c_str(), &how, sizeof how);
        // Before Linux 5.6 only the last name is sure to be no link.
        if (fd < 0 && errno == ENOSYS) fd = ::openat(root, below.c_str(), kReading);
        int why = errno;
        ::close(root);
        errno = why;
        return static_cast<int>(fd);
    }

    const Candidate& candidate_;
    std::vector<std::pair<std::string, std::string>> names_;
};

Result<NamedInput> gather(const Candidate& candidate, const JobContext& context, Files& files) {
    std::string name = candidate.path;
    if (!candidate.is_directory) {
        auto held = files.open(name);
        if (!held) return tl::unexpected<Error>(held.error());
        name = held->string();
    }
    std::vector<NamedInput> inputs = gather_inputs({name}, context.max_unpacked, Links::left_alone);
    NamedInput input = std::move(inputs.front());
    if (!input.input) return tl::unexpected<Error>(input.input.error());
    input.input->name = candidate.path;
    // What was unpacked lies in a folder of ours.
    auto hold = [&](fs::path& path) -> Result<void> {
        if (path.empty() || path.string().starts_with("/proc/self/fd/")) return {};
        if (input.folder && path.string().starts_with(input.folder->path().string() + "/"))
            return {};
        auto held = files.open(path);
        if (!held) return tl::unexpected<Error>(held.error());
        path = *held;
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
    auto input = gather(candidate, context, files);
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
