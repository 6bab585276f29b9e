// One HTML document under construction: a frame that loads nothing from elsewhere, a style that
// all our pages share (light and dark, paper, phones), and elements whose text and attributes are
// escaped here, so nothing from a dump can become markup. A Content-Security-Policy in the document
// forbids the browser whatever this file did not write: no request, no script but the one given.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nfstriage::report {

// Text for an element or a quoted attribute: control characters and invalid UTF-8 as \xNN
// (base/text.h), then what HTML takes for markup as character references.
std::string as_html(std::string_view text);

// Names are of our own code; values may be foreign. No value may be put where a browser follows it
// (href, src, style, on...) unless it was made here.
using Attribute = std::pair<std::string_view, std::string>;
using Attributes = std::initializer_list<Attribute>;

struct HtmlFrame {
    std::string title;
    std::string_view style = {};   // CSS behind the shared one
    std::string_view script = {};  // at the end of the body; allowed by its hash
};

class HtmlWriter {
public:
    // Ends its element. Elements are ended in the reverse order of their beginning, which scopes
    // see to by themselves.
    class Scope {
    public:
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        ~Scope() { writer_.end(); }

    private:
        friend class HtmlWriter;
        explicit Scope(HtmlWriter& writer) : writer_(writer) {}
        HtmlWriter& writer_;
    };

    explicit HtmlWriter(HtmlFrame frame) : frame_(std::move(frame)) {}

    // <tag ...> up to the end of the scope.
    [[nodiscard]] Scope in(std::string_view tag, Attributes attributes = {});
    // <tag ...>text</tag>
    void element(std::string_view tag, std::string_view text, Attributes attributes = {});
    // An element that has no content and no end: br, input, col.
    void single(std::string_view tag, Attributes attributes = {});
    void text(std::string_view text);
    // The title of a section (h2), which contents() leads to. Titles are of our own code.
    void section(std::string_view title);
    // Where links to all sections stand, those before and behind this place; once.
    void contents() { contents_ = body_.size(); }
    // A table and the box it scrolls in, both named for those who do not see them; the box takes
    // the focus, so that a keyboard can scroll it. `titles` are the heads of its columns.
    template <class Rows>
    void table(std::string_view name, std::initializer_list<std::string_view> titles, Rows rows) {
        auto box = scrolling(name);
        auto table = in("table", {{"aria-label", std::string(name)}});
        {
            auto head = in("thead");
            auto row = in("tr");
            for (std::string_view title : titles) element("th", title, {{"scope", "col"}});
        }
        auto body = in("tbody");
        rows();
    }
    // Such a box for what is no plain table.
    [[nodiscard]] Scope scrolling(std::string_view name);
    // Markup that was made by us, or checked: what stands in it acts.
    void markup(std::string_view trusted) { body_ += trusted; }

    // The whole document; every scope has ended.
    std::string take() &&;

private:
    void begin(std::string_view tag, Attributes attributes);
    void end();

    std::string links() const;

    HtmlFrame frame_;
    std::string body_;
    std::vector<std::string> open_;
    std::vector<std::string> sections_;
    std::optional<std::size_t> contents_;  // the place in body_
};

}  // namespace nfstriage::report
