// The container that the tables over kernel text share (code_table.h, cfi_table.h, orc_table.h):
// blocks in address order, each compressed by itself with zstd (RFC 8878), so that a question about
// one address unpacks one block. Layout, little endian: u32 magic, u32 count, then count entries
// {u64 first address, u32 packed size, u32 unpacked size}, then the packed blocks.
// We promise: every size is checked before anything is allocated; damage gives Unknown(corrupt).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"

struct ZSTD_DCtx_s;

namespace nfstriage::layout {

class CodeBlocks {
public:
    static constexpr std::uint32_t kMaxUnpacked = 2 << 20;  // bytes of one block

    // `bytes` must outlive this. Unknown(corrupt) when the index contradicts itself.
    static Maybe<CodeBlocks> open(ByteSpan bytes);

    std::size_t count() const { return count_; }
    std::uint64_t first_address(std::size_t block) const;
    // The last block that starts at or below `address`.
    std::optional<std::size_t> find(std::uint64_t address) const;
    // The content of a block below count(). Unknown(corrupt) when it is damaged.
    Maybe<std::vector<std::uint8_t>> unpack(std::size_t block) const;

private:
    Bytes bytes_;
    mutable std::shared_ptr<ZSTD_DCtx_s> context_;  // made for the first block, used for all
    std::size_t count_ = 0;
    std::vector<std::uint64_t> offsets_;  // of the packed blocks in bytes_
};

struct CodeBlock {
    std::uint64_t first_address = 0;
    std::vector<std::uint8_t> bytes;
};

// The container of `blocks`, which must be in address order, packed at zstd level `level`.
std::vector<std::uint8_t> pack_code_blocks(std::span<const CodeBlock> blocks, int level);

// A read position in an unpacked block. After the end, or behind a malformed number, everything
// reads as 0 and ok() is false: the caller checks once, after a loop that its input bounds.
class CodeReader {
public:
    CodeReader() = default;
    explicit CodeReader(ByteSpan bytes) : bytes_(bytes) {}

    bool ok() const { return ok_; }
    std::size_t left() const { return bytes_.size() - at_; }
    std::uint64_t number();     // unsigned LEB128
    std::int64_t difference();  // zigzag LEB128
    std::uint32_t small();      // a number that must fit 32 bits
    ByteSpan take(std::uint64_t size);
    void fail() { ok_ = false, at_ = bytes_.size(); }

private:
    ByteSpan bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

class CodeWriter {
public:
    void number(std::uint64_t value);
    void difference(std::int64_t value);
    void append(ByteSpan bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    std::size_t size() const { return bytes_.size(); }
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }
    void clear() { bytes_.clear(); }

private:
    std::vector<std::uint8_t> bytes_;
};

// The columns of a block: their sizes, then one behind the other. Numbers of one meaning standing
// together compress better.
std::vector<std::uint8_t> join_columns(std::span<const CodeWriter> columns);
// The columns again; false when the block is shorter than it says.
bool split_columns(ByteSpan block, std::span<CodeReader> columns);

constexpr std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// The blocks used last: the frames of one stack lie in a few of them. One decoded block of source
// lines takes some 200 KiB.
template <class T, std::size_t kMost = 4>
class RecentBlocks {
public:
    std::shared_ptr<const T> find(std::size_t block) {
        for (auto at = kept_.end(); at != kept_.begin();) {
            if ((--at)->first != block) continue;
            std::rotate(at, std::next(at), kept_.end());
            return kept_.back().second;
        }
        return nullptr;
    }
    void keep(std::size_t block, std::shared_ptr<const T> content) {
        if (kept_.size() == kMost) kept_.erase(kept_.begin());
        kept_.emplace_back(block, std::move(content));
    }

private:
    std::vector<std::pair<std::size_t, std::shared_ptr<const T>>> kept_;  // used last at the end
};

}  // namespace nfstriage::layout
