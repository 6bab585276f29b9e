#include "report/markdown.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "report/columns.h"
#include "report/verdict_page.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kColumns = 100;  // of listings; paragraphs are not broken

std::size_t longest_run(std::string_view text, char c) {
    std::size_t longest = 0, run = 0;
    for (char each : text) {
        run = each == c ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string as_markdown(std::string_view text) {
    // What makes markup anywhere in a line, and what does so at its start only.
    constexpr std::string_view kAnywhere = "\\`*_[]<~&$", kAtStart = "#>-+=|";
    std::string result;
    std::string line = escape(text);
    for (std::size_t i = 0; i < line.size(); ++i) {
        char c = line[i];
        bool before_a_word = i + 1 < line.size() && is_letter_or_digit(line[i + 1]);
        bool inside_a_word = c == '_' && before_a_word && i > 0 && is_letter_or_digit(line[i - 1]);
        bool is_markup = (kAnywhere.find(c) != std::string_view::npos && !inside_a_word) ||
                         (i == 0 && kAtStart.find(c) != std::string_view::npos);
        if (c == '@')
            result += "&#64;";  // a backslash does not keep a mention from being one
        else if (c == '#' && before_a_word)
            result += "&#35;";  // "#1 SMP" is no reference to a ticket
        else if (c == ':' && line.compare(i, 3, "://") == 0)
            result += "&#58;";  // no link
        else if (is_markup)
            (result += '\\') += c;
        else
            result += c;
    }
    return result;
}

std::string as_code(std::string_view text) {
    std::string line = escape(text);
    std::string fence(longest_run(line, '`') + 1, '`');
    std::string space = line.starts_with('`') || line.ends_with('`') || line.empty() ? " " : "";
    return fence + space + line + space + fence;
}

std::size_t MarkdownPage::width() const { return kColumns; }

void MarkdownPage::begin(Block block) {
    if (block_ == Block::listing && block != Block::listing) text_ += "```\n";
    bool goes_on = block == block_ && (block == Block::items || block == Block::listing);
    if (!goes_on && !text_.empty() && !text_.ends_with("\n\n")) text_ += '\n';
    if (block == Block::listing && block_ != Block::listing) text_ += "```\n";
    block_ = block;
}

void MarkdownPage::headline(std::string_view text, std::string_view id, Ink) {
    begin(Block::text);
    text_ += "## " + as_markdown(text) + '\n';
    if (!id.empty()) text_ += "\nRule " + as_code(id) + '\n';
}

void MarkdownPage::section(std::string_view title) {
    begin(Block::text);
    text_ += "### " + as_markdown(title) + '\n';
}

void MarkdownPage::blank() {
    if (block_ != Block::listing) begin(Block::none);
}

void MarkdownPage::paragraph(std::string_view text, std::size_t, Ink) {
    begin(Block::text);
    text_ += as_markdown(text) + '\n';
}

void MarkdownPage::labelled(std::string_view label, std::string_view text, std::size_t, std::size_t,
                            Ink, Ink) {
    begin(Block::items);
    text_ += label.empty() ? "  - " : "- **" + as_markdown(trim(label)) + "** ";
    text_ += as_markdown(text) + '\n';
}

void MarkdownPage::row(std::string_view text, std::size_t indent, Ink) {
    begin(Block::listing);
    // Three backquotes would end the listing.
    text_.append(indent, ' ');
    text_ += replace_all(std::string(text), "```", "'''") + '\n';
}

void MarkdownPage::between(std::string_view left, std::string_view right, std::size_t, Ink) {
    begin(Block::text);
    text_ += "**" + as_markdown(left) + "**";
    if (!right.empty()) text_ += ' ' + as_code(right);
    text_ += '\n';
}

void MarkdownPage::listed(std::string_view left, std::string_view right, std::size_t indent, Ink) {
    std::string a = escape(left), b = escape(right);
    std::size_t used = indent + display_width(a) + display_width(b);
    std::string gap(b.empty() ? 0 : used + 2 < kColumns ? kColumns - used : 2, ' ');
    row(a + gap + b, indent);
}

void MarkdownPage::command(std::string_view text, std::size_t indent) {
    begin(Block::listing);
    row(escape(text), indent);
    begin(Block::none);
}

std::string MarkdownPage::take() && {
    begin(Block::none);
    text_.erase(text_.find_last_not_of('\n') + 1);
    return std::move(text_) + '\n';
}

std::string to_markdown(const verdict::Verdict& verdict) {
    MarkdownPage page;
    write_verdict(page, verdict);
    return std::move(page).take();
}

}  // namespace nfstriage::report
