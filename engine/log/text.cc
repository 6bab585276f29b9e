#include "log/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nfstriage::log {
namespace {

constexpr std::size_t kMostWithoutSize = std::size_t{256} << 20, kPiece = std::size_t{64} << 10;

tl::unexpected<Error> unreadable(const std::filesystem::path& path, int number,
                                 std::optional<std::uint64_t> offset = std::nullopt) {
    return error(path.string(), offset,
                 "a readable file was expected: " + std::string(std::strerror(number)),
                 number == EACCES ? "run as a user that may read it" : "check the path");
}

class TextFile final : public Text {
public:
    TextFile(std::filesystem::path path, int fd, std::uint64_t size)
        : path_(std::move(path)), fd_(fd), size_(size) {}
    ~TextFile() override { ::close(fd_); }

    std::uint64_t size() const override { return size_; }

    Result<std::string_view> at(std::uint64_t offset, std::size_t most) override {
        if (offset >= size_) return std::string_view();
        most = static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - offset));
        if (buffer_size_ < most) {
            buffer_ = std::make_unique_for_overwrite<char[]>(most);
            buffer_size_ = most;
        }
        std::size_t done = 0;
        while (done < most) {
            ssize_t got = ::pread(fd_, buffer_.get() + done, most - done,
                                  static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return unreadable(path_, errno, offset + done);
            if (got == 0) break;  // it was cut while it was read
            done += static_cast<std::size_t>(got);
        }
        return std::string_view(buffer_.get(), done);
    }

private:
    std::filesystem::path path_;
    int fd_;
    std::uint64_t size_;
    std::unique_ptr<char[]> buffer_;
    std::size_t buffer_size_ = 0;
};

Result<std::string> read_to_the_end(int fd, const std::filesystem::path& path) {
    std::string text;
    while (text.size() < kMostWithoutSize) {
        std::size_t old = text.size();
        text.resize(std::min(kMostWithoutSize, old + std::max(old, kPiece)));
        ssize_t got = ::read(fd, text.data() + old, text.size() - old);
        int number = errno;
        text.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && number == EINTR) continue;
        if (got < 0) return unreadable(path, number, old);
        if (got == 0) break;
    }
    return text;
}

// The file is closed in the end.
Result<std::unique_ptr<Text>> take_over(int fd, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        return std::make_unique<TextFile>(path, fd, static_cast<std::uint64_t>(status.st_size));
    auto text = read_to_the_end(fd, path);
    ::close(fd);
    if (!text) return tl::unexpected<Error>(text.error());
    return std::make_unique<TextInMemory>(std::move(*text));
}

}  // namespace

Result<std::unique_ptr<Text>> open_text(const std::filesystem::path& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return unreadable(path, errno);
    return take_over(fd, path);
}

Result<std::unique_ptr<Text>> text_of(int file, const std::string& name) {
    int fd = ::fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return unreadable(name, errno);
    return take_over(fd, name);
}

Result<std::string> whole(Text& text, std::size_t most) {
    std::string all;
    all.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(most, text.size())));
    while (all.size() < most) {
        auto piece = text.at(all.size(), std::min(kPiece, most - all.size()));
        if (!piece) return tl::unexpected<Error>(piece.error());
        if (piece->empty()) break;
        all += *piece;
    }
    return all;
}

}  // namespace nfstriage::log
