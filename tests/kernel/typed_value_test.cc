#include "kernel/typed_value.h"

#include "catch.h"
#include "fakes/btf_writer.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using kernel::TypedValue;

namespace {

constexpr std::uint64_t kObject = 0xffff888100002000, kPage = 4096;

// struct thing {
//     int count; unsigned int low : 3, high : 29; struct list_head list; char name[8];
//     union { unsigned long word; unsigned char bytes[8]; }; enum state state; unsigned int odd;
//     void (*function)(struct thing *, int); const char *text; struct thing *next;
//     struct pair { short a, b; } pairs[3]; unsigned long table[1000]; int tail[0];
// };
class World {
public:
    fakes::FakePages memory;
    fakes::FakeSymbols symbols;
    std::unique_ptr<layout::BtfTypes> types;
    std::uint32_t thing = 0;

    World() {
        fakes::BtfWriter btf;
        auto integer = btf.integer("int", 4, true), word = btf.integer("unsigned int", 4);
        auto longer = btf.integer("unsigned long", 8), character = btf.integer("char", 1, true);
        auto byte = btf.integer("unsigned char", 1), half = btf.integer("short", 2, true);
        auto list = btf.next_id() + 1;  // behind the pointer to it
        auto list_pointer = btf.pointer(list);
        btf.structure("list_head", 16, {{"next", list_pointer, 0}, {"prev", list_pointer, 64}});
        auto name = btf.array(character, word, 8);
        auto bytes = btf.array(byte, word, 8);
        auto either = btf.structure("", 8, {{"word", longer, 0}, {"bytes", bytes, 0}}, true);
        auto state = btf.enumeration("state", {{"IDLE", 0}, {"BUSY", 1}, {"DYING", 4}});
        auto text = btf.pointer(btf.const_(character));
        auto pair = btf.structure("pair", 4, {{"a", half, 0}, {"b", half, 16}});
        auto pairs = btf.array(pair, word, 3), table = btf.array(longer, word, 1000);
        auto tail = btf.array(integer, word, 0);
        auto link = btf.next_id();
        thing = link + 1;
        btf.pointer(thing);
        btf.structure("thing", 8200,
                      {{"count", integer, 0},
                       {"low", word, 32, 3},
                       {"high", word, 35, 29},
                       {"list", list, 64},
                       {"name", name, 192},
                       {"", either, 256},
                       {"state", state, 320},
                       {"odd", word, 352},
                       {"function", link, 384},
                       {"text", text, 448},
                       {"next", link, 512},
                       {"pairs", pairs, 576},
                       {"table", table, 704},
                       {"tail", tail, 8088 * 8}});
        types = std::make_unique<layout::BtfTypes>(layout::Btf::parse(btf.bytes()).value());
        memory.map(kObject, 3 * kPage);
    }

    layout::DeclaredType declared(std::string_view type = "struct thing") const {
        return types->declared(type).value();
    }
    TypedValue read(kernel::ValueLimits limits = {}) const {
        kernel::ValueReader reader(memory, *types, symbols, limits);
        return reader.object(declared(), VAddr{kObject});
    }
    Maybe<TypedValue> member(std::string_view path) const {
        kernel::ValueReader reader(memory, *types, symbols);
        return reader.member(declared(), VAddr{kObject}, path);
    }
};

const TypedValue& part(const TypedValue& value, std::string_view name) {
    for (const TypedValue& each : value.parts)
        if (each.name == name) return each;
    FAIL("no member " << name);
    return value;
}

}  // namespace

TEST_CASE("every kind of member is read as it is declared") {
    World world;
    world.memory.put<std::int32_t>(kObject, -107);
    world.memory.put<std::uint32_t>(kObject + 4, 5u | 77u << 3);
    world.memory.put_string(kObject + 24, "nfs\x1b");
    world.memory.put<std::uint64_t>(kObject + 32, 0x0807060504030201);
    world.memory.put<std::uint32_t>(kObject + 40, 1);
    world.memory.put<std::uint64_t>(kObject + 48, 0xffffffffc0a01010);
    world.memory.put<std::uint64_t>(kObject + 56, kObject + kPage + 8);
    world.memory.put_string(kObject + kPage + 8, "a string");
    world.memory.put<std::int16_t>(kObject + 74, -2);
    world.symbols.add("nfs_function", 0xffffffffc0a01000, 0x40, 't', "nfs");
    TypedValue thing = world.read();
    CHECK(static_cast<std::int64_t>(*part(thing, "count").number) == -107);
    CHECK(*part(thing, "low").number == 5);
    CHECK(*part(thing, "high").number == 77);
    CHECK(part(thing, "high").bit_size == 29);
    CHECK(*part(thing, "name").text == "nfs\x1b");
    const TypedValue& either = part(thing, "");
    CHECK(either.kind == layout::TypeKind::union_);
    CHECK(*part(either, "word").number == 0x0807060504030201);
    CHECK(*part(either, "bytes").parts[7].number == 8);
    CHECK(part(thing, "state").enumerator == "BUSY");
    CHECK(part(thing, "function").symbol == "nfs_function+0x10 [nfs]");
    CHECK(*part(thing, "text").string == "a string");
    CHECK(static_cast<std::int64_t>(*part(part(thing, "pairs").parts[0], "b").number) == -2);
    CHECK(part(thing, "pairs").parts[2].offset == 80);
    CHECK(part(thing, "tail").parts.empty());
    CHECK(part(thing, "tail").has_parts);
}

TEST_CASE("an enumeration of bits is named bit by bit, and not at all where one has no name") {
    World world;
    world.memory.put<std::uint32_t>(kObject + 40, 5);
    CHECK(part(world.read(), "state").enumerator == "BUSY|DYING");
    world.memory.put<std::uint32_t>(kObject + 40, 7);
    CHECK(part(world.read(), "state").enumerator.empty());
    CHECK(*part(world.read(), "state").number == 7);
}

