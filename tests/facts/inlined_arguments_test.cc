#include "facts/inlined_arguments.h"

#include "catch.h"
#include "facts/source.h"
#include "fakes/memory.h"
#include "fakes/profile.h"

using namespace nfstriage;
using namespace nfstriage::facts;
using Kind = layout::Location::Kind;

namespace {

constexpr std::uint64_t kLink = 0xffffffff81000000;
constexpr std::uint64_t kShift = 0x3000000;
constexpr std::uint64_t kRequest = 0xffff888012345000, kStack = 0xffffc90000001000;
constexpr std::uint16_t kRbx = 3, kRbp = 6, kRdi = 5;  // DWARF's numbers

// writer() at kLink, 0x40 bytes: from 0x10 to 0x30 there is lock(req, head, how) inlined in it, in
// which from 0x18 to 0x20 lock_page(page) is inlined.
layout::CodeModel model() {
    layout::CodeModel made;
    auto text = [&](const char* name) { return made.strings.number(name); };
    auto at = [](Kind kind, std::uint16_t reg, std::int64_t offset, std::uint64_t begin,
                 std::uint64_t end) {
        return layout::Location{kind, reg, offset, kLink + begin, kLink + end};
    };
    layout::CodePiece piece;
    piece.begin = piece.entry = kLink;
    piece.end = kLink + 0x40;
    piece.function = text("writer");
    piece.nodes = {{0, text("lock"), text("fs/write.c"), 12, 1},
                   {1, text("lock_page"), text("fs/write.c"), 5, 2}};
    piece.rows = {{0, 0, text("fs/write.c"), 10},
                  {0x10, 1, text("fs/write.c"), 4},
                  {0x18, 2, text("fs/write.c"), 1},
                  {0x20, 1, text("fs/write.c"), 6},
                  {0x30, 0, text("fs/write.c"), 13}};
    std::uint32_t request = text("struct request *");
    made.inlined = {
        {{text("req"), request, {at(Kind::in_register, kRbx, 0, 0, 0x28)}},
         {text("head"),
          request,
          {at(Kind::entry_value, kRdi, 0, 0x10, 0x20), at(Kind::constant, 0, 0, 0x20, 0x30)}},
         {text("how"), text("int"), {}}},
        {{text("page"),
          text("struct page *"),
          {at(Kind::at_register, kRbp, -8, 0x18, 0x1c),
           at(Kind::at_register, kRbp, -0x100, 0x1c, 0x1e)}}}};
    made.pieces = {piece};
    return made;
}

struct Stopped {  // writer() stopped at an offset
    explicit Stopped(std::uint64_t offset)
        : kernel({{"_stext", kLink, 'T', 0},
                  {"writer", kLink, 't', 0},
                  {"_etext", kLink + 0x40, 'T', 0}},
                 {{layout::ProfileSection::code, "", layout::write_code_table(model(), 3)}},
                 kShift) {
        memory.set<std::uint64_t>(VAddr{kStack - 8}, 0xffffea0000001240);
        state.instruction = VAddr{kLink + kShift + offset};
        state.registers.set("rbx", kRequest);
        state.registers.set("rbp", kStack);
        state.trust = Trust::orc;
        std::vector<Stack> stacks(1);
        Frame frame;
        frame.function = "writer";
        frame.offset = offset;
        frame.address = kLink + kShift + offset;
        frame.trust = Trust::registers;
        stacks[0].frames = {frame};
        add_source(stacks, *kernel.code);
        frames = stacks[0].frames;
    }
    void add() {
        add_inlined_arguments(std::span(frames).first(frames.size() - 1), *kernel.code, state,
                              Arch::x86_64, memory);
    }

    fakes::ProfiledKernel kernel;
    fakes::FakeMemory memory;
    arguments::FrameState state;
    std::vector<Frame> frames;
};

}  // namespace

TEST_CASE("frames of inlined functions get the arguments that the debug information places") {
    Stopped at(0x19);
    at.add();
    REQUIRE(at.frames.size() == 3);
    const Frame &page = at.frames[0], &lock = at.frames[1];
    REQUIRE(page.function == "lock_page");
    REQUIRE(page.arguments.size() == 1);
    CHECK(page.arguments[0].name == "page");
    CHECK(page.arguments[0].type == "struct page *");
    CHECK(page.arguments[0].value == 0xffffea0000001240);
    CHECK(page.arguments[0].how.at(0).find("rbp-0x8") != std::string::npos);
    REQUIRE(lock.function == "lock");
    REQUIRE(lock.arguments.size() == 3);
    CHECK(lock.arguments[0].value == kRequest);
    CHECK(lock.arguments[0].how == std::vector<std::string>{"in rbx by debug information"});
    CHECK(lock.arguments[0].trust == Trust::orc);
    CHECK(lock.arguments[0].doubt.empty());
    CHECK(at.frames[2].arguments.empty());  // the real function's are not ours
}

TEST_CASE("an argument that is nowhere any more says why it has no value") {
    Stopped at(0x1c);
    at.add();
    REQUIRE(at.frames.size() == 3);
    REQUIRE(at.frames[0].arguments.size() == 1);
    CHECK(!at.frames[0].arguments[0].value);
    CHECK(at.frames[0].arguments[0].doubt.starts_with("filtered"));  // its slot was not dumped
    REQUIRE(at.frames[1].arguments.size() == 3);
    CHECK(!at.frames[1].arguments[1].value);
    CHECK(at.frames[1].arguments[1].doubt.find("was entered") != std::string::npos);
    CHECK(at.frames[1].arguments[2].index == 2);
    CHECK(at.frames[1].arguments[2].name == "how");
    CHECK(!at.frames[1].arguments[2].value);
    CHECK(at.frames[1].arguments[2].doubt.find("pointers") != std::string::npos);

    Stopped later(0x29);
    later.add();
    REQUIRE(later.frames.size() == 2);
    REQUIRE(later.frames[0].arguments.size() == 3);
    CHECK(!later.frames[0].arguments[0].value);  // its register has another use by now
    CHECK(later.frames[0].arguments[0].doubt.find("does not say") != std::string::npos);
    CHECK(later.frames[0].arguments[1].value == 0u);

    Stopped unknown(0x11);
    unknown.state.registers = {};
    unknown.add();
    REQUIRE(unknown.frames[0].arguments.size() == 3);
    CHECK(!unknown.frames[0].arguments[0].value);
    CHECK(unknown.frames[0].arguments[0].doubt.find("rbx") != std::string::npos);
}

TEST_CASE("frames of other inlined calls than the profile's stay as they are") {
    Stopped at(0x19);
    at.frames[0].function = "somebody";
    at.frames[1].function = "else";
    at.add();
    CHECK(at.frames[0].arguments.empty());
    CHECK(at.frames[1].arguments.empty());
    Stopped moved(0x19);
    moved.state.instruction = VAddr{kLink + kShift + 0x11};  // one call less
    moved.add();
    CHECK(moved.frames[0].arguments.empty());
    CHECK(moved.frames[1].arguments.empty());
    Stopped outside(0x19);
    outside.state.instruction = VAddr{0xffffffffc0000000};
    outside.add();
    CHECK(outside.frames[0].arguments.empty());
    moved.state.instruction = VAddr{kLink + kShift + 0x11};
    add_inlined_arguments({}, *moved.kernel.code, moved.state, Arch::x86_64, moved.memory);
}
