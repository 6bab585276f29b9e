// A block of a code table's first half: pieces of functions with their inlined calls and lines, as
// bytes and back. Three ideas keep it small: lines are told as the difference to the last line seen
// of the same function, files only where they differ from it, and the inlined call of a row as
// steps in the tree, opened in the order in which rows reach it. Strings that several blocks use
// stand in a table of their own, all others in the block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "layout/code_blocks.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::layout {

// String references of one block while it is written: 0 is a new string of the block, odd ones are
// in the shared table, even ones are the block's own.
class StringColumn {
public:
    // `shared[n]`: the place of string n in the shared table plus 1, 0 when it is not there.
    StringColumn(const CodeStrings& strings, std::span<const std::uint32_t> shared)
        : strings_(strings), shared_(shared) {}
    void write(CodeWriter& column, std::uint32_t string);
    const CodeWriter& texts() const { return texts_; }
    std::size_t size() const { return texts_.size(); }

private:
    const CodeStrings& strings_;
    std::span<const std::uint32_t> shared_;
    std::unordered_map<std::uint32_t, std::uint32_t> own_;  // string → place in the block plus 1
    CodeWriter texts_;
};

// The same while it is read. Numbers it gives: shared ones first, then the block's own.
class StringTable {
public:
    // Both are NUL-terminated texts one behind the other and must outlive this.
    StringTable(std::span<const std::string_view> shared, ByteSpan own);
    std::uint32_t read(CodeReader& column);  // fails the column for a number out of range
    std::string_view text(std::uint32_t number) const;
    std::size_t count() const { return shared_.size() + own_.size(); }

private:
    std::span<const std::string_view> shared_;
    std::vector<std::string_view> own_;
    std::uint32_t next_own_ = 0;
};

std::vector<std::string_view> split_texts(ByteSpan texts);

// `pieces` in address order, of addresses that are multiples of 1 << shift.
std::vector<std::uint8_t> encode_source(std::span<const CodePiece* const> pieces, unsigned shift,
                                        const CodeStrings& strings,
                                        std::span<const std::uint32_t> shared);

struct SourceBlock {
    std::vector<std::uint8_t> bytes;  // what the strings point into
    std::vector<CodePiece> pieces;    // strings as numbers of `strings`
    std::optional<StringTable> strings;
};

// Unknown(corrupt) when the block contradicts itself.
Maybe<SourceBlock> decode_source(std::vector<std::uint8_t> bytes, std::uint64_t first_address,
                                 unsigned shift, std::span<const std::string_view> shared);

}  // namespace nfstriage::layout
