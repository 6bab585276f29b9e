// The lines of a text that is read in pieces: from its start or from its end, many at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "log/text.h"

namespace nfstriage::log {

// No line of a kernel log is longer; what stands behind it on a line is left out.
constexpr std::size_t kMaxLineBytes = 16 * 1024;

// Whole lines, the newline of the last one included unless the text ends without; or the head of
// one line that is longer than what is read at a time. `number` counts the first of them, from 1;
// the result is the number behind the last.
using TakeLines = std::function<unsigned(std::string_view lines, unsigned number)>;

// In the text's order. The number of its lines. Errors: of Text::at().
Result<unsigned> each_block(Text& text, const TakeLines& take);

// The last block first; within a block the lines stand as in the text. `lines`: how many there are.
Result<void> each_block_reversed(
    Text& text, unsigned lines,
    const std::function<void(std::string_view lines, unsigned number)>& take);

Result<unsigned> count_lines(Text& text);

// Calls `take(line, number)` for every line of a block; a line has no newline. The number behind
// the last.
template <class Take>
unsigned each_line(std::string_view lines, unsigned number, Take take) {
    while (!lines.empty()) {
        std::size_t end = lines.find('\n');
        take(lines.substr(0, end), number++);
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
    return number;
}

}  // namespace nfstriage::log
