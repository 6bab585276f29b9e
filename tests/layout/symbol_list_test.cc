#include "layout/symbol_list.h"
#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::layout;

namespace {

SymbolList some() {
    std::vector<Symbol> symbols = {{"nfs_open", VAddr{0x1000}, 16, "nfs", 't'},
                                   {"nfs_open.cold", VAddr{0x1010}, 16, "nfs", 't'},
                                   {"nfs_open", VAddr{0x1020}, 0, "nfs", 't'},
                                   {"nfs_opening", VAddr{0x1020}, 32, "nfs", 'T'},
                                   {"nfs_v4", VAddr{0x2000}, 8, "nfs", 'd'}};
    return SymbolList(symbols);
}

}  // namespace

TEST_CASE("a list of symbols gives back what it was made of") {
    SymbolList list = some();
    REQUIRE(list.size() == 5);
    Symbol cold = list[1];
    CHECK(cold.name == "nfs_open.cold");
    CHECK(cold.address == VAddr{0x1010});
    CHECK(cold.size == 16);
    CHECK(cold.module == "nfs");
    CHECK(cold.type == 't');
    CHECK(list.name(4) == "nfs_v4");
    CHECK(list.type(4) == 'd');
    CHECK(SymbolList().size() == 0);
}

TEST_CASE("a list of symbols is searched by whole names, by clones and by address") {
    SymbolList list = some();
    CHECK(list.find("nfs_open") == 0u);
    CHECK(list.find("nfs_open", 1) == 2u);
    CHECK_FALSE(list.find("nfs_open", 3));
    CHECK_FALSE(list.find("nfs_ope"));
    CHECK_FALSE(list.find(""));
    CHECK(list.is_clone(1, "nfs_open"));
    CHECK_FALSE(list.is_clone(0, "nfs_open"));
    CHECK_FALSE(list.is_clone(3, "nfs_open"));
    CHECK_FALSE(list.is_clone(4, "nfs_v4"));
    CHECK(list.up_to(VAddr{0xfff}) == 0);
    CHECK(list.up_to(VAddr{0x1010}) == 2);
    CHECK(list.up_to(VAddr{0x1020}) == 4);
    CHECK(list.up_to(VAddr{~std::uint64_t{0}}) == 5);
}
