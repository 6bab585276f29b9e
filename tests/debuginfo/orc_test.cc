#include "catch.h"
#include "compile.h"
#include "debuginfo/orc_section.h"
#include "layout/orc_table.h"

using namespace nfstriage;
using debuginfo::test::Workshop;

namespace {

// As objtool leaves them in a module: addresses by relocation, out of order, one of them twice.
constexpr const char* kSource = R"(
.text
.globl first
first: nop
nop
second: ret
.size first, .-first
.section .orc_unwind_ip,"a"
.long second - .
.long first - .
.long second + 1 - .
.long second + 1 - .
.section .orc_unwind,"a"
.byte 2,2,2,2,2,2
.byte 1,1,1,1,1,1
.byte 3,3,3,3,3,3
.byte 0,0,0,0,0,0
)";

layout::OrcTable open(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes) {
    auto elf = debuginfo::ElfObject::open(path);
    REQUIRE(elf);
    auto section = debuginfo::orc_section(**elf);
    REQUIRE(section);
    bytes = *section;
    auto table = layout::OrcTable::open(bytes);
    REQUIRE(table);
    return *table;
}

}  // namespace

TEST_CASE("ORC of a module and of a linked kernel is found by address as the kernel finds it") {
    Workshop shop;
    shop.write("orc.S", kSource);
    shop.run("cc -c -o orc.o orc.S && ld -Ttext=0x1000 -e first -o orc orc.o");
    for (const char* name : {"orc.o", "orc"}) {
        INFO(name);
        std::vector<std::uint8_t> bytes;
        layout::OrcTable table = open(shop.path(name), bytes);
        auto elf = debuginfo::ElfObject::open(shop.path(name));
        std::uint64_t text = (*elf)->sections()[(*elf)->find(".text").value()].address;
        using Entry = std::vector<std::uint8_t>;
        CHECK(table.at(text)->entry == Entry(6, 1));
        CHECK(table.at(text + 1)->entry == Entry(6, 1));
        CHECK(table.at(text + 2)->entry == Entry(6, 2));
        // Of two the one that does not just end the text.
        CHECK(table.at(text + 3)->entry == Entry(6, 3));
        if (text > 0) CHECK(!table.at(text - 1));
    }
}

TEST_CASE("an object without ORC has an empty section, one with half of it an error") {
    Workshop shop;
    shop.compile("none.o", "int x;", "-c");
    auto none = debuginfo::ElfObject::open(shop.path("none.o"));
    REQUIRE(none);
    auto empty = debuginfo::orc_section(**none);
    REQUIRE(empty);
    CHECK(empty->empty());
    shop.write("half.S",
               ".section .orc_unwind_ip,\"a\"\n.long 1,2\n.section .orc_unwind,\"a\"\n"
               ".byte 1,1,1,1,1,1\n");
    shop.run("cc -c -o half.o half.S");
    auto half = debuginfo::ElfObject::open(shop.path("half.o"));
    REQUIRE(half);
    CHECK(!debuginfo::orc_section(**half));
}
