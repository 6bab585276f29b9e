#include "unpack.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "debuginfo/libarchive.h"

namespace nfstriage {
namespace {

using debuginfo::Libarchive;

constexpr std::array<std::string_view, 5> kMagics = {
    std::string_view("\x1f\x8b"), std::string_view("\xfd\x37zXZ"), std::string_view("BZh"),
    std::string_view("\x28\xb5\x2f\xfd"), std::string_view("\x04\x22\x4d\x18")};
constexpr std::size_t kUstarAt = 257;  // "ustar" in a tar header
constexpr std::size_t kBuffer = 1 << 20;

// The name under which an archive member is kept; empty for those that are not wanted.
std::string kept_name(std::string_view path) {
    std::size_t slash = path.rfind('/');
    std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    bool wanted = name.starts_with("vmcore") || name.find("dmesg") != std::string_view::npos;
    return wanted ? std::string(name) : std::string();
}

bool is_zero(const std::uint8_t* begin, std::size_t size) {
    return std::all_of(begin, begin + size, [](std::uint8_t byte) { return byte == 0; });
}

class Unpacking {
public:
    Unpacking(const Libarchive& library, std::string file, std::uint64_t left)
        : library_(library),
          file_(std::move(file)),
          left_(left),
          buffer_(kBuffer),
          archive_(library.read_new(), library.read_free) {}

    Result<void> run(const std::filesystem::path& folder) {
        library_.filter_all(archive_.get());
        library_.format_tar(archive_.get());
        library_.format_raw(archive_.get());
        if (library_.open_filename(archive_.get(), file_.c_str(), kBuffer) != ARCHIVE_OK)
            return damaged();
        for (;;) {
            archive_entry* entry = nullptr;
            int status = library_.next_header(archive_.get(), &entry);
            if (status == ARCHIVE_EOF) return {};
            if (status != ARCHIVE_OK) return damaged();
            bool raw = library_.format(archive_.get()) == ARCHIVE_FORMAT_RAW;
            const char* path = library_.pathname(entry);
            if (!raw && (path == nullptr || library_.filetype(entry) != AE_IFREG)) continue;
            std::string name = raw ? "vmcore" : kept_name(path);
            if (name.empty()) continue;
            if (auto done = write(folder / name); !done) return done;
        }
    }

private:
    tl::unexpected<Error> damaged() const {
        const char* why = library_.error_string(archive_.get());
        return error(file_, std::nullopt,
                     std::string("a packed file that can be unpacked: ") +
                         (why == nullptr ? "unknown failure" : why),
                     "check that it was copied whole");
    }

    Result<void> write(const std::filesystem::path& path) {
        int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) return failed(path);
        auto done = copy(fd, path);
        if (close(fd) != 0 && done) return failed(path);
        return done;
    }

    Result<void> copy(int fd, const std::filesystem::path& path) {
        off_t size = 0;
        for (;;) {
            ssize_t got = library_.read_data(archive_.get(), buffer_.data(), buffer_.size());
            if (got < 0) return damaged();
            if (got == 0) break;
            if (static_cast<std::uint64_t>(got) > left_)
                return error(file_, std::nullopt, "less when unpacked",
                             "allow more with --max-unpacked");
            left_ -= static_cast<std::uint64_t>(got);
            std::size_t bytes = static_cast<std::size_t>(got);
            if (is_zero(buffer_.data(), bytes)) {
                size += got;
                continue;
            }
            for (std::size_t done = 0; done < bytes;) {
                ssize_t put = pwrite(fd, buffer_.data() + done, bytes - done,
                                     size + static_cast<off_t>(done));
                if (put <= 0) return failed(path);
                done += static_cast<std::size_t>(put);
            }
            size += got;
        }
        if (ftruncate(fd, size) != 0) return failed(path);
        return {};
    }

    static tl::unexpected<Error> failed(const std::filesystem::path& path) {
        return error(path.string(), std::nullopt,
                     std::string("room to unpack into: ") + std::strerror(errno),
                     "set TMPDIR to a folder with enough space");
    }

    const Libarchive& library_;
    std::string file_;
    std::uint64_t left_;
    std::vector<std::uint8_t> buffer_;
    std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace

bool is_packed(std::string_view head) {
    if (std::any_of(kMagics.begin(), kMagics.end(),
                    [head](std::string_view magic) { return head.starts_with(magic); }))
        return true;
    return head.size() > kUstarAt + 5 && head.substr(kUstarAt, 5) == "ustar";
}

Result<void> unpack(const std::filesystem::path& file, const std::filesystem::path& folder,
                    std::uint64_t max_unpacked) {
    auto library = Libarchive::load(file.string(), "a dump or log that is not packed");
    if (!library) return tl::unexpected<Error>(library.error());
    return Unpacking(*library, file.string(), max_unpacked).run(folder);
}

}  // namespace nfstriage
