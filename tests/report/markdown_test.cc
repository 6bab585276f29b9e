// Whole documents are compared with tests/report/golden/*.md; see text_test.cc.
#include "report/markdown.h"

#include "catch.h"
#include "report/golden.h"
#include "report/verdicts.h"

using namespace nfstriage;
using report::as_code;
using report::as_markdown;

TEST_CASE("tickets look as they should") {
    test::check_golden("known_bug.md", report::to_markdown(test::known_bug()));
    test::check_golden("unknown_signature.md", report::to_markdown(test::unknown_signature()));
}

TEST_CASE("text of the input makes no markup, no link, no mention and no reference") {
    CHECK(as_markdown("nfs_wb_page [nfs] *a* <b> `c`") ==
          "nfs_wb_page \\[nfs\\] \\*a\\* \\<b> \\`c\\`");
    CHECK(as_markdown("_a_ a_b") == "\\_a\\_ a_b");
    CHECK(as_markdown("#1 SMP @admin http://x") == "&#35;1 SMP &#64;admin http&#58;//x");
    CHECK(as_markdown("- x") == "\\- x");
    CHECK(as_markdown("> x") == "\\> x");
    CHECK(as_markdown("a > b - c = d") == "a > b - c = d");
    CHECK(as_markdown("1\n# 2\x1b[31m") == "1\\\\x0a# 2\\\\x1b\\[31m");
}

TEST_CASE("a code span holds any number of backquotes") {
    CHECK(as_code("a") == "`a`");
    CHECK(as_code("a``b") == "```a``b```");
    CHECK(as_code("`") == "`` ` ``");
}

TEST_CASE("a line of the input does not end the listing it stands in") {
    report::MarkdownPage page;
    page.listed("``` **a**", "", 0);
    CHECK(std::move(page).take() == "```\n''' **a**\n```\n");
}
