#include "debuginfo/image_files.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "base/text.h"
#include "debuginfo/kernel_files.h"
#include "debuginfo/kernel_image.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 500'000;
constexpr int kDeepest = 24;
constexpr std::size_t kHead = 1024;
constexpr unsigned char kRelocatable = 1, kCore = 4;  // ET_REL, ET_CORE

enum class Kind : std::uint8_t { vmlinux, boot_image, module, order, built_in };

struct Role {
    Kind kind = Kind::module;
    std::string module, release;  // "" where the path does not say
    bool compressed = false;
};

bool starts_with_digit(std::string_view text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// What the path of a file says it is; nothing for those that are none of ours.
std::optional<Role> role_by_path(std::string_view path) {
    Role role;
    if (auto known = role_of(path)) {
        if (known->alternate || (!known->module.empty() && !is_nfs_module(known->module)))
            return std::nullopt;
        role.kind = known->module.empty() ? Kind::vmlinux : Kind::module;
        role.module = known->module;
        role.release = known->release.value_or("");
        role.compressed = known->compressed;
        return role;
    }
    std::vector<std::string_view> parts = split(path, '/');
    std::string_view name = parts.back();
    for (std::size_t i = 0; i + 2 < parts.size(); ++i)
        if (parts[i] == "modules" && starts_with_digit(parts[i + 1])) role.release = parts[i + 1];
    if (name == "modules.order" || name == "modules.builtin") {
        role.kind = name == "modules.order" ? Kind::order : Kind::built_in;
        return role;
    }
    for (std::string_view stem : {"vmlinuz", "bzImage", "Image.gz", "Image"}) {
        if (!name.starts_with(stem)) continue;
        std::string_view rest = name.substr(stem.size());
        if (!rest.empty() && rest.front() != '-') return std::nullopt;
        if (!rest.empty() && !starts_with_digit(rest.substr(1))) return std::nullopt;
        role.kind = Kind::boot_image;
        if (!rest.empty() && role.release.empty()) role.release = rest.substr(1);
        return role;
    }
    return std::nullopt;
}

std::string head_of(const fs::path& path) {
    std::string head(kHead, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return head;
}

bool is_elf(std::string_view head) {
    return head.size() > 18 && head.starts_with(
                                   "\x7f"
                                   "ELF");
}

bool has_dump_name(std::string_view name) {
    return name.starts_with("vmcore") || name.ends_with(".vmcore");
}

class Gathering {
public:
    Gathering(const fs::path& source, const ArchiveLimits& limits, const Progress& progress)
        : source_(source), limits_(limits), progress_(progress) {}

    Result<ImageFiles> run() {
        auto folder = PrivateFolder::make();
        if (!folder) return tl::unexpected<Error>(folder.error());
        files_.folder = std::move(*folder);
        std::error_code failure;
        Result<void> done;
        if (fs::is_directory(source_, failure))
            done = walk();
        else if (std::string head = head_of(source_); is_archive(head) && !is_boot_image(head))
            done = unpack();
        else
            take_alone(head);
        if (!done) return tl::unexpected<Error>(done.error());
        return finish();
    }

private:
    Result<void> walk() {
        std::error_code failure;
        fs::recursive_directory_iterator at(source_, fs::directory_options::skip_permission_denied,
                                            failure);
        if (failure)
            return error(source_.string(), std::nullopt,
                         "a readable directory was expected: " + failure.message(),
                         "check its rights");
        std::vector<std::pair<fs::path, Role>> found;
        std::size_t entries = 0;
        for (fs::recursive_directory_iterator end; at != end && !failure; at.increment(failure)) {
            if (++entries > kMostEntries)
                return error(source_.string(), std::nullopt,
                             "the tree of one kernel was expected, this has too many files",
                             "name the folder that has boot and lib/modules");
            if (at.depth() >= kDeepest) at.disable_recursion_pending();
            std::error_code ignored;
            // Links to a folder are not followed, and links to files name what is there anyway.
            if (at->is_symlink(ignored) || !at->is_regular_file(ignored)) continue;
            if (auto role = role_by_path(at->path().string()))
                found.emplace_back(at->path(), std::move(*role));
        }
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [path, role] : found) take(path, role);
        return {};
    }

    Result<void> unpack() {
        auto archive = Archive::open(source_, limits_, progress_);
        if (!archive) return tl::unexpected<Error>(archive.error());
        for (;;) {
            auto entry = (*archive)->next();
            if (!entry) return tl::unexpected<Error>(entry.error());
            if (!*entry) return {};
            std::string path = (*archive)->single_file() ? source_.string() : (*entry)->path;
            auto role = (*entry)->regular ? role_by_path(path) : std::nullopt;
            if (!role) continue;
            auto to = place_for(*role);
            if (!to) return tl::unexpected<Error>(to.error());
            if (auto size = (*archive)->write(*to); !size)
                return tl::unexpected<Error>(size.error());
            if ((*archive)->single_file()) role->compressed = false;
            take(*to, *role);
        }
    }

    void take_alone(std::string_view head) {
        Role role = role_by_path(source_.filename().string()).value_or(Role{});
        if (is_boot_image(head)) {
            role.kind = Kind::boot_image;
        } else if (is_elf(head)) {
            bool module = head[16] == kRelocatable;
            role.kind = module ? Kind::module : Kind::vmlinux;
            if (module && role.module.empty()) role.module = source_.stem().string();
        } else {
            return;
        }
        take(source_, role);
    }

    void take(const fs::path& path, const Role& role) {
        if (!role.release.empty()) releases_.insert(role.release);
        fs::path file = path;
        if (role.compressed) {
            auto unpacked = expand(path, role);
            if (!unpacked) {
                files_.remarks.push_back(to_string(unpacked.error()));
                return;
            }
            file = *unpacked;
        }
        switch (role.kind) {
            case Kind::vmlinux:
                files_.vmlinux.push_back(file);
                break;
            case Kind::boot_image:
                images_.push_back(file);
                break;
            case Kind::module:
                files_.modules[role.module].push_back(file);
                break;
            case Kind::order:
                files_.order = file;
                break;
            case Kind::built_in:
                files_.built_in = file;
                break;
        }
    }

    // A new file of ours. Nothing of an archive's own names reaches the disk but the module's,
    // which is one that we know.
    Result<fs::path> place_for(const Role& role) {
        fs::path folder = files_.folder->path() / std::to_string(unpacked_++);
        std::error_code failure;
        if (!fs::create_directory(folder, failure))
            return error(folder.string(), std::nullopt, "room to unpack into was expected",
                         "set TMPDIR to a folder with enough space");
        if (role.kind == Kind::module) return folder / (role.module + ".ko");
        return folder / (role.kind == Kind::vmlinux ? "vmlinux" : "file");
    }

    Result<fs::path> expand(const fs::path& packed, const Role& role) {
        auto archive = Archive::open(packed, limits_, {});
        if (!archive) return tl::unexpected<Error>(archive.error());
        if (auto entry = (*archive)->next(); !entry) return tl::unexpected<Error>(entry.error());
        auto to = place_for(role);
        if (!to) return to;
        if (auto size = (*archive)->write(*to); !size) return tl::unexpected<Error>(size.error());
        return to;
    }

    Result<ImageFiles> finish() {
        if (releases_.size() > 1) {
            std::string list;
            for (const std::string& release : releases_)
                list += (list.empty() ? "" : ", ") + escape(release);
            return error(source_.string(), std::nullopt,
                         "files of one kernel were expected, found are those of " + list,
                         "name the files of one of them");
        }
        files_.vmlinux.insert(files_.vmlinux.end(), images_.begin(), images_.end());
        if (files_.vmlinux.empty() && files_.modules.empty())
            return error(source_.string(), std::nullopt,
                         "files of a kernel were expected: vmlinux, vmlinuz or modules of NFS",
                         "name a kernel package, its unpacked tree, a vmlinux or a dump");
        return std::move(files_);
    }

    const fs::path& source_;
    const ArchiveLimits& limits_;
    const Progress& progress_;
    ImageFiles files_;
    std::vector<fs::path> images_;
    std::set<std::string> releases_;
    std::size_t unpacked_ = 0;
};

bool tree_has_kernel(const fs::path& directory) {
    std::error_code failure, ignored;
    for (const auto& entry : fs::directory_iterator(directory, failure))
        if (has_dump_name(entry.path().filename().string())) return false;
    fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied,
                                        failure);
    std::size_t entries = 0;
    for (fs::recursive_directory_iterator end; !failure && at != end && ++entries < kMostEntries;
         at.increment(failure)) {
        if (at.depth() >= kDeepest) at.disable_recursion_pending();
        if (!at->is_symlink(ignored) && at->is_regular_file(ignored) &&
            role_by_path(at->path().string()))
            return true;
    }
    return false;
}

bool archive_has_kernel(const fs::path& file, const ArchiveLimits& limits) {
    auto archive = Archive::open(file, limits, {});
    if (!archive) return false;
    if ((*archive)->single_file()) return role_by_path(file.string()).has_value();
    for (;;) {
        auto entry = (*archive)->next();
        if (!entry || !*entry) return false;
        if ((*entry)->regular && has_dump_name(fs::path((*entry)->path).filename().string()))
            return false;
        if ((*entry)->regular && role_by_path((*entry)->path)) return true;
    }
}

}  // namespace

bool has_kernel_files(const fs::path& path, const ArchiveLimits& limits) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return tree_has_kernel(path);
    std::string head = head_of(path);
    if (is_elf(head)) return head[16] != kCore;
    if (is_boot_image(head)) return true;
    return is_archive(head) && archive_has_kernel(path, limits);
}

Result<ImageFiles> gather_image_files(const fs::path& path, const ArchiveLimits& limits,
                                      const Progress& progress) {
    return Gathering(path, limits, progress).run();
}

}  // namespace nfstriage::debuginfo
