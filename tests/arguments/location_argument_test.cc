// Locations of parameters, evaluated on what is known of a frame.
#include "arguments/location_argument.h"

#include "catch.h"
#include "fakes/memory.h"
#include "layout/kernel_symbols.h"
#include "layout/profile.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using Kind = layout::Location::Kind;

namespace {

FrameState frame() {
    FrameState state;
    state.instruction = VAddr{0xffffffff81258672};
    state.registers.set("rdi", 0xffffea0004cbebc0);
    state.registers.set("rsp", 0xffffc90000001000);
    state.trust = Trust::registers;
    return state;
}

layout::Location at(Kind kind, std::uint16_t reg = 0, std::int64_t offset = 0) {
    return {kind, reg, offset, 0, 1};
}

constexpr unsigned kRdi = 5, kRbx = 3, kRsp = 7;

}  // namespace

TEST_CASE("DWARF's register numbers are not those of the instruction set") {
    CHECK(dwarf_register(Arch::x86_64, 1) == "rdx");
    CHECK(dwarf_register(Arch::x86_64, 3) == "rbx");
    CHECK(dwarf_register(Arch::x86_64, 4) == "rsi");
    CHECK(dwarf_register(Arch::x86_64, 7) == "rsp");
    CHECK(dwarf_register(Arch::x86_64, 15) == "r15");
    CHECK_FALSE(dwarf_register(Arch::x86_64, 17));
    CHECK(dwarf_register(Arch::aarch64, 0) == "x0");
    CHECK(dwarf_register(Arch::aarch64, 31) == "sp");
    CHECK_FALSE(dwarf_register(Arch::aarch64, 64));
    CHECK_FALSE(dwarf_register(Arch::s390x, 2));
}

TEST_CASE("a location is evaluated only on what is known of the frame") {
    fakes::FakeMemory memory;
    memory.set<std::uint64_t>(VAddr{0xffffc90000001010}, 0x1234);
    memory.set<std::uint64_t>(VAddr{0xffffc90000001ff8}, 0x5678);
    FrameState state = frame();
    auto value = [&](layout::Location location) {
        return value_at(location, state, Arch::x86_64, memory);
    };
    CHECK(value(at(Kind::in_register, kRdi))->value == 0xffffea0004cbebc0);
    CHECK(value(at(Kind::in_register, kRdi))->how == "in rdi");
    CHECK(value(at(Kind::in_register, kRbx)).error().reason == Reason::not_dumped);
    CHECK(value(at(Kind::value_register, kRdi, -64))->value == 0xffffea0004cbeb80);
    CHECK(value(at(Kind::at_register, kRsp, 16))->value == 0x1234);
    CHECK_THAT(value(at(Kind::at_register, kRsp, 16))->how, ContainsSubstring("rsp+0x10"));
    CHECK(value(at(Kind::at_register, kRsp, 24)).error().reason == Reason::filtered);
    CHECK(value(at(Kind::constant, 0, 7))->value == 7);
    CHECK(value(at(Kind::entry_value, kRdi)).error().reason == Reason::no_decoder);
    CHECK(value(at(Kind::other)).error().reason == Reason::no_decoder);
    CHECK(value(at(Kind::in_register, 200)).error().reason == Reason::no_decoder);
    CHECK(value(at(Kind::at_frame, 0, -8)).error().reason == Reason::not_dumped);
    state.frame_address = 0xffffc90000002000;
    CHECK(value(at(Kind::at_frame, 0, -8))->value == 0x5678);
}

TEST_CASE("an argument is where the debug information of that very code says") {
    auto profile =
        layout::Profile::open(NFSTRIAGE_SOURCE_DIR "/samples/cases/000-x86_64/kernel.nfsprofile");
    REQUIRE(profile);
    fakes::FakeMemory memory;
    layout::KernelSymbols symbols(memory, std::nullopt);
    layout::KernelCode code(**profile, symbols, 0);
    auto found = [&](std::string_view function, std::uint64_t index, const FrameState& state) {
        return argument_at(code, function, index, state, Arch::x86_64, memory);
    };
    auto page = found("page_mapping", 0, frame());
    REQUIRE(page);
    CHECK(page->value == 0xffffea0004cbebc0);
    CHECK(page->trust == Trust::registers);
    CHECK(page->how == "in rdi by the debug information of page_mapping");
    CHECK(found("page_mapping", 1, frame()).error().reason == Reason::no_type);
    CHECK(found("another", 0, frame()).error().reason == Reason::no_symbol);
    FrameState elsewhere = frame();
    elsewhere.instruction = VAddr{0xffffffff81300000};
    CHECK(found("page_mapping", 0, elsewhere).error().reason == Reason::no_symbol);
    FrameState bare = frame();
    bare.registers = {};
    CHECK(found("page_mapping", 0, bare).error().reason == Reason::not_dumped);
}
