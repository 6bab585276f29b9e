// A report under construction: headings, labelled paragraphs and rows, on a terminal page within
// its width, or as Markdown for a ticket. Text that comes in is escaped here, so nothing from a
// dump can act on the terminal or the ticket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nfstriage::report {

enum class Ink : std::uint8_t { plain, bold, red, yellow, green, dim };

class Page {
public:
    virtual ~Page() = default;

    virtual std::size_t width() const = 0;  // columns

    // The answer, and what it goes by.
    virtual void headline(std::string_view text, std::string_view id, Ink ink) = 0;
    // A section's title on lines of its own, after an empty line.
    virtual void section(std::string_view title) = 0;
    // An empty line, unless there is one already.
    virtual void blank() = 0;
    // `text` wrapped, every line indented.
    virtual void paragraph(std::string_view text, std::size_t indent, Ink ink = Ink::plain) = 0;
    // "label        text", the text wrapped beside the label, which is padded to `column`.
    virtual void labelled(std::string_view label, std::string_view text, std::size_t column,
                          std::size_t indent = 0, Ink ink = Ink::bold,
                          Ink text_ink = Ink::plain) = 0;
    // One line that was laid out by the caller, cut at the width. `text` is escaped already.
    virtual void row(std::string_view text, std::size_t indent, Ink ink = Ink::plain) = 0;
    // Two cells, the right one at the right margin; on two lines if they do not fit on one.
    virtual void between(std::string_view left, std::string_view right, std::size_t indent,
                         Ink ink = Ink::plain) = 0;
    // As between(), of a line of a listing: a frame of a stack, an object it was called with.
    virtual void listed(std::string_view left, std::string_view right, std::size_t indent,
                        Ink ink = Ink::plain) = 0;
    // Something to type.
    virtual void command(std::string_view text, std::size_t indent) = 0;

    virtual std::string take() && = 0;
};

class TextPage final : public Page {
public:
    TextPage(std::size_t width, bool colour) : width_(width), colour_(colour) {}

    std::size_t width() const override { return width_; }
    void headline(std::string_view text, std::string_view id, Ink ink) override;
    void section(std::string_view title) override;
    void blank() override;
    void paragraph(std::string_view text, std::size_t indent, Ink ink = Ink::plain) override;
    void labelled(std::string_view label, std::string_view text, std::size_t column,
                  std::size_t indent = 0, Ink ink = Ink::bold, Ink text_ink = Ink::plain) override;
    void row(std::string_view text, std::size_t indent, Ink ink = Ink::plain) override;
    void between(std::string_view left, std::string_view right, std::size_t indent,
                 Ink ink = Ink::plain) override;
    void listed(std::string_view left, std::string_view right, std::size_t indent,
                Ink ink = Ink::plain) override;
    void command(std::string_view text, std::size_t indent) override;
    std::string take() && override { return std::move(text_); }

private:
    std::string inked(std::string_view text, Ink ink) const;
    void line(std::size_t indent, std::string_view text);

    std::size_t width_;
    bool colour_;
    std::string text_;
};

}  // namespace nfstriage::report
