#include "report/html_writer.h"

#include "catch.h"

using namespace nfstriage;
using report::as_html;
using report::HtmlWriter;

namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("text of the input cannot become markup, as text or as an attribute's value") {
    CHECK(as_html("<script>a && b</script>") == "&lt;script&gt;a &amp;&amp; b&lt;/script&gt;");
    CHECK(as_html("\" onload='x") == "&quot; onload=&#39;x");
    CHECK(as_html("a\x1b[0m\xff") == "a\\x1b[0m\\xff");

    HtmlWriter writer({"</title><b>"});
    writer.element("p", "<i>", {{"title", "\"><img src=x>"}});
    std::string page = std::move(writer).take();
    CHECK(contains(page, "<title>&lt;/title&gt;&lt;b&gt;</title>"));
    CHECK(contains(page, "<p title=\"&quot;&gt;&lt;img src=x&gt;\">&lt;i&gt;</p>"));
}

TEST_CASE("scopes end their elements in the reverse order") {
    HtmlWriter writer({"x"});
    {
        auto table = writer.in("table");
        auto row = writer.in("tr", {{"class", "a"}});
        writer.element("td", "1");
        writer.single("br");
    }
    CHECK(contains(std::move(writer).take(),
                   "<table>\n<tr class=\"a\">\n<td>1</td>\n<br>\n</tr>\n</table>\n"));
}

TEST_CASE("contents lead to the sections before and behind them") {
    HtmlWriter writer({"x"});
    writer.section("First & foremost");
    writer.contents();
    writer.section("Second");
    std::string page = std::move(writer).take();
    CHECK(contains(page, "<h2 id=\"section-1\">First &amp; foremost</h2>\n<nav"));
    CHECK(contains(page, "<a href=\"#section-1\">First &amp; foremost</a>"));
    CHECK(contains(page,
                   "<a href=\"#section-2\">Second</a></li>\n</ul></nav>\n<h2 id=\"section-2\""));
}

TEST_CASE("a table is named, and so is the box it scrolls in") {
    HtmlWriter writer({"x"});
    writer.table("<names>", {"Value"}, [&] { writer.markup("<tr><td>1</td></tr>\n"); });
    std::string page = std::move(writer).take();
    CHECK(contains(page, "<table aria-label=\"&lt;names&gt;\">\n<thead>"));
    CHECK(contains(page,
                   "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
                   "aria-label=\"&lt;names&gt;\">"));
    CHECK(contains(page, "<tbody>\n<tr><td>1</td></tr>\n</tbody>\n</table>\n</div>\n"));
}

TEST_CASE("a page allows no request, and no script but its own") {
    std::string bare = std::move(HtmlWriter({"x"})).take();
    CHECK(contains(bare, "default-src 'none'"));
    // These do not go by the default.
    CHECK(contains(bare, "form-action 'none'"));
    CHECK(contains(bare, "base-uri 'none'"));
    CHECK_FALSE(contains(bare, "script-src"));
    CHECK_FALSE(contains(bare, "<script"));

    // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    std::string page = std::move(HtmlWriter({"x", "", "alert(1)"})).take();
    CHECK(contains(page, "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"));
    CHECK(contains(page, "<script>alert(1)</script>"));
}
