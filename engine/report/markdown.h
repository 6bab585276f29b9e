// The verdict as Markdown (CommonMark with the tables and fences of GitHub's), for tickets: what
// to_text() says, with headings and lists. Text from the input cannot make markup, links, mentions
// or images.
#pragma once

#include <string>
#include <string_view>

#include "report/page.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

class MarkdownPage final : public Page {
public:
    std::size_t width() const override;
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
    std::string take() && override;

private:
    // What the last line belongs to: blocks are divided by empty lines, items and listings are not.
    enum class Block : std::uint8_t { none, text, items, listing };
    void begin(Block block);

    Block block_ = Block::none;
    std::string text_;
};

// Markdown that shows `text` as it is, on one line.
std::string as_markdown(std::string_view text);
// The same in a code span.
std::string as_code(std::string_view text);

std::string to_markdown(const verdict::Verdict& verdict);

}  // namespace nfstriage::report
