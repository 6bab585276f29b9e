#include "debuginfo/archive.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "debuginfo/libarchive.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kMagics = {
    std::string_view("\x1f\x8b"),
    std::string_view("\xfd\x37zXZ"),
    std::string_view("BZh"),
    std::string_view("\x28\xb5\x2f\xfd"),
    std::string_view("\x04\x22\x4d\x18"),
    std::string_view("!<arch>\n"),
    std::string_view("\xed\xab\xee\xdb"),
    std::string_view("\x5d\0\0", 3)};  // the last is lzma
constexpr std::string_view kPackageMagics[] = {"!<arch>\n", "\xed\xab\xee\xdb"};
constexpr std::size_t kUstarAt = 257;  // "ustar" in a tar header
constexpr std::size_t kInputBuffer = 256 << 10;
constexpr std::uint64_t kProgressStep = 4 << 20;
constexpr std::size_t kHoleUnit = 4096;     // runs of zeros from this size on are left out
constexpr int kMostFilters = 3;             // rpm, its compression, and none
constexpr unsigned kPackageMembers = 16;    // a .deb has three: debian-binary, control and data
constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

bool is_package(std::string_view head) {
    return std::any_of(std::begin(kPackageMagics), std::end(kPackageMagics),
                       [head](std::string_view magic) { return head.starts_with(magic); });
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

private:
    int fd_;
};

// The compressed bytes, given to libarchive piece by piece.
struct Input {
    Input(const fs::path& path, Progress report)
        : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
          name(path.filename().string()),
          buffer(kInputBuffer),
          progress(std::move(report)) {}

    static la_ssize_t read(archive*, void* self, const void** out) {
        Input& input = *static_cast<Input*>(self);
        ssize_t got;
        do got = ::read(input.file.get(), input.buffer.data(), input.buffer.size());
        while (got < 0 && errno == EINTR);
        *out = input.buffer.data();
        if (got > 0) input.done += static_cast<std::uint64_t>(got);
        bool due = input.done >= input.told + kProgressStep ||
                   (input.done == input.size && input.told != input.size);
        if (input.progress && due) {
            input.told = input.done;
            input.progress("reading " + escape(input.name), input.done, input.size);
        }
        return got;
    }

    Descriptor file;
    std::string name;
    std::vector<std::uint8_t> buffer;
    Progress progress;
    std::uint64_t size = 0, done = 0, told = 0;
};

}  // namespace

struct Archive::State {
    State(const fs::path& path, const ArchiveLimits& the_limits, Progress progress)
        : file(path.string()),
          limits(the_limits),
          input(path, std::move(progress)),
          outer(nullptr, nullptr),
          inner(nullptr, nullptr) {}

    using Handle = std::unique_ptr<archive, int (*)(archive*)>;

    archive* reader() const { return inner ? inner.get() : outer.get(); }

    Handle make() const {
        Handle handle(library.read_new(), library.read_free);
        if (!handle) return handle;
        library.filter_gzip(handle.get());
        library.filter_bzip2(handle.get());
        library.filter_xz(handle.get());
        library.filter_lzma(handle.get());
        library.filter_zstd(handle.get());
        library.filter_lz4(handle.get());
        return handle;
    }

    tl::unexpected<Error> damaged(archive* handle) const {
        const char* why = handle == nullptr ? nullptr : library.error_string(handle);
        if (why == nullptr && outer) why = library.error_string(outer.get());
        return error(file, std::nullopt,
                     "a package or archive that can be read to its end was expected: " +
                         (why == nullptr ? "unknown failure" : escape(why)),
                     "check that it was copied whole");
    }

    tl::unexpected<Error> too_much(const std::string& what) const {
        return error(file, std::nullopt, what, "unpack it yourself and name the folder");
    }

    tl::unexpected<Error> unwritable(const fs::path& path) const {
        return error(path.string(), std::nullopt,
                     std::string("room to unpack into was expected: ") + std::strerror(errno),
                     "set TMPDIR to a folder with enough space");
    }

    Result<bool> header(archive* handle, archive_entry*& entry);
    Result<void> enter_package();
    Result<std::uint64_t> copy(int fd, const fs::path& to);
    Result<void> put(int fd, const fs::path& to, ByteSpan bytes, std::uint64_t at);

