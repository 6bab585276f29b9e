// One table for each list of the state that has something to say.
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/address.h"
#include "base/text.h"
#include "nfs/state.h"
#include "report/html_sections.h"
#include "report/state_view.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kMostRows = 150;  // of one list; `nfstriage show` has all

bool is_known(const nfs::MemberInfo& info) {
    return std::visit([](const auto* field) { return field->known(); }, info.value);
}

Reason reason_of(const nfs::MemberInfo& info) {
    return std::visit([](const auto* field) { return field->why(); }, info.value);
}

class HeadRow : public nfs::Visitor {
public:
    explicit HeadRow(HtmlWriter& writer) : writer_(writer) {}
    void object(std::string_view type, VAddr) override {
        if (!type.empty()) writer_.element("th", type, {{"scope", "col"}});
    }
    void member(const nfs::MemberInfo& info) override {
        if (info.shown != nfs::Shown::column) return;
        writer_.element("th", info.name, {{"scope", "col"}, {"title", std::string(info.doc)}});
    }

private:
    HtmlWriter& writer_;
};

class Cells : public nfs::Visitor {
public:
    explicit Cells(HtmlWriter& writer) : writer_(writer) {}
    void object(std::string_view type, VAddr address) override {
        if (type.empty()) return;
        auto cell = writer_.in("td");
        writer_.element("code", address.is_null() ? "-" : hex(address));
    }
    void member(const nfs::MemberInfo& info) override {
        if (info.shown != nfs::Shown::column) return;
        if (is_known(info)) {
            writer_.element("td", value_text(info));
            return;
        }
        Reason why = reason_of(info);
        bool absent = why == Reason::no_type || why == Reason::null;
        writer_.element("td", absent ? "-" : "?",
                        {{"class", "quiet"}, {"title", std::string(to_string(why))}});
    }

private:
    HtmlWriter& writer_;
};

std::string count_text(const ShownList& list) {
    std::string text = std::to_string(list.listing.size);
    if (!list.listing.complete) text += " or more";
    if (list.shown.size() < list.listing.size) text += fmt::format(", {} shown", list.shown.size());
    return text;
}

void write_list(HtmlWriter& writer, const ShownList& list) {
    writer.markup("<details class=\"list\">\n");
    {
        auto summary = writer.in("summary");
        writer.element("code", list.kind->name);
        writer.element("span", count_text(list));
        writer.element("span", list.kind->doc, {{"class", "quiet"}});
    }
    if (list.listing.gaps != nullptr)
        for (const std::string& gap : *list.listing.gaps)
            writer.element("p", gap, {{"class", "warn"}});
    if (!list.shown.empty()) {
        auto wide = writer.in("div", {{"class", "wide"}, {"tabindex", "0"}});
        auto table = writer.in("table");
        {
            auto head = writer.in("thead");
            auto row = writer.in("tr");
            HeadRow names(writer);
            list.kind->members(names);
        }
        auto body = writer.in("tbody");
        for (std::size_t index : list.shown) {
            auto row = writer.in("tr");
            Cells cells(writer);
            list.listing.describe(index, cells);
        }
    }
    writer.markup("</details>\n");
}

bool says_something(const ShownList& list) {
    return list.listing.size != 0 || (list.listing.gaps != nullptr && !list.listing.gaps->empty());
}

}  // namespace

void write_state(HtmlWriter& writer, nfs::State& state) {
    StateView view;
    view.limit = kMostRows;
    std::vector<ShownList> lists = select(state, view);
    writer.element("h2", "NFS and SUNRPC state");
    // Shown by the script, which is what searches.
    writer.markup(
        "<p class=\"search\" hidden><label for=\"search\">Search the tables</label>\n"
        "<input id=\"search\" type=\"search\" autocomplete=\"off\">\n"
        "<output id=\"found\" for=\"search\" aria-live=\"polite\"></output></p>\n"
        "<div id=\"state\">\n");
    std::string_view section;
    for (const ShownList& list : lists) {
        if (!says_something(list)) continue;
        if (list.kind->section != section) writer.element("h3", list.kind->section);
        section = list.kind->section;
        write_list(writer, list);
    }
    writer.markup("</div>\n");
}

}  // namespace nfstriage::report
