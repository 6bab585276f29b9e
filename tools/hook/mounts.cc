#include "hook/mounts.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace nfstriage::hook {
namespace {

constexpr std::array<std::string_view, 16> kRemote{
    "9p",   "afs",       "beegfs", "ceph",   "cifs", "coda", "fuse.glusterfs", "fuse.sshfs",
    "gfs2", "glusterfs", "gpfs",   "lustre", "nfs",  "nfs4", "ocfs2",          "smb3"};
constexpr std::array<std::string_view, 4> kVolatile{"devtmpfs", "ramfs", "rootfs", "tmpfs"};

int octal(char c) { return c >= '0' && c <= '7' ? c - '0' : -1; }

// Space, tab, newline and backslash in names are written as \ooo.
std::string unescape(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) >= 0 &&
            octal(text[i + 2]) >= 0 && octal(text[i + 3]) >= 0) {
            result += static_cast<char>(octal(text[i + 1]) * 64 + octal(text[i + 2]) * 8 +
                                        octal(text[i + 3]));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

bool has_option(std::string_view options, std::string_view wanted) {
    for (std::string_view option : split(options, ','))
        if (option == wanted) return true;
    return false;
}

// Whether `path` is `point` or lies below it.
bool lies_on(const std::filesystem::path& path, const std::filesystem::path& point) {
    auto [rest, end] = std::mismatch(point.begin(), point.end(), path.begin(), path.end());
    return rest == point.end();
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
    // id parent major:minor root POINT OPTIONS optional... - TYPE SOURCE SUPER_OPTIONS
    constexpr std::size_t kPoint = 4, kOptions = 5, kFirstOptional = 6;
    std::vector<Mount> mounts;
    for (std::string_view line : split(mountinfo, '\n')) {
        std::vector<std::string_view> words = split(line, ' ');
        if (words.size() < kFirstOptional) continue;
        auto dash = std::find(words.begin() + kFirstOptional, words.end(), "-");
        if (std::distance(dash, words.end()) < 4) continue;
        Mount mount;
        mount.point = unescape(words[kPoint]);
        mount.type = unescape(dash[1]);
        mount.source = unescape(dash[2]);
        mount.read_only = has_option(words[kOptions], "ro") || has_option(dash[3], "ro");
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
    std::filesystem::path normal = path.lexically_normal();
    const Mount* best = nullptr;
    for (const Mount& mount : mounts)
        if (lies_on(normal, mount.point) &&
            (best == nullptr || mount.point.native().size() >= best->point.native().size()))
            best = &mount;
    return best;
}

bool is_remote(const Mount& mount) {
    return std::find(kRemote.begin(), kRemote.end(), mount.type) != kRemote.end() ||
           mount.type.starts_with("fuse");
}

bool is_volatile(const Mount& mount) {
    return std::find(kVolatile.begin(), kVolatile.end(), mount.type) != kVolatile.end();
}

}  // namespace nfstriage::hook
