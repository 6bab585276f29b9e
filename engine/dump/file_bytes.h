// The bytes of one input file, by offset: a plain file, or the file that a flattened one describes
// (flattened.h). Read with pread, never mapped: mapped pages count as our memory, and a file that
// shrinks while it is read would kill us with SIGBUS.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/maybe.h"
#include "base/result.h"

namespace nfstriage::dump {

class FileBytes {
public:
    virtual ~FileBytes() = default;

    virtual const std::string& name() const = 0;
    virtual std::uint64_t size() const = 0;         // in bytes
    virtual std::uint64_t stored_size() const = 0;  // bytes that really lie on the disk for it

    // Fills `out` from `offset`, all or nothing. Unknown: not_dumped behind the end of the file,
    // corrupt when the operating system reports a read error.
    virtual Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;

    // Whether what lies on the disk is a flattened form of these bytes.
    virtual bool flattened() const { return false; }

    // One sentence when the file visibly stops before its end; empty otherwise.
    virtual std::string cut_short() const { return {}; }

    // A trivially copyable record at `offset`.
    template <class T>
    Maybe<T> value(std::uint64_t offset) const {
        T result;
        auto done = read(offset, {reinterpret_cast<std::uint8_t*>(&result), sizeof(T)});
        if (!done) return tl::unexpected<Unknown>(done.error());
        return result;
    }
};

// Opens a regular file or block device. Errors: missing, not readable, a directory, empty.
Result<std::shared_ptr<const FileBytes>> open_plain_file(const std::filesystem::path& path);

// The same bytes through a small cache of 4 KiB blocks, for the many little reads of bitmaps and
// tables that lie close to each other. Not for use from several threads.
class BlockCache {
public:
    explicit BlockCache(std::shared_ptr<const FileBytes> file);
    Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const;

    template <class T>
    Maybe<T> value(std::uint64_t offset) const {
        T result;
        auto done = read(offset, {reinterpret_cast<std::uint8_t*>(&result), sizeof(T)});
        if (!done) return tl::unexpected<Unknown>(done.error());
        return result;
    }

private:
    struct Block {
        std::uint64_t number = UINT64_MAX;
        std::size_t size = 0;
        std::vector<std::uint8_t> bytes;
    };
    std::shared_ptr<const FileBytes> file_;
    mutable std::vector<Block> blocks_;
};

}  // namespace nfstriage::dump
