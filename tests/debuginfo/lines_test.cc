#include "catch.h"
#include "compile.h"
#include "debuginfo/dwarf_lines.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using debuginfo::test::Workshop;

TEST_CASE("paths are told from the root of the kernel tree") {
    CHECK(source_path("/build/linux", "fs/nfs/write.c") == "fs/nfs/write.c");
    CHECK(source_path("/build/linux", "/build/linux/fs/nfs/./write.c") == "fs/nfs/write.c");
    CHECK(source_path("debian/build/x", "debian/build/x/fs/nfs/dir.c") == "fs/nfs/dir.c");
    CHECK(source_path("/b/out", "../../src/linux/fs/nfs/dir.c") == "fs/nfs/dir.c");
    CHECK(source_path("/b/out", "/usr/src/linux-5.10/arch/x86/kernel/../include/asm/a.h") ==
          "arch/x86/include/asm/a.h");
    CHECK(source_path("", "./include/linux/list.h") == "include/linux/list.h");
    CHECK(source_path("/b/out", "/usr/include/stdio.h") == "/usr/include/stdio.h");
    CHECK(source_path("", "") == "");
}

TEST_CASE("a truncated line table is damaged and keeps its whole sequences") {
    Workshop shop;
    shop.compile("a.o", "int f(int x) {\n return x +\n 1;\n}\nint g(int x) {\n return x;\n}\n",
                 "-g -O1 -ffunction-sections -c");
    auto elf = ElfObject::open(shop.path("a.o"));
    REQUIRE(elf);
    auto sections = LineSections::of(**elf);
    REQUIRE(sections);
    layout::CodeStrings strings;
    LineTable whole(*sections, 0, "", strings);
    CHECK(!whole.damaged());
    REQUIRE(whole.rows().size() >= 5);
    std::size_t sequences = 0;
    for (const LineRow& row : whole.rows()) sequences += row.end ? 1 : 0;
    CHECK(sequences >= 1);
    std::vector<std::uint8_t> bytes(sections->lines.span().begin(), sections->lines.span().end());
    for (std::size_t size = 0; size < bytes.size(); size++) {
        LineSections cut = *sections;
        cut.lines = Bytes(ByteSpan(bytes).first(size));
        LineTable table(cut, 0, "", strings);
        CHECK(table.damaged());
        CHECK(table.rows().size() <= whole.rows().size());
    }
    for (std::size_t at = 0; at < bytes.size(); at++)
        for (int value : {0x00, 0x01, 0x80, 0xff}) {
            std::vector<std::uint8_t> bad = bytes;
            bad[at] = static_cast<std::uint8_t>(value);
            LineSections changed = *sections;
            changed.lines = Bytes(bad);
            LineTable table(changed, 0, "", strings);
            for (std::size_t i = 1; i < table.rows().size(); i++)
                CHECK(table.rows()[i - 1].address < table.rows()[i].address);
        }
}
