// A page of text under construction: headings, labelled paragraphs and rows, all within the width.
// Text that comes in is escaped here, so nothing from a dump can act on the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nfstriage::report {

enum class Ink : std::uint8_t { plain, bold, red, yellow, green, dim };

class Page {
public:
    Page(std::size_t width, bool colour) : width_(width), colour_(colour) {}

    std::size_t width() const { return width_; }

    // A section's title on lines of its own, after an empty line.
    void section(std::string_view title);
    // An empty line, unless there is one already.
    void blank();
    // `text` wrapped, every line indented.
    void paragraph(std::string_view text, std::size_t indent, Ink ink = Ink::plain);
    // "label        text", the text wrapped beside the label, which is padded to `column`.
    void labelled(std::string_view label, std::string_view text, std::size_t column,
                  std::size_t indent = 0, Ink ink = Ink::bold, Ink text_ink = Ink::plain);
    // One line that was laid out by the caller, cut at the width. `text` is escaped already.
    void row(std::string_view text, std::size_t indent, Ink ink = Ink::plain);
    // Two cells, the right one at the right margin; on two lines if they do not fit on one.
    void between(std::string_view left, std::string_view right, std::size_t indent,
                 Ink ink = Ink::plain);

    std::string take() && { return std::move(text_); }

private:
    std::string inked(std::string_view text, Ink ink) const;
    void line(std::size_t indent, std::string_view text);

    std::size_t width_;
    bool colour_;
    std::string text_;
};

}  // namespace nfstriage::report
