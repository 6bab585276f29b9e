// Damaged lists of ranges and locations: what is before the damage is used, the rest is left out.
#include "catch.h"
#include "compile.h"
#include "debuginfo/code_writer.h"
#include "debuginfo/dwarf_expression.h"
#include "debuginfo/dwarf_list_headers.h"
#include "debuginfo/dwarf_object.h"
#include "debuginfo/dwarf_unit_lists.h"
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

TEST_CASE("a list is found by its number where its table has it") {
    // Two offsets, of which the second leads behind the table.
    Table bytes = table(2) + table(12) + wide_table(9);
    const std::size_t second = table(2).size(), wide = second + table(12).size();
    bytes[second + 8] = 2;
    bytes[second + 12] = 8, bytes[second + 16] = 12;
    bytes[wide + 16] = 1, bytes[wide + 20] = 8;
    auto narrow = list_table(bytes, second + 12);
    REQUIRE(narrow);
    CHECK(narrow->count == 2);
    CHECK(list_begin(bytes, *narrow, 0) == second + 12 + 8);
    CHECK_FALSE(list_begin(bytes, *narrow, 1));
    CHECK_FALSE(list_begin(bytes, *narrow, 2));
    auto of_wide = list_table(bytes, wide + 20);
    REQUIRE(of_wide);
    CHECK(list_begin(bytes, *of_wide, 0) == wide + 20 + 8);
    CHECK_FALSE(list_begin(bytes, *of_wide, ~std::uint64_t{0}));
    for (std::uint64_t base : {std::size_t{0}, second, second + 13, bytes.size()})
        CHECK_FALSE(list_table(bytes, base));
}

TEST_CASE("a location list ends in its section, or is not read") {
    // Every kind that has an expression, of one byte, then those without.
    const Table since_5 = {DW_LLE_startx_endx,
                           1,
                           2,
                           1,
                           0x50,
                           DW_LLE_startx_length,
                           1,
                           2,
                           1,
                           0x50,
                           DW_LLE_offset_pair,
                           0x81,
                           1,
                           2,
                           1,
                           0x50,
                           DW_LLE_default_location,
                           1,
                           0x50,
                           DW_LLE_base_addressx,
                           3,
                           DW_LLE_start_length,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           4,
                           1,
                           0x50,
                           DW_LLE_base_address,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           DW_LLE_end_of_list};
    CHECK(locations_end(since_5, 0, 5));
    CHECK(locations_end(since_5, since_5.size() - 1, 5));
    for (std::size_t size = 0; size < since_5.size(); ++size)
        CHECK_FALSE(locations_end(ByteSpan(since_5).first(size), 0, 5));
    CHECK_FALSE(locations_end(since_5, since_5.size(), 5));
    CHECK_FALSE(locations_end(since_5, ~std::uint64_t{0}, 5));
    Table far = since_5;
    far[3] = 0xff;  // the lower bits of a length that leaves the section
    CHECK_FALSE(locations_end(far, 0, 5));
    Table unheard = since_5;
    unheard[0] = 0x20;
    CHECK_FALSE(locations_end(unheard, 0, 5));

    Table before_5(8 + 8, 0xff);  // a base address, an entry, the end
    before_5.insert(before_5.end(), 16, 0x11);
    before_5.insert(before_5.end(), {1, 0, 0x50});
    before_5.resize(before_5.size() + 16);
    CHECK(locations_end(before_5, 0, 4));
    CHECK(locations_end(before_5, 16, 2));
    for (std::size_t size = 0; size < before_5.size(); ++size)
        CHECK_FALSE(locations_end(ByteSpan(before_5).first(size), 0, 4));
    before_5[32] = 200;
    CHECK_FALSE(locations_end(before_5, 0, 4));
}

TEST_CASE("an expression ends behind an operand, or is not read") {
    const std::vector<Table> operations = {
        {DW_OP_addr, 1, 2, 3, 4, 5, 6, 7, 8},
        {DW_OP_const2s, 1, 2},
        {DW_OP_bregx, 0x81, 1, 0x7f},
        {DW_OP_breg0 + 7, 0x80, 1},
        {DW_OP_fbreg, 0x40},
        {DW_OP_implicit_value, 3, 1, 2, 3},
        {DW_OP_entry_value, 1, DW_OP_reg0},
        {DW_OP_GNU_implicit_pointer, 1, 0, 0, 0, 2},
        {DW_OP_const_type, 0x81, 1, 2, 0xff, 0xff},
        {DW_OP_deref_type, 4, 0x81, 1},
        {DW_OP_GNU_parameter_ref, 1, 2, 3, 4},
    };
    Table all = {DW_OP_dup, DW_OP_lit31, DW_OP_reg0, DW_OP_stack_value};
    for (const Table& operation : operations) {
        CHECK(expression_ends(operation, 5, 4));
        for (std::size_t size = 1; size < operation.size(); ++size)
            CHECK_FALSE(expression_ends(ByteSpan(operation).first(size), 5, 4));
        all = all + operation;
    }
    CHECK(expression_ends(all, 5, 4));
    CHECK(expression_ends({}, 5, 4));
    CHECK_FALSE(expression_ends(all + Table{0xff}, 5, 4));
    CHECK_FALSE(expression_ends(all + Table{DW_OP_constu} + Table(10, 0x80) + Table{0}, 5, 4));

    const Table reference = {DW_OP_call_ref, 1, 0, 0, 0};
    CHECK(expression_ends(reference, 5, 4));
    CHECK_FALSE(expression_ends(reference, 5, 8));
    CHECK_FALSE(expression_ends(reference, 2, 4));
    CHECK(expression_ends(reference + Table(4, 0), 2, 4));
}