TEST_CASE("members on an absent page are unknown with its reason, the others are read") {
    World world;
    world.memory.put<std::int32_t>(kObject, 3);
    world.memory.remove(kObject + kPage, Reason::filtered);
    TypedValue thing = world.read({0, 50'000});
    CHECK(*part(thing, "count").number == 3);
    const TypedValue& table = part(thing, "table");
    REQUIRE(table.parts.size() == 1000);
    CHECK(table.parts[0].number.has_value());
    CHECK(table.parts[501].number.error().reason == Reason::filtered);
}

TEST_CASE("arrays are cut at the limit and objects at their number of values, and it shows") {
    World world;
    TypedValue thing = world.read({10, 50'000});
    CHECK(part(thing, "table").parts.size() == 10);
    CHECK(part(thing, "table").count == 1000);
    thing = world.read({0, 100});
    CHECK(thing.number.error().reason == Reason::budget);
    CHECK(part(thing, "table").parts.size() < 1000);
}

TEST_CASE("paths lead through members, elements, anonymous unions and pointers") {
    World world;
    const std::uint64_t second = kObject + kPage * 2;
    world.memory.put<std::uint64_t>(kObject + 64, second);
    world.memory.put<std::int16_t>(kObject + 72 + 4 + 2, 9);
    CHECK(*world.member("pairs[1].b")->number == 9);
    CHECK(world.member("bytes[3]")->size == 1);
    CHECK(world.member("high")->bit_size == 29);
    CHECK(world.member("list")->parts.size() == 2);
    for (const char* wrong :
         {"none", "pairs[x]", "count[0]", "pairs.a", "", "count->a", "pairs[1]b"})
        CHECK(world.member(wrong).error().reason == Reason::no_type);
    world.memory.put<std::uint64_t>(kObject + 64, 0);
    CHECK(world.member("list.next->prev").error().reason == Reason::null);
    CHECK(world.member("pairs[99999999999999999999].a").error().reason == Reason::no_type);
    CHECK(world.member("pairs[4611686018427387905].a").error().reason == Reason::no_type);
}

TEST_CASE("declarations are written as C writes them") {
    fakes::BtfWriter btf;
    auto integer = btf.integer("int", 4, true), character = btf.integer("char", 1, true);
    auto thing = btf.structure("thing", 8, {});
    auto pointer = btf.pointer(thing);
    btf.function("f", 0, {{"t", pointer}, {"n", integer}});
    auto prototype = btf.next_id() - 2;
    auto function = btf.pointer(prototype);
    auto matrix = btf.array(btf.array(character, integer, 3), integer, 2);
    auto text = btf.pointer(btf.const_(character));
    auto fixed = btf.const_(btf.pointer(character));
    auto to_array = btf.pointer(matrix);
    btf.structure("all", 64,
                  {{"function", function, 0},
                   {"matrix", matrix, 64},
                   {"text", text, 128},
                   {"fixed", fixed, 192},
                   {"to_array", to_array, 256},
                   {"table", btf.array(function, integer, 4), 320}});
    layout::BtfTypes types(layout::Btf::parse(btf.bytes()).value());
    auto all = types.declared("struct all").value();
    auto written = [&](std::size_t i) {
        return types.declaration(all.members[i].type, all.members[i].name);
    };
    CHECK(written(0) == "void (*function)(struct thing *, int)");
    CHECK(written(1) == "char matrix[2][3]");
    CHECK(written(2) == "const char *text");
    CHECK(written(3) == "char *const fixed");
    CHECK(written(4) == "char (*to_array)[2][3]");
    CHECK(written(5) == "void (*table[4])(struct thing *, int)");
}

TEST_CASE("types that contain themselves, or arrays of arrays without end, end") {
    fakes::BtfWriter btf;
    auto integer = btf.integer("int", 4, true);
    auto self = btf.next_id();
    btf.structure("self", 8, {{"again", self, 0}, {"", self, 0}});
    auto loop = btf.next_id();
    btf.array(loop, integer, 4);
    btf.structure("looped", 8, {{"array", loop, 0}});
    auto qualified = btf.next_id();
    btf.const_(qualified);
    btf.structure("odd", 8, {{"member", qualified, 0}});
    layout::BtfTypes types(layout::Btf::parse(btf.bytes()).value());
    fakes::FakePages memory;
    memory.map(kObject, kPage);
    fakes::FakeSymbols symbols;
    kernel::ValueReader reader(memory, types, symbols);
    for (const char* name : {"struct self", "struct looped", "struct odd"}) {
        auto type = types.declared(name).value();
        auto value = reader.object(type, VAddr{kObject});
        CHECK(value.parts.size() <= 2);
        CHECK_FALSE(types.declaration(type.members[0].type, "name").empty());
        CHECK_FALSE(kernel::find_declared(types, type, "nothing").has_value());
    }
}

TEST_CASE("a structure that is its own anonymous members is damaged, not one that lacks a member") {
    constexpr int kSelves = 40;
    fakes::BtfWriter btf;
    auto integer = btf.integer("int", 4, true);
    auto self = btf.next_id();
    std::vector<fakes::BtfWriter::Member> selves(kSelves, {"", self, 0});
    selves.push_back({"last", integer, 0});
    btf.structure("self", 8, selves);
    layout::BtfTypes types(layout::Btf::parse(btf.bytes()).value());
    auto type = types.declared("struct self").value();
    auto place = kernel::find_declared(types, type, "nothing");
    REQUIRE_FALSE(place);
    CHECK(place.error().reason == Reason::corrupt);
    CHECK_THAT(place.error().what, ContainsSubstring("inside each other"));
}
