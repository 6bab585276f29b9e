#include "base/private_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <system_error>

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "nfstriage-";
constexpr std::size_t kNameSize = 16;           // of "nfstriage-XXXXXX"
constexpr std::time_t kSettleSeconds = 60;      // between making a folder and locking it
constexpr std::size_t kMostLookedAt = 1 << 16;  // names in the folder above
constexpr mode_t kPermissions = 07777;

// The folder, locked; -1 if it is no folder of ours or somebody else has the lock.
int lock_folder(const fs::path& path) {
    int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    close(fd);
    return -1;
}

// Whether it was made by us long enough ago, so that its lock tells if it is in use.
bool is_settled(int fd) {
    struct stat status {};
    return fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
           (status.st_mode & kPermissions) == S_IRWXU &&
           status.st_mtime + kSettleSeconds < std::time(nullptr);
}

void remove_left_behind(const fs::path& base) {
    std::error_code failure;
    std::size_t looked_at = 0;
    for (fs::directory_iterator entry(base, failure), end;
         !failure && entry != end && looked_at < kMostLookedAt;
         entry.increment(failure), ++looked_at) {
        std::string name = entry->path().filename().string();
        if (name.size() != kNameSize || !name.starts_with(kPrefix)) continue;
        int fd = lock_folder(entry->path());
        if (fd < 0) continue;
        std::error_code ignored;
        if (is_settled(fd)) fs::remove_all(entry->path(), ignored);
        close(fd);
    }
}

}  // namespace

Result<std::shared_ptr<PrivateFolder>> PrivateFolder::make() {
    const char* set = std::getenv("TMPDIR");
    std::string base = set != nullptr && *set != 0 ? set : "/var/tmp";
    remove_left_behind(base);
    std::string pattern = base + "/" + std::string(kPrefix) + "XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr)
        return error(pattern, std::nullopt,
                     std::string("a folder to unpack into: ") + std::strerror(errno),
                     "set TMPDIR to a folder that can be written to");
    return std::shared_ptr<PrivateFolder>(new PrivateFolder(pattern, lock_folder(pattern)));
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    // What it tries first, unlink(), a sandbox may refuse of a folder that it lets us remove.
    rmdir(path_.c_str());
    if (lock_ >= 0) close(lock_);
}

}  // namespace nfstriage
