#include "base/bytes.h"
#include "base/frame.h"
#include "base/text.h"
#include "base/tri.h"
#include "catch.h"

using namespace nfstriage;

TEST_CASE("a range that leaves the bytes is unknown, whatever its size") {
    std::uint8_t data[4] = {1, 2, 3, 4};
    Bytes bytes{ByteSpan(data)};
    CHECK(bytes.get<std::uint32_t>(0).value() == 0x04030201u);
    CHECK_FALSE(bytes.get<std::uint32_t>(1));
    CHECK_FALSE(bytes.range(UINT64_MAX, 2));
    CHECK_FALSE(bytes.range(2, UINT64_MAX));
    CHECK(bytes.range(4, 0));
    CHECK_FALSE(bytes.cstring(0));
}

TEST_CASE("Kleene logic") {
    CHECK((Tri::no & Tri::unknown) == Tri::no);
    CHECK((Tri::yes & Tri::unknown) == Tri::unknown);
    CHECK((Tri::yes | Tri::unknown) == Tri::yes);
    CHECK((Tri::no | Tri::unknown) == Tri::unknown);
    CHECK((!Tri::unknown) == Tri::unknown);
}

TEST_CASE("what could act on a terminal is escaped, other text is left alone") {
    CHECK(escape("nfs: \x1b[31mred\n") == "nfs: \\x1b[31mred\\x0a");
    CHECK(escape("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    CHECK(escape("\xff\xc0\x80") == "\\xff\\xc0\\x80");
    CHECK(escape("a\xe2\x80\xae"
                 "b") ==
          "a\\xe2\\x80\\xae"
          "b");                                 // right-to-left override
    CHECK(escape("\xc2\x9b") == "\\xc2\\x9b");  // C1 CSI
}

TEST_CASE("every occurrence is replaced, once") {
    CHECK(replace_all("a b a", "a", "aa") == "aa b aa");
    CHECK(replace_all("aaa", "aa", "b") == "ba");
    CHECK(replace_all("text", "", "x") == "text");
    CHECK(replace_all("text", "other", "x") == "text");
}

TEST_CASE("functions are compared without compiler suffixes") {
    CHECK(without_suffix("watchdog_timer_fn.cold") == "watchdog_timer_fn");
    CHECK(without_suffix("nfs_x.isra.0.cold") == "nfs_x");
    CHECK(without_suffix("__pfx_nfs_wb_page") == "nfs_wb_page");
    CHECK(without_suffix("nfs_wb_page") == "nfs_wb_page");
}

TEST_CASE("numbers are whole or nothing") {
    CHECK(parse_unsigned("22") == 22u);
    CHECK(parse_unsigned("0x1f") == 0x1fu);
    CHECK(parse_unsigned("ff", 16) == 0xffu);
    CHECK_FALSE(parse_unsigned("22s"));
    CHECK_FALSE(parse_unsigned(""));
    CHECK_FALSE(parse_unsigned("18446744073709551616"));
}