    // libarchive reads the data.tar of a .deb through this, out of the .deb.
    static la_ssize_t read_member(archive*, void* self, const void** out) {
        State& state = *static_cast<State*>(self);
        std::size_t size = 0;
        la_int64_t offset = 0;
        int status = state.library.read_data_block(state.outer.get(), out, &size, &offset);
        if (status == ARCHIVE_EOF) return 0;
        return status == ARCHIVE_OK ? static_cast<la_ssize_t>(size) : -1;
    }

    std::string file;
    ArchiveLimits limits;
    Libarchive library;
    Input input;
    Handle outer, inner;  // inner: the data.tar of a .deb; freed first
    bool single = false;
    bool first_given = false;        // next() gives the entry that open() already read
    archive_entry* first = nullptr;  // that entry; owned by its archive
    std::uint64_t entries = 0, read = 0, kept = 0;
};

// Reads a header: false at the end of the archive.
Result<bool> Archive::State::header(archive* handle, archive_entry*& entry) {
    int status = library.next_header(handle, &entry);
    if (status == ARCHIVE_EOF) return false;
    // A warning is about a name or time stamp that cannot be expressed here.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return damaged(handle);
    if (++entries > limits.entries)
        return too_much("at most " + std::to_string(limits.entries) + " members were expected");
    if (library.size_is_set(entry) == 0) return true;
    la_int64_t size = library.size(entry);
    if (size < 0) return damaged(handle);
    // libarchive reads through what is passed over, so the limit comes before.
    auto sum = checked_add(read, static_cast<std::uint64_t>(size));
    if (!sum || *sum > limits.read)
        return too_much("at most " + std::to_string(limits.read) +
                        " bytes in all members were expected, its member " +
                        escape(library.pathname(entry) ? library.pathname(entry) : "?") +
                        " alone claims " + std::to_string(size));
    read = *sum;
    return true;
}

// From the .deb to the first entry of its data.tar.
Result<void> Archive::State::enter_package() {
    for (unsigned i = 0; i < kPackageMembers; ++i) {
        const char* path = library.pathname(first);
        if (path != nullptr && std::string_view(path).starts_with("data.tar")) {
            inner = make();
            if (!inner) return damaged(nullptr);
            library.format_tar(inner.get());
            if (library.open(inner.get(), this, nullptr, read_member, nullptr) != ARCHIVE_OK)
                return damaged(inner.get());
            read = 0;  // the data.tar is not counted besides its contents
            auto more = header(inner.get(), first);
            if (!more) return tl::unexpected<Error>(more.error());
            if (!*more) first = nullptr;
            return {};
        }
        auto more = header(outer.get(), first);
        if (!more) return tl::unexpected<Error>(more.error());
        if (!*more) break;
    }
    return error(file, std::nullopt, "an ar archive with a data.tar, as Debian packages are",
                 "name a package with debuginfo, a vmlinux or a folder");
}

Result<void> Archive::State::put(int fd, const fs::path& to, ByteSpan bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        ssize_t done = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return unwritable(to);
        bytes = bytes.subspan(static_cast<std::size_t>(done));
        at += static_cast<std::uint64_t>(done);
    }
    return {};
}

// Blocks come in ascending order; what lies between them and at the end are zeros.
Result<std::uint64_t> Archive::State::copy(int fd, const fs::path& to) {
    static constexpr std::array<std::uint8_t, kHoleUnit> kZeros{};
    std::uint64_t end = 0;
    for (;;) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        int status = library.read_data_block(reader(), &data, &size, &offset);
        if (status == ARCHIVE_EOF) break;
        if (status != ARCHIVE_OK || offset < 0) return damaged(reader());
        std::uint64_t at = static_cast<std::uint64_t>(offset);
        auto stop = checked_add(at, size);
        if (at < end || !stop) return damaged(reader());
        if (*stop > limits.member)
            return too_much("members of at most " + std::to_string(limits.member) +
                            " bytes were expected");
        if (*stop > limits.kept - kept)
            return too_much("at most " + std::to_string(limits.kept) +
                            " bytes of debuginfo were expected");
        end = *stop;
        ByteSpan block(static_cast<const std::uint8_t*>(data), size);
        while (!block.empty()) {
            ByteSpan piece = block.first(std::min(block.size(), kHoleUnit));
            // The longest run without a piece of zeros is written at once.
            std::size_t run = 0;
            while (!piece.empty() && std::memcmp(piece.data(), kZeros.data(), piece.size()) != 0) {
                run += piece.size();
                piece = block.subspan(run, std::min(block.size() - run, kHoleUnit));
            }
            if (auto done = put(fd, to, block.first(run), at); !done)
                return tl::unexpected<Error>(done.error());
            block = block.subspan(run + piece.size());
            at += run + piece.size();
        }
    }
    if (ftruncate(fd, static_cast<off_t>(end)) != 0) return unwritable(to);
    return end;
}

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::~Archive() = default;

