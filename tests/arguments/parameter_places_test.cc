// Parameters and the registers of the C calling conventions.
#include "arguments/parameter_places.h"

#include "catch.h"
#include "fakes/fake_types.h"

using namespace nfstriage;
using namespace nfstriage::arguments;

namespace {

isa::Register number(Arch arch, std::string_view name) { return *isa::register_number(arch, name); }

}  // namespace

TEST_CASE("pointers and integers take one register each, the rest is on the stack") {
    fakes::FakeTypes types;
    std::vector<std::pair<std::string, std::string>> nine;
    for (int i = 0; i < 9; ++i) nine.emplace_back("p" + std::to_string(i), "struct page *");
    types.add_function("nine", nine);
    auto x86 = parameter_places(types, "nine", Arch::x86_64);
    REQUIRE(x86);
    REQUIRE(x86->size() == 9);
    CHECK((*x86)[0].name == "p0");
    CHECK((*x86)[0].is_pointer);
    CHECK((*x86)[0].reg == number(Arch::x86_64, "rdi"));
    CHECK((*x86)[3].reg == number(Arch::x86_64, "rcx"));
    CHECK((*x86)[5].reg == number(Arch::x86_64, "r9"));
    CHECK_FALSE((*x86)[6].reg);
    CHECK((*x86)[6].stacked == 0);
    CHECK((*x86)[8].stacked == 16);
    auto arm = parameter_places(types, "nine", Arch::aarch64);
    REQUIRE(arm);
    CHECK((*arm)[7].reg == number(Arch::aarch64, "x7"));
    CHECK_FALSE((*arm)[8].reg);
    CHECK((*arm)[8].stacked == 0);
}

TEST_CASE("structures passed by value take as many registers as words, large ones none") {
    fakes::FakeTypes types;
    types.add("struct path", 16, {});
    types.add("struct big", 40, {});
    types.add_function("f", {{"a", "struct path"},
                             {"b", "struct page *"},
                             {"c", "struct big"},
                             {"d", "struct page *"}});
    auto x86 = parameter_places(types, "f", Arch::x86_64);
    REQUIRE(x86);
    CHECK((*x86)[0].reg == number(Arch::x86_64, "rdi"));
    CHECK((*x86)[1].reg == number(Arch::x86_64, "rdx"));
    CHECK_FALSE((*x86)[2].reg);
    CHECK((*x86)[2].stacked == 0);
    CHECK((*x86)[3].reg == number(Arch::x86_64, "rcx"));
    auto arm = parameter_places(types, "f", Arch::aarch64);
    REQUIRE(arm);
    CHECK((*arm)[1].reg == number(Arch::aarch64, "x2"));
    CHECK((*arm)[2].reg == number(Arch::aarch64, "x3"));
    CHECK((*arm)[2].by_reference);
    CHECK((*arm)[3].reg == number(Arch::aarch64, "x4"));
}

TEST_CASE("AAPCS64: what does not fit into registers leaves none to those behind it") {
    fakes::FakeTypes types;
    types.add("struct path", 16, {});
    std::vector<std::pair<std::string, std::string>> many;
    for (int i = 0; i < 7; ++i) many.emplace_back("", "struct page *");
    many.emplace_back("", "struct path");
    many.emplace_back("", "struct page *");
    types.add_function("f", many);
    auto arm = parameter_places(types, "f", Arch::aarch64);
    REQUIRE(arm);
    CHECK_FALSE((*arm)[7].reg);
    CHECK_FALSE((*arm)[8].reg);
    CHECK((*arm)[8].stacked == 16);
}

TEST_CASE("pointers to functions and arrays are pointers, however debug information spells them") {
    fakes::FakeTypes types;
    types.add_function("f", {{"a", "int (*)(struct page *, void *)"},
                             {"b", "void (*)()"},
                             {"c", "struct page *(*)[4]"},
                             {"d", "struct page *"}});
    auto x86 = parameter_places(types, "f", Arch::x86_64);
    REQUIRE(x86);
    for (const ParameterPlace& place : *x86) CHECK(place.is_pointer);
    CHECK((*x86)[3].reg == number(Arch::x86_64, "rcx"));
}

TEST_CASE("a copy with other parameters has none that we know") {
    fakes::FakeTypes types;
    types.add_function("f", {{"a", "struct page *"}});
    for (auto name : {"f.isra.0", "f.constprop.0", "f.part.1", "f.isra.0.cold"})
        CHECK(parameter_places(types, name, Arch::x86_64).error().reason == Reason::no_type);
    CHECK(parameter_places(types, "f.cold", Arch::x86_64));
    CHECK(parameter_places(types, "g", Arch::x86_64).error().reason == Reason::no_type);
    CHECK(parameter_places(types, "f", Arch::s390x).error().reason == Reason::unsupported_arch);
}
