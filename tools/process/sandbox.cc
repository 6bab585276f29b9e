#include "process/sandbox.h"

#include <link.h>
#include <sys/prctl.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "process/system_calls.h"

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 1'000'000;

// Where libraries, their data (character sets, locales) and the time zone lie.
constexpr const char* kOfSystem[] = {"/usr/lib",         "/usr/lib64",        "/usr/lib32",
                                     "/usr/local/lib",   "/usr/local/lib64",  "/lib",
                                     "/lib64",           "/usr/share/locale", "/usr/share/zoneinfo",
                                     "/etc/ld.so.cache", "/etc/localtime",    "/etc/locale.alias"};

void grant_libraries_in(std::vector<Grant>& grants, const fs::path& folder) {
    if (!folder.is_absolute() || folder == folder.root_path()) return;
    for (const Grant& grant : grants)
        if (grant.path == folder) return;
    grants.push_back({folder, Access::read});
}

// Those beside the libraries that we have already, and those of $LD_LIBRARY_PATH, where the loader
// looks for others.
void grant_libraries(std::vector<Grant>& grants) {
    auto beside = [](dl_phdr_info* object, std::size_t, void* list) {
        if (object->dlpi_name != nullptr && *object->dlpi_name == '/')
            grant_libraries_in(*static_cast<std::vector<Grant>*>(list),
                               fs::path(object->dlpi_name).parent_path());
        return 0;
    };
    ::dl_iterate_phdr(beside, &grants);
    const char* more = std::getenv("LD_LIBRARY_PATH");
    std::string_view folders = more == nullptr ? "" : more;
    while (!folders.empty()) {
        std::size_t end = std::min(folders.find_first_of(":;"), folders.size());
        grant_libraries_in(grants, fs::path(folders.substr(0, end)));
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
}

Result<void> enter_landlock(std::span<const Grant> grants) {
    auto version = landlock::version();
    if (!version) return tl::unexpected<Error>(version.error());
    std::vector<Grant> all(grants.begin(), grants.end());
    for (const char* path : kOfSystem) all.push_back({path, Access::read});
    grant_libraries(all);
    return landlock::restrict_to(*version, all);
}

}  // namespace

void grant_reading(std::vector<Grant>& grants, const fs::path& path, int deepest) {
    grants.push_back({path, Access::read});
    std::error_code failure;
    if (!fs::is_directory(path, failure)) return;
    fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                           failure),
        end;
    for (std::size_t count = 0; !failure && entry != end && count < kMostEntries;
         entry.increment(failure), ++count) {
        std::error_code ignored;
        if (entry.depth() >= deepest || entry->path().filename().string().starts_with('.'))
            entry.disable_recursion_pending();
        if (entry->is_symlink(ignored) && entry->is_regular_file(ignored))
            grants.push_back({entry->path(), Access::read});
    }
}

std::vector<Error> missing_of_sandbox() {
    std::vector<Error> missing;
    if (auto version = landlock::version(); !version) missing.push_back(version.error());
    if (auto can = can_filter_system_calls(); !can) missing.push_back(can.error());
    return missing;
}

Result<void> enter_sandbox(Sandbox sandbox, std::span<const Grant> grants) {
    if (sandbox == Sandbox::off) return {};
    const bool strict = sandbox == Sandbox::strict;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        if (!strict) return {};
        return error("the sandbox", std::nullopt,
                     std::string("privileges cannot be given up: ") + std::strerror(errno),
                     "it needs Linux 3.5 or later");
    }
    if (auto entered = enter_landlock(grants); !entered && strict) return entered;
    auto filtered = filter_system_calls(strict ? Refusal::kills : Refusal::fails);
    if (!filtered && strict) return filtered;
    return {};
}

}  // namespace nfstriage