Result<std::unique_ptr<Archive>> Archive::open(const fs::path& file, const ArchiveLimits& limits,
                                               Progress progress) {
    auto library = Libarchive::load(file.string(), "debuginfo that is not packed");
    if (!library) return tl::unexpected<Error>(library.error());
    auto state = std::make_unique<State>(file, limits, std::move(progress));
    state->library = *library;
    Input& input = state->input;
    std::error_code failure;
    if (input.file.get() >= 0) input.size = fs::file_size(file, failure);
    std::array<char, 512> head{};
    ssize_t got = input.file.get() < 0 ? -1 : pread(input.file.get(), head.data(), head.size(), 0);
    if (got < 0 || failure)
        return error(file.string(), std::nullopt,
                     std::string("a readable file was expected: ") + std::strerror(errno),
                     "check its name and rights");
    std::string_view start(head.data(), static_cast<std::size_t>(got));

    state->outer = state->make();
    archive* handle = state->outer.get();
    if (handle == nullptr) return state->damaged(nullptr);
    if (is_package(start)) {
        // Of these the format is certain: nothing inside is taken for another.
        library->filter_rpm(handle);
        library->format_ar(handle);
        library->format_cpio(handle);
    } else {
        library->format_tar(handle);
        library->format_raw(handle);
    }
    if (library->open(handle, &input, nullptr, Input::read, nullptr) != ARCHIVE_OK)
        return state->damaged(handle);
    auto more = state->header(handle, state->first);
    if (!more) return tl::unexpected<Error>(more.error());
    if (!*more) state->first = nullptr;
    if (library->filter_count(handle) > kMostFilters)
        return state->too_much("a file that is compressed once was expected");
    int format = library->format(handle);
    state->single = format == ARCHIVE_FORMAT_RAW;
    // Without a filter libarchive would give any file as it is.
    if (state->single && library->filter_count(handle) < 2)
        return error(file.string(), 0, "a tar, .rpm or .deb, or a compressed file was expected",
                     "name a vmlinux, a module, a package or a folder");
    if ((format & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR && state->first != nullptr)
        if (auto done = state->enter_package(); !done) return tl::unexpected<Error>(done.error());
    return std::unique_ptr<Archive>(new Archive(std::move(state)));
}

bool Archive::single_file() const { return state_->single; }

Result<std::optional<ArchiveEntry>> Archive::next() {
    State& state = *state_;
    archive_entry* entry = state.first;
    if (std::exchange(state.first_given, true)) {
        auto more = state.header(state.reader(), entry);
        if (!more) return tl::unexpected<Error>(more.error());
        if (!*more) entry = nullptr;
    }
    if (entry == nullptr) return std::optional<ArchiveEntry>();
    ArchiveEntry result;
    const char* path = state.library.pathname(entry);
    std::size_t length = path == nullptr ? 0 : strnlen(path, kLongestPath + 1);
    if (state.single)
        result = {fs::path(state.file).stem().string(), true};
    else if (length != 0 && length <= kLongestPath)
        result.path.assign(path, length);
    if (result.path.empty()) return std::optional(result);
    bool file = state.single || state.library.filetype(entry) == AE_IFREG;
    // In a cpio the last of several links carries the data; the other ones are empty.
    bool empty_link = state.library.hardlink(entry) != nullptr &&
                      (state.library.size_is_set(entry) == 0 || state.library.size(entry) == 0);
    result.regular = file && !empty_link;
    return std::optional(std::move(result));
}

Result<std::uint64_t> Archive::write(const fs::path& to) {
    State& state = *state_;
    Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() < 0) return state.unwritable(to);
    auto size = state.copy(out.get(), to);
    if (!out.close() && size) size = state.unwritable(to);
    if (!size) {
        ::unlink(to.c_str());
        return size;
    }
    state.kept += *size;
    return size;
}

bool is_archive(std::string_view head) {
    if (std::any_of(kMagics.begin(), kMagics.end(),
                    [head](std::string_view magic) { return head.starts_with(magic); }))
        return true;
    return head.size() > kUstarAt + 5 && head.substr(kUstarAt, 5) == "ustar";
}

}  // namespace nfstriage::debuginfo
