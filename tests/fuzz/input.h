// What all fuzz targets share: an input taken apart piece by piece, what must hold, and a file
// whose content is in memory. An input that is used up goes on as zeros, so that any bytes are an
// input.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace nfstriage::fuzz {

using File = std::vector<std::uint8_t>;

// Ends the process where `holds` is false: a finding like any crash.
inline void require(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

    bool empty() const { return bytes_.empty(); }
    std::size_t left() const { return bytes_.size(); }

    template <class T>
    T number() {
        T value{};
        std::size_t size = std::min(sizeof(T), bytes_.size());
        if (size != 0) std::memcpy(&value, bytes_.data(), size);
        bytes_ = bytes_.subspan(size);
        return value;
    }
    std::uint8_t u8() { return number<std::uint8_t>(); }
    std::uint16_t u16() { return number<std::uint16_t>(); }
    std::uint32_t u32() { return number<std::uint32_t>(); }
    std::uint64_t u64() { return number<std::uint64_t>(); }
    bool flag() { return (u8() & 1) != 0; }
    // Below `limit`, which is not 0.
    std::size_t below(std::size_t limit) {
        return static_cast<std::size_t>(limit <= 256     ? u8()
                                        : limit <= 65536 ? u16()
                                                         : u32()) %
               limit;
    }
    ByteSpan bytes(std::size_t size) {
        ByteSpan taken = bytes_.first(std::min(size, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }
    ByteSpan rest() { return bytes(left()); }
    std::string_view text(std::size_t size) {
        ByteSpan taken = bytes(size);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string_view rest_of_text() { return text(left()); }

private:
    ByteSpan bytes_;
};

// Changes `file` by what is left of `input`: {u24 place, u8 size, bytes} again and again. The place
// is taken modulo the size of the file; size 0 cuts the file off there, others write 1 to 16 bytes.
inline void patch(File& file, Input& input) {
    while (!input.empty() && !file.empty()) {
        std::uint32_t word = input.u32();
        std::size_t at = (word & 0xffffff) % file.size(), size = word >> 24;
        if (size == 0) {
            file.resize(at);
            continue;
        }
        ByteSpan bytes = input.bytes((size - 1) % 16 + 1);
        std::copy_n(bytes.begin(), std::min(bytes.size(), file.size() - at),
                    file.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

// A file with that content, for readers that want a path.
class MemoryFile {
public:
    explicit MemoryFile(std::span<const std::uint8_t> bytes) : fd_(::memfd_create("input", 0)) {
        require(fd_ >= 0, "a file in memory can be made");
        for (std::size_t done = 0; done < bytes.size();) {
            ::ssize_t wrote = ::write(fd_, bytes.data() + done, bytes.size() - done);
            require(wrote > 0, "a file in memory can be written");
            done += static_cast<std::size_t>(wrote);
        }
        path_ = "/proc/self/fd/" + std::to_string(fd_);
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(fd_); }

    const std::filesystem::path& path() const { return path_; }

private:
    int fd_;
    std::filesystem::path path_;
};

// A file of the source tree, by its path there.
inline File source_file(const std::string& name) {
    std::ifstream in(std::string(NFSTRIAGE_SOURCE_DIR) + "/" + name, std::ios::binary);
    require(in.good(), "a file of the source tree can be read");
    return File(std::istreambuf_iterator<char>(in), {});
}

inline std::string_view as_text(const File& file) {
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

}  // namespace nfstriage::fuzz
