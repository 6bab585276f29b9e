// One table for each list of the state that has something to say.
#include <algorithm>
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
        writer_.element("th", heading(info.name),
                        {{"scope", "col"},
                         {"title", std::string(info.doc)},
                         {"class", is_number(info) ? "number" : ""}});
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
        const std::string place = is_number(info) ? "number" : "";
        if (is_known(info)) {
            writer_.element("td", value_text(info), {{"class", place}});
            return;
        }
        Reason why = reason_of(info);
        bool absent = why == Reason::no_type || why == Reason::null;
        writer_.element("td", absent ? "-" : "?",
                        {{"class", place.empty() ? "quiet" : place + " quiet"},
                         {"title", std::string(to_string(why))}});
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
        auto box = writer.scrolling(list.kind->name);
        auto table = writer.in("table", {{"aria-label", std::string(list.kind->name)}});
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
    if (std::none_of(lists.begin(), lists.end(), says_something)) return;
    writer.section("NFS and SUNRPC state");
    const bool cut = std::any_of(lists.begin(), lists.end(), [](const ShownList& list) {
        return list.shown.size() < list.listing.size;
    });
    if (cut)
        writer.element("p",
                       fmt::format("Of longer lists the first {} rows are here, and only they are "
                                   "searched; nfstriage show has all.",
                                   kMostRows),
                       {{"class", "quiet"}});
    // The field is shown by the script, which is what searches.
    writer.markup(
        "<p class=\"search\" hidden><label for=\"search\">Search the tables</label>\n"
        "<input id=\"search\" type=\"search\" autocomplete=\"off\">\n"
        "<output id=\"found\" for=\"search\" aria-live=\"polite\"></output></p>\n"
        "<div id=\"state\">\n");
    for (std::string_view name : state_sections()) {
        auto is_here = [&](const ShownList& list) {
            return list.kind->section == name && says_something(list);
        };
        if (std::none_of(lists.begin(), lists.end(), is_here)) continue;
        auto section = writer.in("div", {{"class", "lists"}});
        writer.element("h3", name);
        for (const ShownList& list : lists)
            if (is_here(list)) write_list(writer, list);
    }
    writer.markup("</div>\n");
}

}  // namespace nfstriage::report
