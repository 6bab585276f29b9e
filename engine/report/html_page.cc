#include "report/html_page.h"

#include "base/text.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kColumns = 100;  // of listings; the browser breaks everything else

}  // namespace

std::string_view class_of(Ink ink) {
    switch (ink) {
        case Ink::red:
            return "bad";
        case Ink::yellow:
            return "warn";
        case Ink::green:
            return "good";
        case Ink::dim:
            return "quiet";
        case Ink::plain:
        case Ink::bold:
            break;
    }
    return "";
}

std::size_t HtmlPage::width() const { return kColumns; }

void HtmlPage::begin(Block block) {
    if (block == block_) return;
    if (block_ == Block::terms) writer_.markup("</dl>\n");
    if (block_ == Block::listing) writer_.markup("</pre>\n");
    if (block == Block::terms) writer_.markup("<dl>\n");
    if (block == Block::listing) writer_.markup("<pre tabindex=\"0\">");
    block_ = block;
}

void HtmlPage::headline(std::string_view text, std::string_view id, Ink ink) {
    end();
    writer_.element("h1", text, {{"class", std::string(class_of(ink))}});
    if (!id.empty()) {
        auto line = writer_.in("p", {{"class", "quiet"}});
        writer_.text("Rule ");
        writer_.element("code", id);
    }
}

void HtmlPage::section(std::string_view title) {
    end();
    writer_.section(title);
}

void HtmlPage::paragraph(std::string_view text, std::size_t, Ink ink) {
    end();
    writer_.element("p", text, {{"class", std::string(class_of(ink))}});
}

// A line without a label goes on with what the one before it says.
void HtmlPage::labelled(std::string_view label, std::string_view text, std::size_t, std::size_t,
                        Ink ink, Ink text_ink) {
    begin(Block::terms);
    if (!trim(label).empty())
        writer_.element("dt", trim(label), {{"class", std::string(class_of(ink))}});
    writer_.element("dd", text, {{"class", std::string(class_of(text_ink))}});
}

void HtmlPage::row(std::string_view text, std::size_t indent, Ink) {
    begin(Block::listing);
    writer_.text(std::string(indent, ' ') + std::string(text));
    writer_.markup("\n");
}

void HtmlPage::between(std::string_view left, std::string_view right, std::size_t, Ink) {
    end();
    auto line = writer_.in("p");
    writer_.element("strong", left);
    if (!right.empty()) writer_.element("code", right);
}

void HtmlPage::listed(std::string_view left, std::string_view right, std::size_t indent, Ink ink) {
    row(std::string(left) + (right.empty() ? "" : "    " + std::string(right)), indent, ink);
}

void HtmlPage::command(std::string_view text, std::size_t) {
    end();
    begin(Block::listing);
    writer_.text(text);
    end();
}

std::string HtmlPage::take() && {
    end();
    return {};
}

}  // namespace nfstriage::report
