// A report's paragraphs, labelled lines and listings as elements of an HTML document. Text is
// escaped by the writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "report/html_writer.h"
#include "report/page.h"

namespace nfstriage::report {

class HtmlPage final : public Page {
public:
    explicit HtmlPage(HtmlWriter& writer) : writer_(writer) {}
    ~HtmlPage() override { end(); }
    HtmlPage(const HtmlPage&) = delete;
    HtmlPage& operator=(const HtmlPage&) = delete;

    std::size_t width() const override;
    void headline(std::string_view text, std::string_view id, Ink ink) override;
    void section(std::string_view title) override;
    void blank() override { end(); }
    void paragraph(std::string_view text, std::size_t indent, Ink ink = Ink::plain) override;
    void labelled(std::string_view label, std::string_view text, std::size_t column,
                  std::size_t indent = 0, Ink ink = Ink::bold, Ink text_ink = Ink::plain) override;
    void row(std::string_view text, std::size_t indent, Ink ink = Ink::plain) override;
    void between(std::string_view left, std::string_view right, std::size_t indent,
                 Ink ink = Ink::plain) override;
    void listed(std::string_view left, std::string_view right, std::size_t indent,
                Ink ink = Ink::plain) override;
    void command(std::string_view text, std::size_t indent) override;
    // Ends what is open; the text is the writer's.
    std::string take() && override;

private:
    // The element that consecutive lines share.
    enum class Block : std::uint8_t { none, terms, listing };
    void begin(Block block);
    void end() { begin(Block::none); }

    HtmlWriter& writer_;
    Block block_ = Block::none;
};

// The class of the shared style that says the same; "" for plain text.
std::string_view class_of(Ink ink);

}  // namespace nfstriage::report
