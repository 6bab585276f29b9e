#include "profile_cache.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/private_folder.h"
#include "base/replace_files.h"
#include "debuginfo/debuginfod.h"
#include "debuginfo/find_debuginfo.h"
#include "layout/kernel_layout.h"
#include "layout/profile_store.h"
#include "progress.h"

namespace nfstriage::command {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Far above any kernel: Debian's takes 10 seconds and some hundred megabytes.
constexpr rlim_t kMostCpuSeconds = 900;
constexpr rlim_t kMostMemory = rlim_t{8} << 30;  // bytes, without mapped files
constexpr std::size_t kChunk = 1 << 16;

tl::unexpected<Error> system_error(const fs::path& path, const char* what, int number) {
    return error(path.string(), std::nullopt, std::string(what) + ": " + std::strerror(number),
                 "check the path, its rights and the free space");
}

// What goes through the pipe: CBOR of either side of the Result.
std::vector<std::uint8_t> pack(const Result<debuginfo::BuiltProfile>& result) {
    json message;
    if (result) {
        const layout::KernelIdentity& of = result->identity;
        message = {{"bytes", json::binary(result->bytes)},
                   {"remarks", result->remarks},
                   {"arch", of.arch ? std::string(to_string(*of.arch)) : ""},
                   {"release", of.release.value_or("")},
                   {"version", of.version.value_or("")},
                   {"build_id", of.build_id.value_or("")}};
    } else {
        message = {{"file", result.error().file},
                   {"expected", result.error().expected},
                   {"remedy", result.error().remedy}};
        if (result.error().offset) message["offset"] = *result.error().offset;
    }
    return json::to_cbor(message);
}

Result<debuginfo::BuiltProfile> unpack(const std::vector<std::uint8_t>& bytes) try {
    json message = json::from_cbor(bytes);
    if (message.contains("bytes")) {
        debuginfo::BuiltProfile built;
        built.bytes = message["bytes"].get_binary();
        built.remarks = message.value("remarks", std::vector<std::string>());
        auto text = [&](const char* key) -> std::optional<std::string> {
            std::string value = message.value(key, "");
            if (value.empty()) return std::nullopt;
            return value;
        };
        built.identity = {arch_from_machine(message.value("arch", "")), text("release"),
                          text("version"), text("build_id")};
        return built;
    }
    std::optional<std::uint64_t> offset;
    if (message.contains("offset")) offset = message["offset"].get<std::uint64_t>();
    return error(message.value("file", ""), offset, message.value("expected", ""),
                 message.value("remedy", ""));
} catch (const json::exception& failure) {
    return error(
        "", std::nullopt,
        "an answer from the process that makes the profile: " + std::string(failure.what()),
        "try again");
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        ssize_t put = write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

std::vector<std::uint8_t> read_all(int fd) {
    std::vector<std::uint8_t> bytes;
    for (;;) {
        std::size_t old = bytes.size();
        bytes.resize(old + kChunk);
        ssize_t got = read(fd, bytes.data() + old, kChunk);
        bytes.resize(old + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return bytes;
    }
}

std::string name_of(const MakeProfile& request) {
    return request.sources.empty() ? "debuginfod" : request.sources.front().string();
}

Result<debuginfo::BuiltProfile> find_and_build(const MakeProfile& request) {
    Progress shown;
    debuginfo::FindOptions find;
    find.limits = request.limits;
    find.progress = [&shown](std::string_view what, std::uint64_t done, std::uint64_t total) {
        shown.show(what, done, total);
    };
    auto files = request.sources.empty()
                     ? debuginfo::fetch_debuginfo(request.wanted, find.progress)
                     : debuginfo::find_debuginfo(request.sources, request.wanted, find);
    if (!files && request.debuginfod && !request.sources.empty())
        files = debuginfo::fetch_debuginfo(request.wanted, find.progress);
    if (!files) return tl::unexpected<Error>(files.error());
    return debuginfo::build_profile(*files, request.how, find.progress);
}

// A limit that is lower already stays.
void limit(int resource, rlim_t most) {
    rlimit now{};
    if (getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0) return;
    rlimit wanted{std::min(now.rlim_cur, most), std::min(now.rlim_max, most)};
    setrlimit(static_cast<__rlimit_resource>(resource), &wanted);
}

[[noreturn]] void run_child(int out, pid_t parent, const fs::path& temporary,
                            const MakeProfile& request) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // it went before we asked
    limit(RLIMIT_CPU, kMostCpuSeconds);
    limit(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__  // which maps terabytes
    limit(RLIMIT_DATA, kMostMemory);
#endif
    // What a crash here leaves unpacked is removed by the parent.
    setenv("TMPDIR", temporary.c_str(), 1);
    std::vector<std::uint8_t> answer;
    try {
        answer = pack(find_and_build(request));
    } catch (const std::bad_alloc&) {
        answer = pack(error(name_of(request), std::nullopt,
                            "debuginfo that a profile can be made of in the memory allowed",
                            "check the limits (ulimit -d) and the free memory; the file may be "
                            "damaged"));
    }
    _exit(write_all(out, answer) ? 0 : 1);
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status))
        return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
               strsignal(WTERMSIG(status)) + ")";
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

const char* remedy_of(int status) {
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
               ? "look in the kernel's log whether memory ran out, or limits of CPU time, and try "
                 "again"
               : "the file is damaged, or reading it shows a bug in libdwarf";
}

}  // namespace

fs::path cache_folder() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return fs::path(cache) / "nfstriage";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home != '/') return {};
    return fs::path(home) / ".cache" / "nfstriage";
}

