// Kernels whose own unwind tables cannot be had: a profile's call frame information and ORC.
#include "fakes/profile.h"
#include "layout/cfi_table.h"
#include "layout/orc_table.h"
#include "unwind/unwind.h"

using namespace nfstriage;
using namespace nfstriage::unwind;

namespace {

constexpr std::uint64_t kLink = 0xffffffff81000000;
constexpr std::uint64_t kShift = 0x5000000;
constexpr std::uint64_t kStack = 0xffffc90000010000;

// Three functions of 0x100 bytes; `inner` has pushed two words when it is at +0x20, `middle` one
// and made room for another.
std::vector<layout::LinkedSymbol> functions() {
    return {{"_stext", kLink, 'T', 0},
            {"inner", kLink + 0x100, 't', 0},
            {"middle", kLink + 0x200, 't', 0},
            {"outer", kLink + 0x300, 't', 0},
            {"_etext", kLink + 0x400, 'T', 0}};
}

std::vector<std::uint8_t> call_frames() {
    constexpr std::uint16_t kRsp = 7, kReturn = 16;
    auto row = [&](std::uint64_t address, std::int64_t depth) {
        layout::CfiRow made;
        made.cfa = layout::CfiRow::Cfa{kRsp, depth};
        made.registers = {{kReturn, layout::CfiRow::Rule::saved, -8}};
        made.return_address = kReturn;
        return layout::AddressState{address, layout::encode_cfi_row(made)};
    };
    std::vector<layout::AddressState> states = {row(kLink + 0x100, 24), row(kLink + 0x200, 24),
                                                row(kLink + 0x300, 8)};
    return layout::pack_states(states, 3);
}

// sp + 24 in inner and middle (struct orc_entry of v4.18 to v6.2), the end in outer.
std::vector<std::uint8_t> orc() {
    auto entry = [](std::uint8_t sp_offset, std::uint8_t sp_reg, std::uint8_t rest) {
        return std::vector<std::uint8_t>{sp_offset, 0, 0, 0, sp_reg, rest};
    };
    std::vector<layout::AddressState> states = {{kLink, entry(0, 0, 0)},
                                                {kLink + 0x100, entry(24, 5, 0)},
                                                {kLink + 0x200, entry(24, 5, 0)},
                                                {kLink + 0x300, entry(0, 0, 4)}};
    return layout::pack_states(states, 3);
}

Start crashed(fakes::ProfiledKernel& kernel) {
    // Stack words; the text in front of the return addresses is not in the dump.
    std::vector<std::uint64_t> words(64);
    words[2] = kLink + kShift + 0x250;
    words[5] = kLink + kShift + 0x350;
    std::vector<std::uint8_t> bytes(words.size() * 8);
    std::memcpy(bytes.data(), words.data(), bytes.size());
    kernel.memory.put(VAddr{kStack + 0x3e00}, bytes);
    Start start;
    start.registers.set("rip", kLink + kShift + 0x120);
    start.registers.set("rsp", kStack + 0x3e00);
    start.registers.set("cs", 0x10);
    start.task_stack = VAddr{kStack};
    return start;
}

unwind::Result walk(std::vector<layout::ProfilePart> parts) {
    fakes::ProfiledKernel kernel(functions(), std::move(parts), kShift);
    Start start = crashed(kernel);
    layout::NoTypes types;
    Options options;
    options.code = kernel.code.get();
    Unwinder unwinder(kernel.memory, types, *kernel.symbols, options);
    Budget budget(10'000);
    return unwinder.unwind(start, budget);
}

}  // namespace

TEST_CASE("without ORC and frame pointers the profile's call frame information leads on") {
    unwind::Result result = walk({{layout::ProfileSection::cfi, "", call_frames()}});
    REQUIRE(result.frames.size() >= 3);
    CHECK(result.frames[0].function == "inner");
    CHECK(result.frames[1].function == "middle");
    CHECK(result.frames[1].trust == Trust::cfi);
    CHECK(result.frames[1].offset == 0x50u);
    CHECK(result.frames[2].function == "outer");
    CHECK(result.frames[2].trust == Trust::cfi);
}

TEST_CASE("a dump that lost its ORC tables is unwound by the profile's") {
    unwind::Result result = walk({{layout::ProfileSection::orc, "", orc()}});
    REQUIRE(result.frames.size() == 3);
    CHECK(result.frames[1].function == "middle");
    CHECK(result.frames[2].function == "outer");
    CHECK(result.frames[2].trust == Trust::orc);
    CHECK(result.complete);
}

TEST_CASE("without a profile nothing of it is invented") {
    unwind::Result result = walk({});
    CHECK(result.frames.size() == 1);
    CHECK_FALSE(result.complete);
}
