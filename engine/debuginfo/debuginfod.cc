#include "debuginfo/debuginfod.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "debuginfo/elf_object.h"
#include "debuginfo/object_identity.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestBuildId = 128;  // hex digits

class Libdebuginfod {
public:
    static Result<Libdebuginfod> load() {
        Libdebuginfod library;
        library.handle_ = dlopen(DEBUGINFOD_SONAME, RTLD_NOW | RTLD_LOCAL);
        if (library.handle_ == nullptr)
            return error("", std::nullopt,
                         "libdebuginfod was expected, it cannot be loaded: " +
                             escape(std::string_view(dlerror())),
                         "install libdebuginfod1, or name a debuginfo package with --debuginfo");
        bool all = library.find(library.begin, "debuginfod_begin") &&
                   library.find(library.end, "debuginfod_end") &&
                   library.find(library.find_debuginfo, "debuginfod_find_debuginfo") &&
                   library.find(library.set_progress, "debuginfod_set_progressfn") &&
                   library.find(library.set_user_data, "debuginfod_set_user_data") &&
                   library.find(library.user_data, "debuginfod_get_user_data");
        if (!all)
            return error("", std::nullopt,
                         "a libdebuginfod with the functions of elfutils 0.180 was expected",
                         "name a debuginfo package with --debuginfo");
        return library;
    }

    decltype(&debuginfod_begin) begin = nullptr;
    decltype(&debuginfod_end) end = nullptr;
    decltype(&debuginfod_find_debuginfo) find_debuginfo = nullptr;
    decltype(&debuginfod_set_progressfn) set_progress = nullptr;
    decltype(&debuginfod_set_user_data) set_user_data = nullptr;
    decltype(&debuginfod_get_user_data) user_data = nullptr;

private:
    template <class Function>
    bool find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(dlsym(handle_, name));
        return function != nullptr;
    }
    void* handle_ = nullptr;  // stays loaded: unloading gains nothing
};

// What the library's callback is given, through the client.
struct Report {
    const Progress& progress;
    std::string what;
};

// The library calls it now and then, with `done` and `total` in unknown units until a server has
// answered. The client is the only way to our data, and reading it takes the library again.
int report_progress(debuginfod_client* client, long done, long total) {
    auto library = Libdebuginfod::load();
    if (!library) return 0;
    const auto* report = static_cast<const Report*>(library->user_data(client));
    if (report != nullptr && report->progress && done >= 0 && total >= 0)
        report->progress(report->what, static_cast<std::uint64_t>(done),
                         static_cast<std::uint64_t>(total));
    return 0;
}

bool is_build_id(std::string_view text) {
    return !text.empty() && text.size() % 2 == 0 && text.size() <= kLongestBuildId &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

class Fetching {
public:
    Fetching(const Libdebuginfod& library, const Progress& progress)
        : library_(library), progress_(progress), client_(library.begin(), library.end) {}

    // The debug file of `build_id`; `what` names it for people.
    Result<fs::path> fetch(const std::string& build_id, const std::string& what) {
        if (!client_) return failed(build_id, what, ENOMEM);
        Report report{progress_, "fetching debuginfo of " + what};
        library_.set_user_data(client_.get(), &report);
        library_.set_progress(client_.get(), report_progress);
        char* name = nullptr;
        int fd = library_.find_debuginfo(
            client_.get(), reinterpret_cast<const unsigned char*>(build_id.c_str()), 0, &name);
        library_.set_user_data(client_.get(), nullptr);
        std::unique_ptr<char, decltype(&std::free)> owned(name, std::free);
        if (fd < 0) return failed(build_id, what, -fd);
        ::close(fd);
        if (!owned) return failed(build_id, what, ENOENT);
        return fs::path(owned.get());
    }

private:
    static tl::unexpected<Error> failed(const std::string& build_id, const std::string& what,
                                        int code) {
        return error("", std::nullopt,
                     "debuginfo of " + what + " with build id " + build_id +
                         " was expected from the servers of DEBUGINFOD_URLS: " +
                         (code == ENOENT ? "none has it" : std::strerror(code)),
                     "check DEBUGINFOD_URLS, or name a debuginfo package with --debuginfo");
    }

    const Libdebuginfod& library_;
    const Progress& progress_;
    std::unique_ptr<debuginfod_client, void (*)(debuginfod_client*)> client_;
};

Result<ObjectIdentity> identify(const fs::path& path) {
    auto elf = ElfObject::open(path);
    if (!elf) return tl::unexpected<Error>(elf.error());
    return identify_object(**elf);
}

// What came must be what was asked for, with debug information.
Result<ObjectIdentity> check(const fs::path& path, const std::string& build_id,
                             const std::string& name) {
    auto identity = identify(path);
    if (!identity) return identity;
    if (identity->object.build_id != build_id || identity->is_module() != !name.empty() ||
        !identity->debug_info)
        return error(path.string(), std::nullopt,
                     "the server sent another file than asked for: build id " + build_id +
                         " was expected, its is " + identity->object.build_id +
                         (identity->debug_info ? "" : ", without debug information"),
                     "remove it from the cache of debuginfod and ask another server");
    return identity;
}

}  // namespace

Result<KernelFiles> fetch_debuginfo(const WantedKernel& wanted, const Progress& progress) {
    const char* urls = std::getenv(DEBUGINFOD_URLS_ENV_VAR);
    if (urls == nullptr || trim(urls).empty())
        return error("", std::nullopt,
                     "the addresses of debuginfod servers were expected in DEBUGINFOD_URLS, which "
                     "is not set",
                     "set it, for instance DEBUGINFOD_URLS=https://debuginfod.elfutils.org/");
    if (!wanted.kernel || !wanted.kernel->build_id || !is_build_id(*wanted.kernel->build_id))
        return error("", std::nullopt,
                     "a build id was expected to ask debuginfod servers with, the dump tells none",
                     "name a debuginfo package with --debuginfo");
    auto library = Libdebuginfod::load();
    if (!library) return tl::unexpected<Error>(library.error());
    Fetching fetching(*library, progress);

    auto vmlinux = fetching.fetch(*wanted.kernel->build_id, "vmlinux");
    if (!vmlinux) return tl::unexpected<Error>(vmlinux.error());
    auto identity = check(*vmlinux, *wanted.kernel->build_id, "");
    if (!identity) return tl::unexpected<Error>(identity.error());
    KernelFiles files;
    files.identity = *wanted.kernel;
    files.vmlinux = std::move(*vmlinux);
    files.objects.push_back(std::move(identity->object));

    std::map<std::string, std::string> modules;  // name → build id
    for (const layout::ProfileObject& module : wanted.modules)
        if (is_nfs_module(module.name) && is_build_id(module.build_id))
            modules.emplace(module.name, module.build_id);
    for (const auto& [name, build_id] : modules) {
        auto path = fetching.fetch(build_id, name + ".ko");
        auto module = path ? check(*path, build_id, name) : tl::unexpected<Error>(path.error());
        if (!module) {
            files.remarks.push_back("not used: " + to_string(module.error()));
            continue;
        }
        // The cache's file name says nothing, so neither does a name taken from it.
        module->object.name = name;
        files.modules.emplace(name, std::move(*path));
        files.objects.push_back(std::move(module->object));
    }
    if (modules.empty())
        files.remarks.push_back(
            "the dump tells no build ids of its NFS modules: only vmlinux was asked for");
    return files;
}

}  // namespace nfstriage::debuginfo
