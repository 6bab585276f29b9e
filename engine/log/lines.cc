#include "log/lines.h"

#include <algorithm>

namespace nfstriage::log {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;

unsigned newlines(std::string_view text) {
    unsigned count = 0;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) ++count;
    return count;
}

// Offset behind the next newline at or behind `from`; the text's size if there is none.
Result<std::uint64_t> behind_newline(Text& text, std::uint64_t from) {
    for (;;) {
        auto piece = text.at(from, kBlock);
        if (!piece) return tl::unexpected<Error>(piece.error());
        if (piece->empty()) return text.size();
        if (std::size_t end = piece->find('\n'); end != std::string_view::npos)
            return from + end + 1;
        from += piece->size();
    }
}

// Offset of the start of the line that ends at `end`, which is behind a newline or the text's end.
Result<std::uint64_t> start_of_line(Text& text, std::uint64_t end) {
    std::uint64_t last = end == 0 ? 0 : end - 1;  // a newline there is the line's own
    while (last > 0) {
        std::uint64_t from = last > kBlock ? last - kBlock : 0;
        auto piece = text.at(from, static_cast<std::size_t>(last - from));
        if (!piece) return tl::unexpected<Error>(piece.error());
        if (std::size_t at = piece->rfind('\n'); at != std::string_view::npos)
            return from + at + 1;
        last = from;
    }
    return std::uint64_t{0};
}

}  // namespace

Result<unsigned> each_block(Text& text, const TakeLines& take) {
    unsigned number = 1;
    for (std::uint64_t offset = 0;;) {
        auto block = text.at(offset, kBlock);
        if (!block) return tl::unexpected<Error>(block.error());
        if (block->empty()) return number - 1;
        bool last = block->size() < kBlock || offset + block->size() >= text.size();
        std::size_t end = block->rfind('\n');
        if (last || end != std::string_view::npos) {
            if (!last) *block = block->substr(0, end + 1);
            offset += block->size();
            number = take(*block, number);
        } else {
            number = take(block->substr(0, kMaxLineBytes), number);
            auto next = behind_newline(text, offset + kBlock);
            if (!next) return tl::unexpected<Error>(next.error());
            offset = *next;
        }
    }
}

Result<void> each_block_reversed(
    Text& text, unsigned lines,
    const std::function<void(std::string_view lines, unsigned number)>& take) {
    unsigned behind = lines + 1;  // the number of the line behind the block
    for (std::uint64_t end = text.size(); end > 0;) {
        std::uint64_t from = end > kBlock ? end - kBlock : 0;
        if (from > 0) {
            auto begin = behind_newline(text, from - 1);
            if (begin && *begin >= end) begin = start_of_line(text, end);
            if (!begin) return tl::unexpected<Error>(begin.error());
            from = *begin;
        }
        bool one_long_line = end - from > kBlock;
        auto block = text.at(from, one_long_line ? kMaxLineBytes
                                                 : static_cast<std::size_t>(end - from));
        if (!block) return tl::unexpected<Error>(block.error());
        unsigned count =
            one_long_line ? 1 : newlines(*block) + (block->ends_with('\n') ? 0 : 1);
        behind -= std::min(behind, count);
        take(*block, behind);
        end = from;
    }
    return {};
}

Result<unsigned> count_lines(Text& text) {
    return each_block(text, [](std::string_view lines, unsigned number) {
        return number + newlines(lines) + (lines.ends_with('\n') ? 0 : 1);
    });
}

}  // namespace nfstriage::log
