#include "debuginfo/dwarf_object.h"

#include <elf.h>

#include <random>
#include <set>

#include "catch.h"
#include "compile.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::Workshop;

namespace {

constexpr const char* kSource = R"(
struct thing { int number; struct thing *next; };
enum state { IDLE = 3, LOW = -4 };
struct thing first;
enum state state;
int walk(struct thing *thing) { return thing ? walk(thing->next) + 1 : 0; }
)";

struct Opened {
    std::unique_ptr<ElfObject> elf;
    std::unique_ptr<DwarfObject> dwarf;
};

Opened opened(const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    REQUIRE(elf);
    auto dwarf = DwarfObject::open(**elf);
    INFO((dwarf ? std::string() : to_string(dwarf.error())));
    REQUIRE(dwarf);
    return {std::move(*elf), std::move(*dwarf)};
}

Die find(const DwarfObject& dwarf, std::string_view name) {
    for (const DwarfUnit& unit : dwarf.units())
        for (Die die = dwarf.die_at(unit.die).child(); die; die = die.sibling())
            if (die.name() == name) return die;
    return {};
}

}  // namespace

TEST_CASE("DIEs are read from objects and linked files of DWARF 4 and 5, packed or not") {
    Workshop workshop;
    std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
    std::string form = GENERATE("-c", "-nostdlib -Wl,-e,walk");
    std::string packing = GENERATE("", " -gz=zlib", " -gz=zlib-gnu");
    std::string compiler = GENERATE(as<std::string>(), "cc", "aarch64-linux-gnu-gcc");
    auto file = workshop.compile("file", kSource, "-g " + version + " " + form + packing, compiler);
    Opened object = opened(file);
    REQUIRE(object.dwarf->units().size() == 1);
    const DwarfUnit& unit = object.dwarf->units()[0];
    CHECK(unit.version == (version == "-gdwarf-4" ? 4 : 5));
    CHECK(object.dwarf->unit_at(unit.die) == 0u);
    CHECK_FALSE(object.dwarf->unit_at(unit.end));
    CHECK(object.dwarf->die_at(unit.die).name() == "file.c");

    Die thing = find(*object.dwarf, "thing");
    REQUIRE(thing);
    CHECK(thing.tag() == DW_TAG_structure_type);
    CHECK(thing.number(DW_AT_byte_size) == 16u);
    Die next = thing.child().sibling();
    CHECK(next.name() == "next");
    CHECK(next.number(DW_AT_data_member_location) == 8u);
    CHECK_FALSE(next.sibling());
    auto type = next.reference(DW_AT_type);
    REQUIRE(type);
    Die pointer = object.dwarf->die_at(type->offset);
    CHECK(pointer.tag() == DW_TAG_pointer_type);
    CHECK(pointer.reference(DW_AT_type)->offset == thing.offset());

    Die low = find(*object.dwarf, "state").child().sibling();
    CHECK(low.name() == "LOW");
    CHECK(static_cast<std::int64_t>(*low.number(DW_AT_const_value)) == -4);
    Die walk = find(*object.dwarf, "walk");
    CHECK(walk.flag(DW_AT_external));
    CHECK(walk.has(DW_AT_low_pc));
    CHECK_FALSE(walk.has(DW_AT_declaration));
    CHECK_FALSE(walk.number(DW_AT_byte_size));
}

TEST_CASE("what dwz moved to a common file is found beside, in .dwz and by build id") {
    Workshop workshop;
    std::string more = kSource;
    for (int i = 0; i < 40; ++i)
        more += "struct padding_" + std::to_string(i) + " { int a_member; long another; } p" +
                std::to_string(i) + ";\n";
    workshop.write("shared.h", more);
    for (const char* name : {"a", "b"})
        workshop.compile(name, "#include \"shared.h\"", "-g -gdwarf-4 -nostdlib -Wl,-e,walk");
    std::string place = GENERATE("common", ".dwz/common", "deep/er/.dwz/common");
    std::filesystem::create_directories(workshop.path(place).parent_path());
    std::filesystem::create_directories(workshop.path("deep/er/here"));
    workshop.run("dwz -m common -M common a b");
    workshop.run("[ common = " + place + " ] || mv common " + place);
    auto file = place[0] == 'd' ? "deep/er/here/a" : "a";
    workshop.run(std::string("[ a = ") + file + " ] || mv a " + file);

    Opened object = opened(workshop.path(file));
    CHECK(object.dwarf->missing_alternate() == "");
    REQUIRE(object.dwarf->alternate() != nullptr);
    REQUIRE(find(*object.dwarf->alternate(), "padding_7"));
    Die variable = find(*object.dwarf, "p7");  // a name that is in the common file
    REQUIRE(variable);
    auto type = variable.reference(DW_AT_type);
    REQUIRE(type);
    CHECK(type->alternate);
    CHECK(object.dwarf->alternate()->die_at(type->offset).name() == "padding_7");

    workshop.run("rm " + place);
    Opened without = opened(workshop.path(file));
    CHECK(without.dwarf->alternate() == nullptr);
    CHECK_THAT(without.dwarf->missing_alternate(), ContainsSubstring("common"));
    workshop.compile(place, kSource, "-g -nostdlib -Wl,-e,walk -Wl,--build-id=0x99");
    CHECK_THAT(opened(workshop.path(file)).dwarf->missing_alternate(),
               ContainsSubstring("another build"));
}

TEST_CASE("a file without debug information is refused") {
    Workshop workshop;
    auto elf = ElfObject::open(workshop.compile("plain.o", kSource, "-c"));
    REQUIRE(elf);
    auto dwarf = DwarfObject::open(**elf);
    REQUIRE_FALSE(dwarf);
    CHECK_THAT(dwarf.error().expected, ContainsSubstring("debug information"));
}
