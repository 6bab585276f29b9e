// Damaged lists of ranges and locations: what is before the damage is used, the rest is left out.
#include "catch.h"
#include "compile.h"
#include "debuginfo/code_writer.h"
#include "debuginfo/dwarf_list_headers.h"
#include "debuginfo/dwarf_object.h"
#include "layout/code_table.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::Workshop;

namespace {

using Table = std::vector<std::uint8_t>;

// A table of 32-bit DWARF with room for `payload` bytes behind its header.
Table table(std::uint8_t payload) {
    Table bytes = {static_cast<std::uint8_t>(8 + payload), 0, 0, 0, 5, 0, 8, 0, 0, 0, 0, 0};
    bytes.resize(bytes.size() + payload);
    return bytes;
}

Table wide_table(std::uint8_t payload) {
    Table bytes = table(payload);
    bytes.insert(bytes.begin() + 4, 8, 0);
    std::swap(bytes[0], bytes[4]);
    std::fill_n(bytes.begin(), 4, 0xff);
    return bytes;
}

Table operator+(Table left, const Table& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

constexpr const char* kSource = R"(
extern int use(int);
extern void rest(void);
static inline int twice(int x) { if (x > 3) { rest(); x = use(x); } return use(x) + use(x + 1); }
int NAME(int number, char *text) { int got = twice(number); rest(); return got + twice(*text); }
)";

std::uint64_t file_offset(const std::filesystem::path& path, std::string_view name) {
    auto elf = ElfObject::open(path);
    REQUIRE(elf);
    auto found = (*elf)->find(name);
    REQUIRE(found);
    return (*elf)->sections()[*found].offset;
}

}  // namespace

TEST_CASE("tables of lists are sound up to the first that is damaged") {
    CHECK(sound_list_bytes({}) == 0);
    const Table good = table(5) + wide_table(3) + table(0);
    CHECK(sound_list_bytes(good) == good.size());
    const std::size_t first = table(5).size();
    for (std::size_t cut = first + 1; cut < first + wide_table(3).size(); ++cut)
        CHECK(sound_list_bytes(ByteSpan(good).first(cut)) == first);

    auto broken = [&](std::size_t at, std::uint8_t value) {
        Table bad = table(5) + table(5);
        bad[first + at] = value;
        return sound_list_bytes(bad);
    };
    CHECK(broken(0, 13) == 2 * first);  // as it was
    CHECK(broken(0, 7) == first);       // no room for the header
    CHECK(broken(0, 14) == first);      // leaves the section
    CHECK(broken(3, 0xff) == first);
    CHECK(broken(4, 4) == first);  // version
    CHECK(broken(6, 4) == first);  // address size
    CHECK(broken(7, 1) == first);  // segment selectors
    CHECK(broken(8, 1) == 2 * first);
    CHECK(broken(8, 2) == first);  // more offsets than there is room for
    CHECK(broken(11, 0xff) == first);
}

TEST_CASE("a damaged table of lists costs its own unit's ranges and locations only") {
    Workshop shop;
    shop.compile("a.o", kSource, "-g -gdwarf-5 -O2 -c -DNAME=first_one");
    shop.compile("b.o", kSource, "-g -gdwarf-5 -O2 -c -DNAME=second_one");
    shop.run("ld -r -o all.o a.o b.o");
    std::string section = GENERATE(".debug_rnglists", ".debug_loclists");
    INFO(section);
    std::string bytes = test::read_whole(shop.path("all.o"));
    std::uint64_t at = file_offset(shop.path("all.o"), section);
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    bool all = GENERATE(false, true);
    std::uint64_t bad = all ? 0 : 4 + length;  // the first table, or the second
    bytes[at + bad + 4] = 9;
    auto elf = ElfObject::open(shop.write("damaged.o", bytes));
    REQUIRE(elf);
    auto dwarf = DwarfObject::open(**elf);
    REQUIRE(dwarf);
    CHECK((*dwarf)->damage() == section + " is damaged at byte " + std::to_string(bad));
    CHECK((*dwarf)->units().size() == 2);

    auto code = code_section(**dwarf, {});
    REQUIRE(code);
    CHECK_THAT(code->remarks.at(0), ContainsSubstring(section));
    auto lines = layout::CodeTable::open(code->bytes);
    REQUIRE(lines);
    std::size_t known = 0;
    for (const char* name : {"first_one", "second_one"}) {
        REQUIRE(lines->entries(name).size() == 1);
        auto function = lines->function_at(lines->entries(name)[0]);
        REQUIRE(function);
        REQUIRE(function->parameters.size() == 2);
        if (!function->parameters[0].locations.empty()) ++known;
    }
    CHECK(known == (section == ".debug_rnglists" ? 2 : all ? 0 : 1));
}
