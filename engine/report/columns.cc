#include "report/columns.h"

#include <cstdint>

namespace nfstriage::report {
namespace {

struct Range {
    std::uint32_t first, last;
};

// Marks that combine with the character before them, and joiners.
constexpr Range kZero[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
                           {0x0900, 0x0902}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
                           {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};
// Wide and fullwidth characters, emoji included.
constexpr Range kWide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},  {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

template <std::size_t N>
bool within(const Range (&ranges)[N], std::uint32_t point) {
    for (const Range& range : ranges)
        if (point >= range.first && point <= range.last) return true;
    return false;
}

struct Character {
    std::size_t bytes, columns;
};

Character first_character(std::string_view text) {
    auto lead = static_cast<unsigned char>(text[0]);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    length = length > text.size() ? text.size() : length;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i)
        point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
    std::size_t columns = within(kZero, point) ? 0 : within(kWide, point) ? 2 : 1;
    return {length, columns};
}

// Bytes of the longest start of `text` that fits into `columns`, at least one character.
std::size_t fitting_bytes(std::string_view text, std::size_t columns) {
    std::size_t bytes = 0, used = 0;
    while (bytes < text.size()) {
        Character next = first_character(text.substr(bytes));
        if (used + next.columns > columns && bytes != 0) break;
        used += next.columns;
        bytes += next.bytes;
    }
    return bytes;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        Character next = first_character(text);
        columns += next.columns;
        text.remove_prefix(next.bytes);
    }
    return columns;
}

std::string clip(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    if (columns == 1) return "…";
    return std::string(text.substr(0, fitting_bytes(text, columns - 1))) + "…";
}

std::string pad(std::string_view text, std::size_t columns) {
    std::string padded(text);
    std::size_t width = display_width(text);
    if (width < columns) padded.append(columns - width, ' ');
    return padded;
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines;
    std::string line;
    std::size_t used = 0;
    while (true) {
        std::size_t begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        std::size_t width = display_width(word);
        if (used != 0 && used + 1 + width > columns) {
            lines.push_back(std::move(line));
            line.clear();
            used = 0;
        }
        while (used == 0 && width > columns) {
            std::size_t bytes = fitting_bytes(word, columns);
            lines.emplace_back(word.substr(0, bytes));
            word.remove_prefix(bytes);
            width = display_width(word);
        }
        if (word.empty()) continue;
        line += (used == 0 ? "" : " ");
        line += word;
        used += (used == 0 ? 0 : 1) + width;
    }
    if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
    return lines;
}

}  // namespace nfstriage::report
