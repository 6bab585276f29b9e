// One HTML document under construction: a frame that loads nothing from elsewhere, a style that
// all our pages share (light and dark, paper, phones), and elements whose text and attributes are
// escaped here, so nothing from a dump can become markup. A Content-Security-Policy in the document
// forbids the browser whatever this file did not write: no request, no script but the one given.
#pragma once

#include <initializer_list>
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
    // Markup that was made by us, or checked: what stands in it acts.
    void markup(std::string_view trusted) { body_ += trusted; }

    // The whole document; every scope has ended.
    std::string take() &&;

private:
    void begin(std::string_view tag, Attributes attributes);
    void end();

    HtmlFrame frame_;
    std::string body_;
    std::vector<std::string> open_;
};

}  // namespace nfstriage::report