std::vector<fs::path> profile_folders() {
    std::vector<fs::path> folders{"/usr/lib/nfstriage/profiles", "/var/lib/nfstriage/profiles"};
    if (auto cache = cache_folder(); !cache.empty()) folders.push_back(cache);
    return folders;
}

Result<debuginfo::BuiltProfile> make_profile(const MakeProfile& request) {
    std::string name = name_of(request);
    auto folder = PrivateFolder::make();
    if (!folder) return tl::unexpected<Error>(folder.error());
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error(name, "a pipe", errno);
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        int number = errno;
        close(ends[0]);
        close(ends[1]);
        return system_error(name, "a process to make the profile in", number);
    }
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], parent, (*folder)->path(), request);
    }
    close(ends[1]);
    std::vector<std::uint8_t> answer = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error(name, std::nullopt,
                     "debuginfo that a profile can be made of; the process that read it ended: " +
                         how_it_ended(status),
                     remedy_of(status));
    return unpack(answer);
}

Result<void> save_profile(const fs::path& path, std::span<const std::uint8_t> bytes) {
    return replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                        kReadableByAll);
}

std::function<Result<fs::path>(const layout::KernelSeen&)> cache_filler(MakeProfile request) {
    auto fallback = std::make_shared<std::shared_ptr<PrivateFolder>>();
    return [request = std::move(request),
            fallback](const layout::KernelSeen& seen) -> Result<fs::path> {
        MakeProfile one = request;
        one.wanted.kernel = seen.kernel;
        one.wanted.modules = seen.modules;
        auto built = make_profile(one);
        if (!built) return tl::unexpected<Error>(built.error());
        auto name = layout::profile_file_name(built->identity);
        fs::path folder = cache_folder();
        if (name && !folder.empty()) {
            std::error_code failure;
            fs::create_directories(folder, failure);
            fs::path path = folder / *name;
            if (!failure && save_profile(path, built->bytes)) return path;
        }
        auto made = PrivateFolder::make();
        if (!made) return tl::unexpected<Error>(made.error());
        *fallback = *made;
        fs::path path = (*made)->path() / ("kernel" + std::string(layout::kProfileSuffix));
        if (auto saved = save_profile(path, built->bytes); !saved)
            return tl::unexpected<Error>(saved.error());
        return path;
    };
}

Result<void> match_dump(const fs::path& profile, const fs::path& dump) {
    auto opened = dump::Dump::open({dump});
    if (!opened) return tl::unexpected<Error>(opened.error());
    auto use =
        [&](const layout::KernelIdentity&) -> Result<std::shared_ptr<const layout::Profile>> {
        auto file = layout::Profile::open(profile);
        if (!file) return tl::unexpected<Error>(file.error());
        return std::shared_ptr<const layout::Profile>(std::move(*file));
    };
    layout::KernelLayout layout = layout::load_kernel_layout(**opened, use);
    if (layout.profile) return {};
    std::string why = layout.remarks.empty() ? "" : layout.remarks.back();
    return error(profile.string(), std::nullopt, "the kernel of " + dump.string() + ": " + why,
                 "make the profile from that kernel's debuginfo");
}

}  // namespace nfstriage::command
