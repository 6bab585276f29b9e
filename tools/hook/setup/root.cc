#include "root.h"

#include <algorithm>
#include <deque>
#include <system_error>

#include "base/files.h"

namespace nfstriage::setup {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostText = std::size_t{4} << 20;  // bytes of a script or configuration file
constexpr int kMostLinks = 40;                           // as the kernel's own limit

void put_in_front(std::deque<fs::path>& parts, const fs::path& path) {
    std::deque<fs::path> all;
    for (const fs::path& part : path.relative_path())
        if (!part.empty() && part != ".") all.push_back(part);
    parts.insert(parts.begin(), all.begin(), all.end());
}

}  // namespace

bool Root::is_host() const {
    std::error_code failure;
    return fs::equivalent(folder_, "/", failure) && !failure;
}

fs::path Root::real(const std::string& path, bool last) const {
    std::deque<fs::path> left;
    put_in_front(left, path);
    fs::path inside = "/";
    for (int links = 0; !left.empty();) {
        fs::path part = left.front();
        left.pop_front();
        if (part == "..") {
            inside = inside.parent_path();
            continue;
        }
        fs::path next = folder_ / (inside / part).relative_path();
        std::error_code failure;
        fs::path target;
        if ((last || !left.empty()) && fs::is_symlink(next, failure))
            target = fs::read_symlink(next, failure);
        if (target.empty() || failure) {
            inside /= part;
            continue;
        }
        if (++links > kMostLinks) return folder_ / fs::path(path).relative_path();
        if (target.is_absolute()) inside = "/";
        put_in_front(left, target);
    }
    return folder_ / inside.relative_path();
}

bool Root::exists(const std::string& path) const {
    std::error_code failure;
    return fs::exists(real(path), failure);
}

bool Root::is_folder(const std::string& path) const {
    std::error_code failure;
    return fs::is_directory(real(path), failure);
}

bool Root::is_executable(const std::string& path) const {
    std::error_code failure;
    fs::file_status status = fs::status(real(path), failure);
    constexpr auto kAnyX = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    return !failure && fs::is_regular_file(status) &&
           (status.permissions() & kAnyX) != fs::perms::none;
}

std::optional<std::uint64_t> Root::size(const std::string& path) const {
    std::error_code failure;
    std::uint64_t bytes = fs::file_size(real(path), failure);
    if (failure) return std::nullopt;
    return bytes;
}

bool Root::mentions(const std::string& path, std::string_view word) const {
    auto text = read(path);
    return text && text->find(word) != std::string::npos;
}

Result<std::string> Root::read(const std::string& path) const {
    return read_small_file(real(path), kMostText);
}

std::optional<std::string> Root::link(const std::string& path) const {
    std::error_code failure;
    fs::path target = fs::read_symlink(real(path, false), failure);
    if (failure) return std::nullopt;
    return target.string();
}

std::vector<std::string> Root::names_in(const std::string& path) const {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator entry(real(path), failure), end; !failure && entry != end;
         entry.increment(failure))
        names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace nfstriage::setup
