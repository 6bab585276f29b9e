#include "debuginfo/package.h"

#include <algorithm>
#include <system_error>

#include "base/text.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownMembers = 4;
constexpr std::size_t kDeepest = 32;       // folders above a member
constexpr std::size_t kLongestName = 255;  // NAME_MAX
constexpr std::size_t kMostRemarks = 8;

bool harmless(std::string_view component) {
    if (component.empty() || component == "." || component == ".." ||
        component.size() > kLongestName)
        return false;
    return std::all_of(component.begin(), component.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._+-~@:=,").find(c) != std::string_view::npos;
    });
}

// Where below our folder a member is written; nothing when its path could lead elsewhere.
std::optional<fs::path> place_of(std::string_view member) {
    if (member.starts_with('/')) return std::nullopt;
    fs::path place;
    std::size_t depth = 0;
    for (std::string_view component : split(member, '/')) {
        if (component.empty() || component == ".") continue;
        if (!harmless(component) || ++depth > kDeepest) return std::nullopt;
        place /= component;
    }
    if (place.empty()) return std::nullopt;
    return place;
}

class Unpacking {
public:
    Unpacking(Archive& archive, const std::optional<std::string>& release, const fs::path& folder)
        : archive_(archive), release_(release), folder_(folder) {}

    Result<Package> run() {
        for (;;) {
            auto entry = archive_.next();
            if (!entry) return tl::unexpected<Error>(entry.error());
            if (!*entry) return std::move(package_);
            if (auto done = take(**entry); !done) return tl::unexpected<Error>(done.error());
            if (complete(**entry)) return std::move(package_);
        }
    }

private:
    Result<void> take(const ArchiveEntry& entry) {
        if (!entry.regular) return {};
        if (package_.first_members.size() < kShownMembers)
            package_.first_members.push_back(entry.path);
        if (archive_.single_file()) {
            auto place = place_of(entry.path);
            FileRole role = role_of(entry.path).value_or(FileRole{});
            return write(entry, place.value_or("unpacked"), std::move(role));
        }
        auto role = role_of(entry.path);
        if (!role || !wanted(*role)) return {};
        auto place = place_of(entry.path);
        if (!place) {
            remark("its member " + escape(entry.path) +
                   " was left out: its name could lead out of the folder that it is unpacked to");
            return {};
        }
        return write(entry, *place, std::move(*role));
    }

    bool wanted(const FileRole& role) {
        if (role.alternate) return true;
        if (!role.module.empty() && !is_nfs_module(role.module)) return false;
        if (!role.release) return true;
        package_.releases.insert(*role.release);
        if (release_) return *role.release == *release_;
        if (!first_release_) first_release_ = role.release;
        return *role.release == *first_release_;
    }

    Result<void> write(const ArchiveEntry& entry, const fs::path& place, FileRole role) {
        fs::path to = folder_ / place;
        std::error_code failure;
        fs::create_directories(to.parent_path(), failure);
        if (failure || fs::exists(fs::symlink_status(to, failure))) {
            remark("its member " + escape(entry.path) +
                   " was left out: another one has taken its place");
            return {};
        }
        auto size = archive_.write(to);
        if (!size) return tl::unexpected<Error>(size.error());
        package_.unpacked += *size;
        if (!role.alternate) package_.files.push_back({to, entry.path, std::move(role)});
        return {};
    }

    void remark(std::string text) {
        if (package_.remarks.size() < kMostRemarks) package_.remarks.push_back(std::move(text));
    }

    // Whether nothing wanted can follow: packages are sorted by path, and with vmlinux in hand the
    // last wanted folder of a kernel is net/sunrpc.
    bool complete(const ArchiveEntry& entry);

    Archive& archive_;
    const std::optional<std::string>& release_;
    const fs::path& folder_;
    Package package_;
    std::optional<std::string> first_release_;
    std::vector<std::string> previous_;
    bool sorted_ = true;
};

bool Unpacking::complete(const ArchiveEntry& entry) {
    // Only where a release was asked for: without one, all kernels inside are to be listed.
    if (!release_ || !sorted_ || !entry.regular) return false;
    std::vector<std::string> parts;
    for (std::string_view part : split(entry.path, '/')) parts.emplace_back(part);
    if (parts < previous_) sorted_ = false;
    previous_ = std::move(parts);
    if (!sorted_) return false;
    bool vmlinux = std::any_of(package_.files.begin(), package_.files.end(),
                               [](const UnpackedFile& file) { return file.role.module.empty(); });
    if (!vmlinux) return false;
    auto at = std::find(previous_.begin(), previous_.end(), *release_);
    if (previous_.end() - at < 4 || at[1] != "kernel") return false;
    return std::pair(at[2], at[3]) > std::pair(std::string("net"), std::string("sunrpc"));
}

}  // namespace

Result<Package> unpack_package(const fs::path& file, const std::optional<std::string>& release,
                               const fs::path& folder, const ArchiveLimits& limits,
                               const Progress& progress) {
    auto archive = Archive::open(file, limits, progress);
    if (!archive) return tl::unexpected<Error>(archive.error());
    return Unpacking(**archive, release, folder).run();
}

}  // namespace nfstriage::debuginfo
