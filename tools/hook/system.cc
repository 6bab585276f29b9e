#include "hook/system.h"

#include <sys/stat.h>
#include <algorithm>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/files.h"
#include "crash_directory.h"

namespace nfstriage::hook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestMountinfo = 4 << 20;
constexpr std::size_t kMostCrashes = 10'000;  // looked at below one folder
// Clocks of file systems are coarser than the one that tells when we booted.
constexpr std::time_t kClockSlack_s = 2;

fs::path below(const fs::path& root, const fs::path& path) { return root / path.relative_path(); }

std::time_t boot_time() {
    timespec since_boot{}, now{};
    if (clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return now.tv_sec - since_boot.tv_sec;
}

// The device behind UUID=..., LABEL=... and the links of /dev/disk.
fs::path device_of(const System& system, std::string name) {
    for (auto [prefix, folder] :
         {std::pair{"UUID=", "/dev/disk/by-uuid"}, std::pair{"LABEL=", "/dev/disk/by-label"},
          std::pair{"PARTUUID=", "/dev/disk/by-partuuid"},
          std::pair{"PARTLABEL=", "/dev/disk/by-partlabel"}})
        if (name.starts_with(prefix))
            name = (fs::path(folder) / name.substr(std::string_view(prefix).size())).string();
    if (!name.starts_with("/dev/")) return name;
    std::error_code failure;
    fs::path target = fs::canonical(below(system.root, name), failure);
    if (failure) return name;
    fs::path relative = target.lexically_relative(system.root);
    return relative.empty() ? fs::path(name) : fs::path("/") / relative;
}

// Where kdump's dracut scripts mount the dump target, and the root of a running system.
bool is_usual_point(const fs::path& point) {
    std::string name = point.string();
    return name == "/" || name == "/sysroot" || name == "/kdumproot" ||
           name.starts_with("/kdumproot/");
}

std::vector<const Mount*> mounts_of_target(const System& system, const KdumpConfig& config) {
    std::size_t space = config.target.find(' ');
    fs::path device = space == std::string::npos
                          ? fs::path()
                          : device_of(system, config.target.substr(space + 1));
    std::vector<const Mount*> named, usual;
    for (const Mount& mount : system.mounts) {
        if (!device.empty() && fs::path(mount.source) == device)
            named.push_back(&mount);
        else if (is_usual_point(mount.point))
            usual.push_back(&mount);
    }
    // The capture kernel's own mounts come after its "/".
    std::reverse(usual.begin(), usual.end());
    named.insert(named.end(), usual.begin(), usual.end());
    return named;
}

// SUSE's capture kernel has the dump target below /kdump, or /kdump/mnt since kdump 2.0; elsewhere
// these are not mounted.
std::vector<fs::path> folders_of_suse(const System& system, const KdumpConfig& config) {
    std::vector<fs::path> folders;
    for (fs::path place : {"/kdump/mnt", "/kdump"}) {
        for (const fs::path& folder : config.folders) {
            fs::path path = place / folder.relative_path();
            const Mount* mount = mount_of(system.mounts, path);
            if (mount != nullptr && mount->point.string().starts_with("/kdump"))
                folders.push_back(path);
        }
    }
    folders.insert(folders.end(), config.folders.begin(), config.folders.end());
    return folders;
}

std::vector<fs::path> folders_of(const System& system, const KdumpConfig& config) {
    if (config.family == Family::suse) return folders_of_suse(system, config);
    if (config.family == Family::debian) return config.folders;
    std::vector<fs::path> folders;
    for (const Mount* mount : mounts_of_target(system, config))
        for (const fs::path& folder : config.folders)
            folders.push_back(mount->point / folder.relative_path());
    return folders;
}

std::time_t time_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mtime : 0;
}

}  // namespace

System look_around(const fs::path& root) {
    System system;
    std::error_code failure;
    system.root = fs::canonical(root, failure);
    if (failure) system.root = root;
    if (auto text = read_small_file(system.root / "proc/self/mountinfo", kLargestMountinfo))
        system.mounts = parse_mounts(*text);
    system.configs = read_kdump_configs(system.root);
    fs::path vmcore = system.root / "proc/vmcore";
    if (fs::exists(vmcore, failure)) system.proc_vmcore = vmcore;
    system.booted = boot_time();
    return system;
}

std::vector<fs::path> dump_folders(const System& system, bool remote) {
    std::vector<fs::path> folders;
    auto add = [&](const fs::path& folder) {
        const Mount* mount = mount_of(system.mounts, folder);
        if (mount == nullptr || (is_remote(*mount) && !remote)) return;
        fs::path path = below(system.root, folder);
        if (std::find(folders.begin(), folders.end(), path) == folders.end())
            folders.push_back(std::move(path));
    };
    for (const KdumpConfig& config : system.configs)
        for (const fs::path& folder : folders_of(system, config)) add(folder);
    if (system.configs.empty()) add("/var/crash");
    return folders;
}

std::vector<SavedCrash> saved_crashes(const fs::path& folder) {
    std::vector<SavedCrash> crashes;
    std::error_code failure;
    std::size_t looked_at = 0;
    for (fs::directory_iterator entry(folder, failure), end;
         !failure && entry != end && looked_at < kMostCrashes;
         entry.increment(failure), ++looked_at) {
        std::error_code ignored;
        if (entry->is_symlink(ignored) || !entry->is_directory(ignored)) continue;
        auto input = crash_directory(entry->path());
        if (!input) continue;
        crashes.push_back({entry->path(), time_of(input->parts.front())});
    }
    std::sort(crashes.begin(), crashes.end(), [](const SavedCrash& a, const SavedCrash& b) {
        return a.time != b.time ? a.time > b.time : a.directory > b.directory;
    });
    return crashes;
}

std::optional<SavedCrash> crash_at_hand(const System& system, bool remote) {
    std::optional<SavedCrash> newest;
    for (const fs::path& folder : dump_folders(system, remote)) {
        std::vector<SavedCrash> crashes = saved_crashes(folder);
        if (crashes.empty() || crashes.front().time + kClockSlack_s < system.booted) continue;
        if (!newest || crashes.front().time > newest->time) newest = crashes.front();
    }
    return newest;
}

std::vector<fs::path> folders_for_verdict(const System& system, std::time_t now) {
    std::vector<fs::path> folders;
    for (const fs::path& folder : dump_folders(system, false)) {
        fs::path inside = fs::path("/") / folder.lexically_relative(system.root);
        const Mount* mount = mount_of(system.mounts, inside);
        if (mount == nullptr || mount->read_only || is_volatile(*mount)) continue;
        folders.push_back(folder / fmt::format("nfstriage-{:%Y-%m-%d-%H:%M:%S}", fmt::gmtime(now)));
    }
    return folders;
}

std::vector<fs::path> profile_folders(const System& system) {
    return {system.root / "usr/lib/nfstriage/profiles", system.root / "var/lib/nfstriage/profiles"};
}

}  // namespace nfstriage::hook
