// Recipes and thinned copies.
#include "dump/made.h"
#include "mkdump/recipe.h"
#include "mkdump/thin.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

TEST_CASE("a recipe becomes the dump it describes") {
    constexpr std::string_view kRecipe = R"(
        # two CPUs, one of them in user space
        kernel x86_64-5
        codec zstd
        flattened 9000
        release 6.6.1-test
        vmcoreinfo NUMBER(PG_lru)=4
        symbol panic_cpu 0xffffffff9a220000
        u64 0xff11000000005000 1 0x8000000000000000
        text 0xff11000000006ff8 over the border
        bytes 0x2000 de ad
        fill 0x4000 4096 0x5a
        filtered 0x4000
        map 0xff11000000200000 0x40000000 0x200000 0x200000
        cpu 7 rip=0xffffffff9a200010 rsp=0xffffc90000003f58
        cpu 0 rip=0x401000
    )";
    TemporaryFolder folder;
    auto files = mkdump::build_from_recipe(kRecipe, "recipe");
    REQUIRE(files);
    auto dump = Dump::open(save_all(*files, folder));
    REQUIRE(dump);
    CHECK((*dump)->format() == "kdump-compressed flattened");
    CHECK((*dump)->uname().release == "6.6.1-test");
    CHECK((*dump)->vmcoreinfo().number("PG_lru") == 4);
    CHECK((*dump)->vmcoreinfo().symbol("panic_cpu") == VAddr{0xffffffff9a220000});
    CHECK((*dump)->memory().u64(VAddr{0xff11000000005008}) == 0x8000000000000000);
    CHECK((*dump)->memory().cstring(VAddr{0xff11000000006ff8}, 99) ==
          std::string("over the border"));
    std::uint8_t two[2];
    REQUIRE((*dump)->read_physical(PAddr{0x2000}, two));
    CHECK((two[0] == 0xde && two[1] == 0xad));
    CHECK((*dump)->read_physical(PAddr{0x4000}, two).error().reason == Reason::filtered);
    CHECK((*dump)->translate(VAddr{0xff11000000212345})->value == 0x40012345);
    REQUIRE((*dump)->cpu_notes().size() == 2);
    CHECK((*dump)->cpu_notes()[0].registers.get("rsp") == 0xffffc90000003f58);
}

TEST_CASE("a wrong recipe names the line") {
    for (std::string recipe :
         {"codec zlib", "kernel riscv64-4K-48", "kernel x86_64-4\nfrobnicate 1",
          "kernel x86_64-4\nu64 here 1", "kernel x86_64-4\ncpu 1 rip", "kernel x86_64-4\ncodec rar",
          "", "kernel x86_64-4\nkernel x86_64-4"}) {
        INFO(recipe);
        auto files = mkdump::build_from_recipe(recipe, "recipe");
        REQUIRE_FALSE(files);
        CHECK(files.error().file == "recipe");
        bool second = recipe.find('\n') != std::string::npos;
        if (second) CHECK_THAT(files.error().expected, ContainsSubstring("line 2"));
    }
}

TEST_CASE("a thinned dump holds the chosen pages and calls the others filtered") {
    auto flattened = GENERATE(false, true);
    auto codec = GENERATE(Codec::none, Codec::lzo, Codec::zlib);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto file = mkdump::write_kdump(kernel.machine(), options).front();
    auto input = save(flattened ? mkdump::flatten(file, {}) : file, folder / "whole");
    std::vector<Pfn> pages;
    {
        auto dump = Dump::open({input});
        REQUIRE(dump);
        REQUIRE((*dump)->memory().bytes(VAddr{kData}, 4096));
        REQUIRE((*dump)->memory().bytes(VAddr{kData + 0x10000}, 4096));
        REQUIRE((*dump)->memory().cstring(VAddr{kernel.uts()}, 65));
        pages = (*dump)->pages_read();
    }
    auto wanted = pages;
    wanted.push_back({0x12345678});
    wanted.push_back(pages.front());
    auto kept = mkdump::thin(input, wanted, folder / "thin");
    REQUIRE(kept);
    CHECK(*kept == pages.size());
    auto dump = Dump::open({folder / "thin"});
    REQUIRE(dump);
    CHECK((*dump)->complete());
    CHECK((*dump)->format() == "kdump-compressed");
    CHECK((*dump)->cpu_notes().size() == 2);
    auto bytes = (*dump)->memory().bytes(VAddr{kData}, 4096);
    REQUIRE(bytes);
    CHECK(*bytes == pattern(5, 4096));
    CHECK((*dump)->memory().bytes(VAddr{kData + 0x10000}, 4096) == mkdump::File(4096));
    CHECK((*dump)->memory().cstring(VAddr{kernel.uts()}, 65) == std::string("Linux"));
    CHECK((*dump)->memory().u64(VAddr{kData + 4096}).error().reason == Reason::filtered);
}

TEST_CASE("a page list is hexadecimal, one per line") {
    auto pages = mkdump::parse_page_list("1a # text\n\n  ff\n", "list");
    REQUIRE(pages);
    CHECK(*pages == std::vector<Pfn>{{0x1a}, {0xff}});
    CHECK_FALSE(mkdump::parse_page_list("1a\nxyz\n", "list"));
}
