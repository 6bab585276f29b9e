#include "report/html_writer.h"

#include "base/text.h"
#include "verdict/sha256.h"

namespace nfstriage::report {
namespace {

// Colours are named by what they say; pages use the names. Contrast of text is at least 4.5 : 1 in
// both schemes.
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f5f7; --line: #d5d8de; --text: #1c2128; --quiet: #57606a;
  --link: #0b5cad; --bad: #b3261e; --warn: #8a5a00; --good: #1a7f37; --mark: #2f6fb5; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #12161c; --raised: #1b2129; --line: #343c47; --text: #e4e8ee; --quiet: #9aa5b1;
  --link: #79b8ff; --bad: #ff8a80; --warn: #e3b341; --good: #56d364; --mark: #6cb0f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--ground);
  color: var(--text); font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow-x: auto; background: var(--raised); padding: 0.5rem; overflow-wrap: normal; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0; padding: 0;
  list-style: none; }
.quiet { color: var(--quiet); } .bad { color: var(--bad); }
.warn { color: var(--warn); } .good { color: var(--good); }
.wide { overflow-x: auto; overflow-wrap: normal; }
table { border-collapse: collapse; width: 100%; font-size: 0.95rem; }
caption { text-align: left; color: var(--quiet); padding: 0.25rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media print { body { max-width: none; } .wide, pre { overflow: visible; } nav { display: none; }
  .wide, pre { overflow-wrap: anywhere; } pre { white-space: pre-wrap; } }
)css";

unsigned value_of(char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

// The 64 hex digits of a digest as browsers want it.
std::string base64_of_hex(std::string_view hex) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    unsigned bits = 0, have = 0;
    for (char digit : hex) {
        bits = bits << 4 | value_of(digit);
        have += 4;
        if (have < 6) continue;
        have -= 6;
        text += kDigits[bits >> have & 63];
    }
    if (have != 0) text += kDigits[bits << (6 - have) & 63];
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

}  // namespace

std::string as_html(std::string_view text) {
    std::string result;
    for (char c : escape(text)) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

HtmlWriter::Scope HtmlWriter::in(std::string_view tag, Attributes attributes) {
    begin(tag, attributes);
    body_ += '\n';
    open_.emplace_back(tag);
    return Scope(*this);
}

void HtmlWriter::element(std::string_view tag, std::string_view text, Attributes attributes) {
    begin(tag, attributes);
    (body_ += as_html(text)) += "</";
    (body_ += tag) += ">\n";
}

void HtmlWriter::single(std::string_view tag, Attributes attributes) {
    begin(tag, attributes);
    body_ += '\n';
}

void HtmlWriter::text(std::string_view text) { body_ += as_html(text); }

void HtmlWriter::section(std::string_view title) {
    sections_.emplace_back(title);
    element("h2", title, {{"id", "section-" + std::to_string(sections_.size())}});
}

HtmlWriter::Scope HtmlWriter::scrolling(std::string_view name) {
    return in("div", {{"class", "wide"},
                      {"tabindex", "0"},
                      {"role", "group"},
                      {"aria-label", std::string(name)}});
}

std::string HtmlWriter::links() const {
    std::string text = "<nav aria-label=\"On this page\"><ul>\n";
    for (std::size_t i = 0; i < sections_.size(); ++i)
        text += "<li><a href=\"#section-" + std::to_string(i + 1) + "\">" + as_html(sections_[i]) +
                "</a></li>\n";
    return text + "</ul></nav>\n";
}

void HtmlWriter::begin(std::string_view tag, Attributes attributes) {
    (body_ += '<') += tag;
    for (const auto& [name, value] : attributes) {
        if (name == "class" && value.empty()) continue;
        (body_ += ' ') += name;
        (body_ += "=\"") += as_html(value);
        body_ += '"';
    }
    body_ += '>';
}

void HtmlWriter::end() {
    ((body_ += "</") += open_.back()) += ">\n";
    open_.pop_back();
}

std::string HtmlWriter::take() && {
    if (contents_ && !sections_.empty()) body_.insert(*contents_, links());
    std::string policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
        "base-uri "
        "'none'";
    if (!frame_.script.empty())
        policy += "; script-src 'sha256-" + base64_of_hex(verdict::sha256_hex(frame_.script)) + "'";
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    page += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    page += "<meta name=\"referrer\" content=\"no-referrer\">\n";
    page += "<title>" + as_html(frame_.title) + "</title>\n<style>";
    (((page += kStyle) += frame_.style) += "</style>\n</head>\n<body>\n") += body_;
    if (!frame_.script.empty()) ((page += "<script>") += frame_.script) += "</script>\n";
    return page += "</body>\n</html>\n";
}

}  // namespace nfstriage::report
