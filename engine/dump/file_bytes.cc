#include "dump/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::size_t kBlockSize = 4096;
constexpr std::size_t kBlocks = 128;

class PlainFile final : public FileBytes {
public:
    PlainFile(std::string name, int fd, std::uint64_t size)
        : name_(std::move(name)), fd_(fd), size_(size) {}
    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;
    ~PlainFile() override { ::close(fd_); }

    const std::string& name() const override { return name_; }
    std::uint64_t size() const override { return size_; }
    std::uint64_t stored_size() const override { return size_; }

    Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        auto end = checked_add(offset, out.size());
        if (!end || *end > size_)
            return unknown(Reason::not_dumped, name_ + " ends at byte " + std::to_string(size_) +
                                                   ", before byte " + std::to_string(offset) +
                                                   " + " + std::to_string(out.size()));
        std::size_t done = 0;
        while (done < out.size()) {
            ssize_t got = ::pread(fd_, out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0)
                return unknown(Reason::corrupt, name_ + ": reading at byte " +
                                                    std::to_string(offset + done) + ": " +
                                                    std::strerror(errno));
            if (got == 0)
                return unknown(Reason::not_dumped,
                               name_ + " shrank to " + std::to_string(offset + done) + " bytes");
            done += static_cast<std::size_t>(got);
        }
        return {};
    }

private:
    std::string name_;
    int fd_;
    std::uint64_t size_;
};

}  // namespace

Result<std::shared_ptr<const FileBytes>> open_plain_file(const std::filesystem::path& path) {
    std::string name = path.string();
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int why = errno;
        return error(
            name, std::nullopt, std::string("a readable file, found: ") + std::strerror(why),
            why == EACCES || why == EPERM ? "run as a user who may read it" : "check the path");
    }
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        int why = errno;
        ::close(fd);
        return error(name, std::nullopt,
                     std::string("a readable file, found: ") + std::strerror(why),
                     "check the file system");
    }
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
        ::close(fd);
        return error(name, std::nullopt,
                     S_ISDIR(status.st_mode) ? "a dump file, found a directory"
                                             : "a dump file, found a pipe, socket or device",
                     "give the vmcore file itself");
    }
    // A block device has no size of its own in stat.
    off_t size = S_ISBLK(status.st_mode) ? ::lseek(fd, 0, SEEK_END) : status.st_size;
    if (size <= 0) {
        ::close(fd);
        return error(
            name, 0, "a dump file, found an empty one",
            "the dump was never written; check the disk space and log of the host's kdump");
    }
    return std::make_shared<PlainFile>(std::move(name), fd, static_cast<std::uint64_t>(size));
}

BlockCache::BlockCache(std::shared_ptr<const FileBytes> file)
    : file_(std::move(file)), blocks_(kBlocks) {}

Maybe<void> BlockCache::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    auto end = checked_add(offset, out.size());
    if (!end || *end > file_->size()) return file_->read(offset, out);  // makes the message
    std::size_t done = 0;
    while (done < out.size()) {
        std::uint64_t at = offset + done;
        std::uint64_t number = at / kBlockSize;
        Block& block = blocks_[number % kBlocks];
        if (block.number != number) {
            std::size_t size = static_cast<std::size_t>(
                std::min<std::uint64_t>(kBlockSize, file_->size() - number * kBlockSize));
            block.number = UINT64_MAX;
            block.bytes.resize(kBlockSize);
            auto got = file_->read(number * kBlockSize, {block.bytes.data(), size});
            if (!got) {
                // The block may lie half behind a hole; what was asked for may still be there.
                return file_->read(at, out.subspan(done));
            }
            block.number = number;
            block.size = size;
        }
        std::size_t from = static_cast<std::size_t>(at % kBlockSize);
        std::size_t count = std::min(block.size - from, out.size() - done);
        std::memcpy(out.data() + done, block.bytes.data() + from, count);
        done += count;
    }
    return {};
}

}  // namespace nfstriage::dump
