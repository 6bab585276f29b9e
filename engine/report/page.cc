#include "report/page.h"

#include <algorithm>

#include "base/text.h"
#include "report/columns.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kNarrowest = 20;  // columns left for text, however deep it is indented

std::size_t room(std::size_t width, std::size_t indent) {
    return std::max(kNarrowest, width > indent ? width - indent : 0);
}

// SGR sequences of ECMA-48, understood by every terminal that has colours.
std::string_view sequence(Ink ink) {
    switch (ink) {
        case Ink::bold:
            return "\x1b[1m";
        case Ink::red:
            return "\x1b[1;31m";
        case Ink::yellow:
            return "\x1b[1;33m";
        case Ink::green:
            return "\x1b[1;32m";
        case Ink::dim:
            return "\x1b[2m";
        case Ink::plain:
            break;
    }
    return "";
}

}  // namespace

std::string TextPage::inked(std::string_view text, Ink ink) const {
    if (!colour_ || ink == Ink::plain || text.empty()) return std::string(text);
    return std::string(sequence(ink)) + std::string(text) + "\x1b[0m";
}

void TextPage::line(std::size_t indent, std::string_view text) {
    text_.append(indent, ' ');
    text_ += text;
    while (!text_.empty() && text_.back() == ' ') text_.pop_back();
    text_ += '\n';
}

void TextPage::blank() {
    if (!text_.empty() && !text_.ends_with("\n\n")) text_ += '\n';
}

void TextPage::headline(std::string_view text, std::string_view id, Ink ink) {
    between(text, id, 0, ink);
}

void TextPage::section(std::string_view title) {
    blank();
    paragraph(title, 0, Ink::bold);
}

void TextPage::paragraph(std::string_view text, std::size_t indent, Ink ink) {
    for (const std::string& part : wrap(escape(text), room(width_, indent)))
        line(indent, inked(part, ink));
}

void TextPage::labelled(std::string_view label, std::string_view text, std::size_t column,
                        std::size_t indent, Ink ink, Ink text_ink) {
    std::string name = escape(label);
    std::size_t begin = indent + column;
    auto parts = wrap(escape(text), room(width_, begin));
    if (display_width(name) >= column) {
        line(indent, inked(clip(name, room(width_, indent)), ink));
        for (const std::string& part : parts) line(begin, inked(part, text_ink));
        return;
    }
    std::string gap(column - display_width(name), ' ');
    line(indent, inked(name, ink) + gap + inked(parts.front(), text_ink));
    for (std::size_t i = 1; i < parts.size(); ++i) line(begin, inked(parts[i], text_ink));
}

void TextPage::row(std::string_view text, std::size_t indent, Ink ink) {
    std::string cut = clip(text, room(width_, indent));
    cut.erase(cut.find_last_not_of(' ') + 1);
    line(indent, inked(cut, ink));
}

void TextPage::between(std::string_view left, std::string_view right, std::size_t indent, Ink ink) {
    std::string a = escape(left), b = clip(escape(right), room(width_, indent));
    std::size_t space = room(width_, indent), used = display_width(a) + display_width(b);
    if (b.empty()) {
        if (used <= space) return line(indent, inked(a, ink));
        for (const std::string& part : wrap(a, space)) line(indent, inked(part, ink));
        return;
    }
    if (used + 2 <= space) {
        line(indent, inked(a, ink) + std::string(space - used, ' ') + inked(b, Ink::dim));
        return;
    }
    if (display_width(a) <= space)
        line(indent, inked(a, ink));
    else
        for (const std::string& part : wrap(a, space)) line(indent, inked(part, ink));
    line(indent + space - display_width(b), inked(b, Ink::dim));
}

void TextPage::listed(std::string_view left, std::string_view right, std::size_t indent, Ink ink) {
    between(left, right, indent, ink);
}

void TextPage::command(std::string_view text, std::size_t indent) {
    paragraph(text, indent, Ink::bold);
}

}  // namespace nfstriage::report
