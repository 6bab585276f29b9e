#include "debuginfo/find_debuginfo_sources.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "base/text.h"
#include "debuginfo/elf_object.h"
#include "debuginfo/object_identity.h"
#include "debuginfo/package.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 1 << 20;  // of one folder tree
constexpr int kDeepest = 32;
constexpr std::size_t kProgressStep = 4096;  // entries
constexpr std::size_t kHead = 1024;

std::string head_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string head(kHead, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(file.gcount()));
    return head;
}

bool is_elf(std::string_view head) { return head.starts_with("\177ELF"); }

// bzImage (Documentation/arch/x86/boot.rst) or Image (Documentation/arch/arm64/booting.rst).
bool is_boot_image(std::string_view head) {
    return head.size() == kHead &&
           (head.substr(0x202, 4) == "HdrS" || head.substr(56, 4) == "ARMd");
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + escape(part);
    return text;
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

class Gathering {
public:
    Gathering(const WantedKernel& wanted, const FindOptions& options)
        : wanted_(wanted), options_(options) {
        if (wanted.kernel)
            release_ = wanted.kernel->release;
        else if (!wanted.release.empty())
            release_ = wanted.release;
    }

    void take(const fs::path& source) {
        std::error_code failure;
        fs::file_status status = fs::status(source, failure);
        std::size_t before = result_.candidates.size();
        Result<void> done;
        if (fs::is_directory(status))
            done = take_tree(source);
        else if (fs::exists(status))
            done = take_file(source);
        else
            done = error(source.string(), std::nullopt,
                         "a file or folder with debuginfo was expected: " + failure.message(),
                         "check its name and rights");
        if (!done) result_.errors.push_back(done.error());
        for (std::size_t i = before; i < result_.candidates.size(); ++i)
            result_.candidates[i].source = source_;
        ++source_;
    }

    Gathered finish() && { return std::move(result_); }

private:
    Result<void> take_file(const fs::path& file) {
        std::string head = head_of(file);
        if (is_archive(head)) return take_package(file);
        if (is_boot_image(head))
            return error(file.string(), 0,
                         "a vmlinux with debug information was expected, this is the image that "
                         "the machine boots from",
                         "name the debuginfo package of the kernel that crashed");
        if (!is_elf(head))
            return error(file.string(), 0,
                         "a vmlinux, a module, a .rpm, .deb or tar, or a folder was expected",
                         "name the debuginfo package of the kernel that crashed, or its vmlinux");
        return take_elf(file, file.string());
    }

    // A file that was named itself is known by its contents, whatever it is called.
    Result<void> take_elf(const fs::path& file, const std::string& shown) {
        auto elf = ElfObject::open(file);
        if (!elf) return tl::unexpected<Error>(elf.error());
        auto identity = identify_object(**elf);
        if (!identity) return tl::unexpected<Error>(identity.error());
        Candidate candidate{file, shown, role_of(file.string()).value_or(FileRole{}), source_};
        candidate.role.module = identity->object.name;
        candidate.role.compressed = false;
        if (identity->kernel.release) result_.releases.insert(*identity->kernel.release);
        result_.candidates.push_back(std::move(candidate));
        return {};
    }

    Result<void> take_package(const fs::path& file);
    Result<void> take_tree(const fs::path& folder);
    void walk(const fs::path& root);
    void look_up_build_ids(const fs::path& root);

    // By name alone; whether it is what its name says shows when it is opened.
    void take_named(const fs::path& path, const FileRole& role) {
        if (role.alternate || (!role.module.empty() && !is_nfs_module(role.module))) return;
        if (role.release) result_.releases.insert(*role.release);
        if (release_ && role.release && *role.release != *release_) return;
        result_.candidates.push_back({path, path.string(), role, source_});
    }

    const WantedKernel& wanted_;
    const FindOptions& options_;
    std::optional<std::string> release_;
    std::size_t source_ = 0;
    Gathered result_;
};

Result<void> Gathering::take_package(const fs::path& file) {
    auto folder = PrivateFolder::make();
    if (!folder) return tl::unexpected<Error>(folder.error());
    auto package =
        unpack_package(file, release_, (*folder)->path(), options_.limits, options_.progress);
    if (!package) return tl::unexpected<Error>(package.error());
    for (const std::string& text : package->remarks)
        result_.remarks.push_back(file.string() + ": " + text);
    result_.releases.insert(package->releases.begin(), package->releases.end());
    if (package->files.empty() && !package->releases.empty()) {
        return error(file.string(), std::nullopt,
                     "it is of kernel " +
                         joined({package->releases.begin(), package->releases.end()}) +
                         (wanted_.kernel ? ", the dump is of " + to_string(*wanted_.kernel)
                                         : ", wanted is " + escape(wanted_.release)),
                     "name the debuginfo of exactly the kernel that crashed");
    }
    if (package->files.empty())
        return error(file.string(), std::nullopt,
                     "kernel debuginfo was expected (vmlinux, nfs.ko, sunrpc.ko), the package "
                     "starts with " +
                         (package->first_members.empty() ? "no file at all"
                                                         : joined(package->first_members)),
                     "name the package called kernel-debuginfo, linux-image-…-dbg or -dbgsym");
    result_.folders.push_back(*folder);
    // One file compressed as a whole may be called anything.
    if (package->files.size() == 1 && is_elf(head_of(package->files[0].path)) &&
        !package->files[0].role.release)
        return take_elf(package->files[0].path, file.string());
    for (UnpackedFile& unpacked : package->files)
        result_.candidates.push_back({unpacked.path, file.string() + ": " + escape(unpacked.member),
                                      std::move(unpacked.role), source_});
    return {};
}

Result<void> Gathering::take_tree(const fs::path& folder) {
    std::size_t before = result_.candidates.size(), releases = result_.releases.size();
    std::error_code ignored;
    fs::path debug = folder / "usr/lib/debug";
    if (fs::is_directory(debug, ignored)) {
        walk(debug);
        if (fs::is_directory(folder / "boot", ignored)) walk(folder / "boot");
    } else {
        walk(folder);
    }
    if (result_.candidates.size() != before || result_.releases.size() != releases) return {};
    return error(folder.string(), std::nullopt,
                 "a folder with vmlinux and *.ko files with debug information was expected, as "
                 "/usr/lib/debug is",
                 "install or unpack the debuginfo package of the kernel that crashed");
}

void Gathering::walk(const fs::path& root) {
    look_up_build_ids(root);
    std::size_t entries = 0, before = result_.candidates.size();
    std::error_code failure;
    fs::recursive_directory_iterator entry(root, fs::directory_options::skip_permission_denied,
                                           failure),
        end;
    for (; !failure && entry != end; entry.increment(failure)) {
        if (++entries > kMostEntries) {
            result_.remarks.push_back(root.string() + ": only its first " +
                                      std::to_string(kMostEntries) + " files were looked at");
            break;
        }
        if (options_.progress && entries % kProgressStep == 0)
            options_.progress("looking through " + root.string(), entries, 0);
        std::error_code ignored;
        std::string name = entry->path().filename().string();
        if (entry->is_directory(ignored)) {
            // .build-id has one entry for each program of the system, found by its id instead.
            if (name == ".build-id" || entry.depth() >= kDeepest) entry.disable_recursion_pending();
            continue;
        }
        auto role = role_of(entry->path().string());
        if (role && entry->is_regular_file(ignored)) take_named(entry->path(), *role);
    }
    std::sort(result_.candidates.begin() + static_cast<std::ptrdiff_t>(before),
              result_.candidates.end(), [](const Candidate& a, const Candidate& b) {
                  // What need not be unpacked first.
                  return std::pair(a.role.compressed, a.path) <
                         std::pair(b.role.compressed, b.path);
              });
}

// .build-id/ab/cdef….debug leads to the file of that build id.
void Gathering::look_up_build_ids(const fs::path& root) {
    auto look = [&](const std::string& id, const std::string& module) {
        if (id.size() < 4 || !is_hex(id)) return;
        fs::path path = root / ".build-id" / id.substr(0, 2) / (id.substr(2) + ".debug");
        std::error_code ignored;
        if (!fs::is_regular_file(path, ignored)) return;
        FileRole role;
        role.module = module;
        result_.candidates.push_back({path, path.string(), role, source_});
    };
    if (wanted_.kernel && wanted_.kernel->build_id) look(*wanted_.kernel->build_id, "");
    for (const layout::ProfileObject& module : wanted_.modules)
        if (is_nfs_module(module.name)) look(module.build_id, module.name);
}

}  // namespace

Gathered gather_sources(const std::vector<fs::path>& sources, const WantedKernel& wanted,
                        const FindOptions& options) {
    Gathering gathering(wanted, options);
    for (const fs::path& source : sources) gathering.take(source);
    return std::move(gathering).finish();
}

Result<fs::path> expanded(const Candidate& candidate, const FindOptions& options,
                          std::vector<std::shared_ptr<PrivateFolder>>& folders) {
    if (!candidate.role.compressed) return candidate.path;
    auto folder = PrivateFolder::make();
    if (!folder) return tl::unexpected<Error>(folder.error());
    auto archive = Archive::open(candidate.path, options.limits, options.progress);
    if (!archive) return tl::unexpected<Error>(archive.error());
    auto entry = (*archive)->next();
    if (!entry) return tl::unexpected<Error>(entry.error());
    if (!*entry || !(*archive)->single_file())
        return error(candidate.shown, std::nullopt, "one compressed file was expected",
                     "name the unpacked file");
    fs::path to = (*folder)->path() / candidate.path.stem().filename();
    auto size = (*archive)->write(to);
    if (!size) return tl::unexpected<Error>(size.error());
    folders.push_back(std::move(*folder));
    return to;
}

}  // namespace nfstriage::debuginfo
