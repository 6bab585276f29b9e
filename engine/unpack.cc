#include "unpack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace nfstriage {
namespace {

constexpr std::array<std::string_view, 5> kMagics = {
    std::string_view("\x1f\x8b"), std::string_view("\xfd\x37zXZ"), std::string_view("BZh"),
    std::string_view("\x28\xb5\x2f\xfd"), std::string_view("\x04\x22\x4d\x18")};
constexpr std::size_t kUstarAt = 257;  // "ustar" in a tar header
constexpr std::size_t kBuffer = 1 << 20;
constexpr int kEndOfArchive = 1;            // ARCHIVE_EOF
constexpr int kArchiveOk = 0;               // ARCHIVE_OK
constexpr unsigned kRegularFile = 0100000;  // AE_IFREG
constexpr int kFormatRaw = 0x90000;         // ARCHIVE_FORMAT_RAW

// The functions of libarchive.so.13 (archive(3)) that we use.
class Libarchive {
public:
    static Result<Libarchive> load(const std::string& file) {
        Libarchive library;
        library.handle_ = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
        if (library.handle_ == nullptr)
            return error(file, 0, "a dump or log that is not packed (libarchive is not installed)",
                         "install libarchive13, or unpack the file first");
        bool all = library.find(library.read_new, "archive_read_new") &&
                   library.find(library.read_free, "archive_read_free") &&
                   library.find(library.filter_all, "archive_read_support_filter_all") &&
                   library.find(library.format_tar, "archive_read_support_format_tar") &&
                   library.find(library.format_raw, "archive_read_support_format_raw") &&
                   library.find(library.open_filename, "archive_read_open_filename") &&
                   library.find(library.next_header, "archive_read_next_header") &&
                   library.find(library.read_data, "archive_read_data") &&
                   library.find(library.format, "archive_format") &&
                   library.find(library.error_string, "archive_error_string") &&
                   library.find(library.pathname, "archive_entry_pathname") &&
                   library.find(library.filetype, "archive_entry_filetype");
        if (!all)
            return error(file, 0, "a libarchive with the functions of version 3",
                         "unpack the file first");
        return library;
    }

    void* (*read_new)() = nullptr;
    int (*read_free)(void*) = nullptr;
    int (*filter_all)(void*) = nullptr;
    int (*format_tar)(void*) = nullptr;
    int (*format_raw)(void*) = nullptr;
    int (*open_filename)(void*, const char*, std::size_t) = nullptr;
    int (*next_header)(void*, void**) = nullptr;
    ssize_t (*read_data)(void*, void*, std::size_t) = nullptr;
    int (*format)(void*) = nullptr;
    const char* (*error_string)(void*) = nullptr;
    const char* (*pathname)(void*) = nullptr;
    unsigned (*filetype)(void*) = nullptr;

private:
    template <class Function>
    bool find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(dlsym(handle_, name));
        return function != nullptr;
    }
    void* handle_ = nullptr;  // stays loaded: unloading gains nothing
};

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
        if (library_.open_filename(archive_.get(), file_.c_str(), kBuffer) != kArchiveOk)
            return damaged();
        for (;;) {
            void* entry = nullptr;
            int status = library_.next_header(archive_.get(), &entry);
            if (status == kEndOfArchive) return {};
            if (status != kArchiveOk) return damaged();
            bool raw = library_.format(archive_.get()) == kFormatRaw;
            const char* path = library_.pathname(entry);
            if (!raw && (path == nullptr || library_.filetype(entry) != kRegularFile)) continue;
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
    std::unique_ptr<void, int (*)(void*)> archive_;
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
    auto library = Libarchive::load(file.string());
    if (!library) return tl::unexpected<Error>(library.error());
    return Unpacking(*library, file.string(), max_unpacked).run(folder);
}

}  // namespace nfstriage
