#include "base/replace_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoFolder = "its folder cannot be opened";

tl::unexpected<Error> failed(const fs::path& path, const char* what, int number) {
    return error(
        path.string(), std::nullopt, std::string(what) + ": " + std::strerror(number),
        number == ENOSPC || number == EDQUOT ? "free some space" : "check the path and its rights");
}

std::string temporary_prefix(std::string_view name) { return "." + std::string(name) + ".new-"; }

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

void copy_attributes(const fs::path& from, int to) {
    constexpr std::size_t kMost = 1 << 12;  // bytes of all names, and of one value
    std::string names(kMost, '\0');
    ssize_t length = ::listxattr(from.c_str(), names.data(), names.size());
    for (std::size_t at = 0; length > 0 && at < static_cast<std::size_t>(length);) {
        const char* name = names.data() + at;
        at += std::strlen(name) + 1;
        std::string value(kMost, '\0');
        ssize_t size = ::getxattr(from.c_str(), name, value.data(), value.size());
        if (size >= 0) (void)::fsetxattr(to, name, value.data(), static_cast<std::size_t>(size), 0);
    }
}

// A file that is written and synced, but not yet under its name.
class Prepared {
public:
    Prepared(int folder, const fs::path& path) : folder_(folder), path_(path) {}
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
    ~Prepared() {
        if (made_) ::unlinkat(folder_, temporary_.c_str(), 0);
    }

    // Before put_in_place().
    Result<void> take_over_from_old() {
        struct stat old {};
        if (::stat(path_.c_str(), &old) != 0) return {};  // it is new
        if (::fchownat(folder_, temporary_.c_str(), old.st_uid, old.st_gid, 0) != 0)
            return failed(path_, "cannot get its owner", errno);
        Descriptor file(::openat(folder_, temporary_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (file.get() < 0 || ::fchmod(file.get(), old.st_mode & 07777) != 0)
            return failed(path_, "cannot get its mode", errno);
        copy_attributes(path_, file.get());
        if (::fsync(file.get()) != 0) return failed(path_, "cannot be synced", errno);
        return {};
    }

    Result<void> write(std::string_view bytes, mode_t mode) {
        return write_by(mode, [&](int fd) -> Result<void> {
            while (!bytes.empty()) {
                ssize_t written = ::write(fd, bytes.data(), bytes.size());
                if (written < 0 && errno == EINTR) continue;
                if (written < 0) return failed(path_, "cannot be written", errno);
                bytes.remove_prefix(static_cast<std::size_t>(written));
            }
            return {};
        });
    }

    Result<void> write_by(mode_t mode, const std::function<Result<void>(int fd)>& write) {
        ::unlinkat(folder_, temporary_.c_str(), 0);  // of a process of our number before a reboot
        Descriptor file(::openat(folder_, temporary_.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (file.get() < 0) return failed(path_, "cannot be made", errno);
        made_ = true;
        if (auto done = write(file.get()); !done) return done;
        if (::fchmod(file.get(), mode) != 0) return failed(path_, "cannot get its mode", errno);
        if (::fsync(file.get()) != 0) return failed(path_, "cannot be synced", errno);
        return {};
    }

    Result<void> put_in_place() {
        if (::renameat(folder_, temporary_.c_str(), folder_, path_.filename().c_str()) != 0)
            return failed(path_, "cannot be put in place", errno);
        made_ = false;
        return {};
    }

private:
    int folder_;
    fs::path path_;
    std::string temporary_ =
        temporary_prefix(path_.filename().string()) + std::to_string(::getpid());
    bool made_ = false;
};

Result<void> sync(const Descriptor& folder, const fs::path& path) {
    if (folder.get() < 0) return failed(path, "the folder cannot be opened", errno);
    if (::fsync(folder.get()) != 0) return failed(path, "cannot be synced", errno);
    return {};
}

int open_folder(const fs::path& path) {
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

Result<void> sync_folder(const fs::path& folder) {
    return sync(Descriptor(open_folder(folder)), folder);
}

Result<void> replace_files(const fs::path& folder, std::span<const NewFile> files, mode_t mode) {
    Descriptor opened(open_folder(folder));
    if (opened.get() < 0 && !files.empty())
        return failed(folder / files.front().name, kNoFolder, errno);
    std::vector<std::unique_ptr<Prepared>> prepared;
    for (const NewFile& file : files) {
        prepared.push_back(std::make_unique<Prepared>(opened.get(), folder / file.name));
        if (auto done = prepared.back()->write(file.bytes, mode); !done) return done;
    }
    for (const auto& file : prepared)
        if (auto done = file->put_in_place(); !done) return done;
    return sync(opened, folder);
}

Result<void> replace_file(const fs::path& path, std::string_view bytes, mode_t mode) {
    fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    NewFile file{path.filename().string(), bytes};
    return replace_files(folder, {&file, 1}, mode);
}

Result<void> replace_file_by(const fs::path& path, mode_t mode,
                             const std::function<Result<void>(int fd)>& write) {
    fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    Descriptor opened(open_folder(folder));
    if (opened.get() < 0) return failed(path, kNoFolder, errno);
    Prepared file(opened.get(), folder / path.filename());
    if (auto done = file.write_by(mode, write); !done) return done;
    if (auto done = file.put_in_place(); !done) return done;
    return sync(opened, folder);
}

Result<void> edit_file(const fs::path& path, std::string_view bytes, mode_t mode) {
    fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    Descriptor opened(open_folder(folder));
    if (opened.get() < 0) return failed(path, kNoFolder, errno);
    Prepared file(opened.get(), folder / path.filename());
    if (auto done = file.write(bytes, mode); !done) return done;
    if (auto done = file.take_over_from_old(); !done) return done;
    if (auto done = file.put_in_place(); !done) return done;
    return sync(opened, folder);
}

void remove_leftovers(const fs::path& folder, std::string_view name) {
    std::error_code failure;
    std::string prefix = temporary_prefix(name);
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure))
        if (entry->path().filename().string().starts_with(prefix)) ::unlink(entry->path().c_str());
}

}  // namespace nfstriage
