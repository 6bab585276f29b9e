#include "process/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace nfstriage::landlock {
namespace {

// The same numbers on all architectures; <sys/syscall.h> may be older.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

// enum landlock_access_fs
constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2,
                        kReadDir = 1 << 3, kRemoveDir = 1 << 4, kRemoveFile = 1 << 5,
                        kMakeDir = 1 << 7, kMakeReg = 1 << 8, kTruncate = 1 << 14,
                        kIoctlDev = 1 << 15;
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;

// What each version added: rights on files, on the network (TCP bind and connect), and ways out
// (abstract sockets, signals).
struct Added {
    int version;
    std::uint64_t files, network, ways_out;
};
constexpr std::array kAdded = {
    Added{1, (1 << 13) - 1, 0, 0},  // Linux 5.13
    Added{2, 1 << 13, 0, 0},        // 5.19: renaming into another folder
    Added{3, kTruncate, 0, 0},      // 6.2
    Added{4, 0, 3, 0},              // 6.7
    Added{5, kIoctlDev, 0, 0},      // 6.10
    Added{6, 0, 0, 3},              // 6.12
};

// struct landlock_ruleset_attr: a kernel takes the fields behind its own if they are zero.
struct RulesetAttributes {
    std::uint64_t files = 0, network = 0, ways_out = 0;
};

// struct landlock_path_beneath_attr
struct __attribute__((packed)) PathBeneath {
    std::uint64_t allowed;
    std::int32_t below;
};

class Descriptor {
public:
    explicit Descriptor(long fd) : fd_(static_cast<int>(fd)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

std::uint64_t rights_of(Access access) {
    constexpr std::uint64_t kRead = kReadFile | kReadDir, kWrite = kWriteFile | kTruncate;
    switch (access) {
        case Access::read:
            return kRead;
        case Access::write:
            return kWrite;
        case Access::fill:
            return kRead | kWrite | kMakeDir | kMakeReg | kRemoveDir | kRemoveFile;
        case Access::remove_folders:
            return kRemoveDir;
    }
    return 0;
}

tl::unexpected<Error> failed(const char* what, int number) {
    return error("Landlock", std::nullopt, std::string(what) + ": " + std::strerror(number),
                 "tell us: the kernel was expected to take this");
}

Result<void> add(int ruleset, std::uint64_t handled, const Grant& grant) {
    Descriptor file(::open(grant.path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return {};
    std::uint64_t rights = rights_of(grant.access) & handled;
    if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
    if (rights == 0) return {};
    PathBeneath rule{rights, file.get()};
    if (::syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) == 0) return {};
    if (errno == EBADFD) return {};  // a pipe or the like, which Landlock leaves alone
    return failed("a rule was refused", errno);
}

}  // namespace

Result<int> version() {
    long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
    if (version >= 1) return static_cast<int>(version);
    if (errno == ENOSYS)
        return error("Landlock", std::nullopt, "this kernel has none",
                     "it needs Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK");
    if (errno == EOPNOTSUPP)
        return error("Landlock", std::nullopt, "it was switched off when the kernel was booted",
                     "add landlock to the list behind lsm= on the kernel's command line");
    return error("Landlock", std::nullopt,
                 std::string("it cannot be used here: ") + std::strerror(errno),
                 "allow the system calls landlock_* where this container or service is set up");
}

Result<void> restrict_to(int version, std::span<const Grant> grants) {
    RulesetAttributes handled;
    for (const Added& added : kAdded) {
        if (added.version > version) break;
        handled.files |= added.files;
        handled.network |= added.network;
        handled.ways_out |= added.ways_out;
    }
    // Zeros behind what the kernel knows are fine to it.
    Descriptor ruleset(::syscall(kCreateRuleset, &handled, sizeof handled, 0));
    if (ruleset.get() < 0) return failed("its rules were refused", errno);
    for (const Grant& grant : grants)
        if (auto added = add(ruleset.get(), handled.files, grant); !added) return added;
    if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0)
        return failed("it was not put into force", errno);
    return {};
}

}  // namespace nfstriage::landlock