TEST_CASE("a list of ranges ends in its section, or is not read") {
    const Table since_5 = {DW_RLE_base_addressx,
                           1,
                           DW_RLE_startx_endx,
                           1,
                           2,
                           DW_RLE_startx_length,
                           1,
                           2,
                           DW_RLE_offset_pair,
                           0x81,
                           1,
                           2,
                           DW_RLE_end_of_list};
    Table all(1 + 8, DW_RLE_base_address);
    all.insert(all.end(), 1 + 16, DW_RLE_start_end);
    all.insert(all.end(), 1 + 8 + 1, DW_RLE_start_length);
    all.insert(all.end(), since_5.begin(), since_5.end());
    CHECK(ranges_end(all, 0, 5));
    for (std::size_t size = 0; size < all.size(); ++size)
        CHECK_FALSE(ranges_end(ByteSpan(all).first(size), 0, 5));
    all[0] = 8;
    CHECK_FALSE(ranges_end(all, 0, 5));

    Table before_5(16 + 16, 0x11);
    before_5.resize(before_5.size() + 16);
    CHECK(ranges_end(before_5, 0, 4));
    CHECK(ranges_end(before_5, before_5.size() - 16, 4));
    CHECK_FALSE(ranges_end(before_5, before_5.size() - 15, 4));
    CHECK_FALSE(ranges_end(ByteSpan(before_5).first(32), 0, 4));
}

TEST_CASE("lists with a length of 256 MiB anywhere are read without running over") {
    Workshop shop;
    const std::string version = GENERATE("4", "5");
    shop.compile("a.o", kSource, "-g -O2 -c -DNAME=only_one -gdwarf-" + version);
    const std::string bytes = test::read_whole(shop.path("a.o"));
    auto elf = ElfObject::open(shop.path("a.o"));
    REQUIRE(elf);
    std::size_t tried = 0;
    for (const char* name : {".debug_loc", ".debug_loclists", ".debug_ranges", ".debug_rnglists"}) {
        auto found = (*elf)->find(name);
        if (!found) continue;
        const ElfSection& section = (*elf)->sections()[*found];
        const std::size_t begin = section.offset + (version == "5" ? 12 : 0);  // not the header
        for (std::size_t at = begin; at + 4 <= section.offset + section.size; ++at, ++tried) {
            std::string bad = bytes;
            bad.replace(at, 4, "\xff\xff\xff\x7f");
            auto damaged = ElfObject::open(shop.write("damaged.o", bad));
            REQUIRE(damaged);
            auto dwarf = DwarfObject::open(**damaged);
            REQUIRE(dwarf);
            CHECK(code_section(**dwarf, {}));
        }
    }
    CHECK(tried > 100);
}

TEST_CASE("an entry that is its own sibling ends the walk through its unit") {
    Workshop shop;
    shop.compile("a.o", kSource, "-g -O2 -c -DNAME=only_one -gdwarf-5");
    const std::string bytes = test::read_whole(shop.path("a.o"));
    const std::uint64_t info = file_offset(shop.path("a.o"), ".debug_info");
    auto whole = ElfObject::open(shop.path("a.o"));
    REQUIRE(whole);
    auto sound = DwarfObject::open(**whole);
    REQUIRE(sound);
    std::size_t tried = 0;
    for (Die die = (*sound)->die_at((*sound)->units()[0].die).child(); die; die = die.sibling()) {
        auto sibling = die.reference(DW_AT_sibling);
        if (!sibling) continue;
        // The attribute has four bytes; the object's only unit begins at 0.
        auto four = [](std::uint64_t value) {
            auto narrow = static_cast<std::uint32_t>(value);
            return std::string(reinterpret_cast<const char*>(&narrow), sizeof narrow);
        };
        const std::size_t at = bytes.find(four(sibling->offset), info + die.offset());
        REQUIRE(at < info + die.offset() + 64);
        std::string bad = bytes;
        bad.replace(at, 4, four(die.offset()));
        auto elf = ElfObject::open(shop.write("damaged.o", bad));
        REQUIRE(elf);
        auto dwarf = DwarfObject::open(**elf);
        REQUIRE(dwarf);
        CHECK(code_section(**dwarf, {}));
        ++tried;
    }
    CHECK(tried > 1);
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
