// A heading for each list that has something to say, a row for each object; with `verbose` a block
// for each object with every member.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/columns.h"
#include "report/page.h"
#include "report/state.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kGap = 2;            // columns between two cells
constexpr std::size_t kNarrowestCell = 8;  // a column is not made narrower than this
constexpr std::size_t kCellLines = 6;      // of one row
constexpr std::size_t kFewestColumns = 6;  // with words broken rather than columns left out

// What a cell says of a value that is not known: that the kernel has no such thing, or "?".
std::string unknown_text(const nfs::MemberInfo& info) {
    return std::visit(
        [](const auto* field) -> std::string {
            return field->why() == Reason::no_type || field->why() == Reason::null ? "-" : "?";
        },
        info.value);
}

bool is_known(const nfs::MemberInfo& info) {
    return std::visit([](const auto* field) { return field->known(); }, info.value);
}

class Row : public nfs::Visitor {
public:
    explicit Row(bool with_address) : with_address_(with_address) {}
    void object(std::string_view, VAddr address) override {
        if (with_address_) cells.push_back(address.is_null() ? "-" : hex(address));
    }
    void member(const nfs::MemberInfo& info) override {
        if (info.shown != nfs::Shown::column) return;
        cells.push_back(is_known(info) ? escape(value_text(info)) : unknown_text(info));
    }
    std::vector<std::string> cells;

private:
    bool with_address_;
};

class Heading : public nfs::Visitor {
public:
    void object(std::string_view type, VAddr) override {
        with_address = !type.empty();
        if (!with_address) return;
        cells.emplace_back(type.starts_with("struct ") ? type.substr(7) : type);
        right.push_back(false);
        whole.push_back(true);
    }
    void member(const nfs::MemberInfo& info) override {
        if (info.shown != nfs::Shown::column) return;
        cells.push_back(heading(info.name));
        right.push_back(is_number(info));
        whole.push_back(is_number(info) ||
                        std::holds_alternative<const nfs::Field<VAddr>*>(info.value));
    }
    std::vector<std::string> cells;
    std::vector<bool> right;    // numbers stand at the right
    std::vector<bool> whole;    // never broken
    bool with_address = false;  // the first column is the object's
};

class Block : public nfs::Visitor {
public:
    Block(Page& page, bool origins) : page_(page), origins_(origins) {}
    void object(std::string_view type, VAddr address) override {
        if (!type.empty()) page_.paragraph(std::string(type) + " " + hex(address), 2, Ink::bold);
    }
    void member(const nfs::MemberInfo& info) override {
        std::visit(
            [&](const auto* field) {
                if (!field->known() && field->why() == Reason::no_type) return;
                std::string text = field->known()
                                       ? value_text(info)
                                       : "? (" + std::string(to_string(field->why())) + ")";
                if (origins_ && field->origin().member != nullptr)
                    text += "   " + *field->origin().member + " @" + hex(field->origin().address);
                page_.labelled(heading(info.name), text, 28, 4, Ink::plain);
            },
            info.value);
    }

private:
    Page& page_;
    bool origins_;
};

class Table {
public:
    Table(Page& page, const ShownList& list) : page_(page) {
        list.kind->members(heading_);
        rows_.push_back(heading_.cells);
        for (std::size_t index : list.shown) {
            Row row(heading_.with_address);
            list.listing.describe(index, row);
            row.cells.resize(heading_.cells.size());
            rows_.push_back(std::move(row.cells));
        }
    }

    void print() {
        measure();
        for (std::size_t i = 0; i < rows_.size(); ++i)
            for (const std::string& text : lines(rows_[i]))
                page_.row(text, 2, i == 0 ? Ink::dim : Ink::plain);
    }

private:
    // Columns are narrowed from the widest one on until the row fits, the last ones are left out if
    // that is not enough. Addresses and numbers keep their width: they are copied from here.
    void measure() {
        widths_.assign(heading_.cells.size(), 1);
        for (std::size_t r = 0; r < rows_.size(); ++r)
            for (std::size_t i = 0; i < widths_.size(); ++i)
                widths_[i] = std::max(widths_[i], wanted(r, i));
        std::vector<std::size_t> between_words, anywhere;
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            between_words.push_back(std::max(kNarrowestCell, longest_word(i, rows_.size())));
            anywhere.push_back(std::max(kNarrowestCell, longest_word(i, 1)));
        }
        std::size_t room = page_.width() > 2 ? page_.width() - 2 : 1;
        narrow(room, between_words);
        while (total() > room && widths_.size() > kFewestColumns) widths_.pop_back();
        narrow(room, anywhere);
        while (total() > room && widths_.size() > 1) widths_.pop_back();
    }

    // From the widest column on, none below its floor.
    void narrow(std::size_t room, const std::vector<std::size_t>& floors) {
        while (total() > room) {
            std::size_t widest = widths_.size();
            for (std::size_t i = 0; i < widths_.size(); ++i)
                if (!heading_.whole[i] && widths_[i] > floors[i] &&
                    (widest == widths_.size() || widths_[i] > widths_[widest]))
                    widest = i;
            if (widest == widths_.size()) return;
            --widths_[widest];
        }
    }

    // Headings of numbers may be broken, the numbers themselves not.
    std::size_t wanted(std::size_t row, std::size_t column) const {
        std::size_t width = display_width(rows_[row][column]);
        bool is_title = row == 0 && heading_.right[column];
        return is_title ? longest_word(column, 1) : width;
    }

    // Of the column's first `rows`; the heading is the first one.
    std::size_t longest_word(std::size_t column, std::size_t rows) const {
        std::size_t longest = 1;
        for (std::size_t row = 0; row < rows; ++row)
            for (std::string_view part : split(rows_[row][column], ' ')) {
                auto words = split(part, '|');
                for (std::size_t i = 0; i < words.size(); ++i) {
                    std::size_t bar = i + 1 < words.size() ? 1 : 0;
                    longest = std::max(longest, display_width(words[i]) + bar);
                }
            }
        return longest;
    }

    std::size_t total() const {
        std::size_t sum = widths_.empty() ? 0 : (widths_.size() - 1) * kGap;
        for (std::size_t width : widths_) sum += width;
        return sum;
    }

    // What does not fit its column goes on below it, for a few lines.
    std::vector<std::string> lines(const std::vector<std::string>& row) const {
        std::vector<std::vector<std::string>> cells;
        std::size_t height = 1;
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            cells.push_back(cell(row[i], widths_[i]));
            height = std::max(height, cells.back().size());
        }
        std::vector<std::string> all(height);
        for (std::size_t line = 0; line < height; ++line)
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (i != 0) all[line].append(kGap, ' ');
                std::string text = line < cells[i].size() ? cells[i][line] : "";
                std::string fill(widths_[i] - std::min(widths_[i], display_width(text)), ' ');
                all[line] += heading_.right[i] ? fill + text : text + fill;
            }
        return all;
    }

    static std::vector<std::string> cell(const std::string& text, std::size_t width) {
        std::string breakable = text;  // words of flags break behind the bar
        for (auto bar = breakable.find('|'); bar != std::string::npos && width < text.size();
             bar = breakable.find('|', bar + 2))
            breakable.insert(bar + 1, " ");
        auto parts = wrap(breakable, width);
        if (parts.size() <= kCellLines) return parts;
        parts.resize(kCellLines);
        parts.back() = clip(parts.back() + "……", width);
        return parts;
    }

    Page& page_;
    Heading heading_;
    std::vector<std::vector<std::string>> rows_;  // the heading first
    std::vector<std::size_t> widths_;
};

// "rpc_tasks: 393 (at least), 20 shown"
std::string title(const ShownList& list) {
    std::string text = fmt::format("{}: {}", list.kind->name, list.listing.size);
    if (!list.listing.complete) text += " or more";
    if (list.filtered) text += fmt::format(", {} match", list.matching);
    if (list.shown.size() < list.matching) text += fmt::format(", {} shown", list.shown.size());
    return text + " · " + std::string(list.kind->doc);
}

void print(Page& page, const ShownList& list, const StateView& view) {
    if (list.listing.size == 0 && list.listing.complete) return;
    if (list.filtered && list.matching == 0) return;
    page.section(title(list));
    if (view.verbose) {
        Block block(page, view.origins);
        for (std::size_t index : list.shown) list.listing.describe(index, block);
    } else if (!list.shown.empty()) {
        Table(page, list).print();
    }
    for (const std::string& gap : *list.listing.gaps)
        page.labelled("missing", gap, 9, 2, Ink::yellow);
}

std::string summary(const facts::Scene& scene) {
    std::string text;
    if (scene.kernel.release) text = clip(escape(*scene.kernel.release), 80);
    if (scene.kernel.arch) join(text, to_string(*scene.kernel.arch), " ");
    join(text, clip(escape(scene.input.format), 80), " · ");
    return text;
}

}  // namespace

std::string state_to_text(const facts::Scene& scene, const StateView& view,
                          const TextOptions& options) {
    TextPage page(std::max<std::size_t>(options.width, 40), options.colour);
    page.paragraph(scene.input.path, 0, Ink::bold);
    page.paragraph(summary(scene), 0);
    auto lists = select(*scene.state, view);
    std::string empty;
    for (const ShownList& list : lists) {
        print(page, list, view);
        if (list.listing.complete && (list.listing.size == 0 || list.matching == 0))
            join(empty, list.kind->name, ", ");
    }
    if (!empty.empty()) {
        page.blank();
        page.labelled(view.pid || !view.server.empty() ? "no match" : "none", empty, 10);
    }
    return std::move(page).take();
}

}  // namespace nfstriage::report
