#include "facts/source.h"

#include "facts/culprit.h"
#include "fakes/profile.h"

using namespace nfstriage;
using namespace nfstriage::facts;

namespace {

constexpr std::uint64_t kLink = 0xffffffff81000000;
constexpr std::uint64_t kShift = 0x3000000;

// writer() at kLink, 0x40 bytes: line 10, from 0x10 on an inlined helper(), line 3 of another file,
// called in line 12; from 0x20 on line 13.
layout::CodeModel model() {
    layout::CodeModel made;
    auto text = [&](const char* name) { return made.strings.number(name); };
    layout::CodePiece piece;
    piece.begin = piece.entry = kLink;
    piece.end = kLink + 0x40;
    piece.function = text("writer");
    piece.nodes = {{0, text("helper"), text("fs/write.c"), 12}};
    piece.rows = {{0, 0, text("fs/write.c"), 10},
                  {0x10, 1, text("include/help.h"), 3},
                  {0x20, 0, text("fs/write.c"), 13}};
    made.pieces = {piece};
    return made;
}

Frame frame(std::uint64_t offset, Trust trust) {
    Frame result;
    result.function = "writer";
    result.offset = offset;
    result.address = kLink + kShift + offset;
    result.trust = trust;
    return result;
}

fakes::ProfiledKernel kernel() {
    return {
        {{"_stext", kLink, 'T', 0}, {"writer", kLink, 't', 0}, {"_etext", kLink + 0x40, 'T', 0}},
        {{layout::ProfileSection::code, "", layout::write_code_table(model(), 3)}},
        kShift};
}

}  // namespace

TEST_CASE("a frame gets file and line, inlined functions stand in front of it") {
    auto made = kernel();
    std::vector<Stack> stacks(1);
    Frame unknown;
    unknown.function = "elsewhere";
    stacks[0].frames = {unknown, frame(0x12, Trust::registers)};
    stacks[0].culprit = 1;
    add_source(stacks, *made.code);
    REQUIRE(stacks[0].frames.size() == 3);
    CHECK(stacks[0].frames[0].file.empty());
    const Frame& inlined = stacks[0].frames[1];
    CHECK(inlined.function == "helper");
    CHECK(inlined.inlined);
    CHECK(inlined.file == "include/help.h");
    CHECK(inlined.line == 3u);
    CHECK(inlined.trust == Trust::registers);
    CHECK_FALSE(inlined.offset);
    const Frame& real = stacks[0].frames[2];
    CHECK(real.function == "writer");
    CHECK(real.file == "fs/write.c");
    CHECK(real.line == 12u);
    CHECK(real.offset == 0x12u);
    CHECK(stacks[0].culprit == 1);
}

TEST_CASE("a caller's line is that of its call, not of the instruction behind it") {
    auto made = kernel();
    std::vector<Stack> stacks(1);
    stacks[0].frames = {frame(0x20, Trust::orc), frame(0x20, Trust::registers)};
    stacks[0].culprit = 1;
    add_source(stacks, *made.code);
    REQUIRE(stacks[0].frames.size() == 3);
    CHECK(stacks[0].frames[0].function == "helper");
    CHECK(stacks[0].frames[1].line == 12u);
    CHECK(stacks[0].frames[2].line == 13u);  // the instruction itself
    CHECK(stacks[0].culprit == 2);
}

TEST_CASE("a profile's inlined functions do not change who is blamed") {
    auto made = kernel();
    Scene scene;
    scene.input.is_dump = true;
    Stack stack;
    stack.role = StackRole::panic;
    stack.frames = {frame(0x12, Trust::registers)};
    stack.frames[0].function = "nfs_writer";
    stack.frames[0].module = "nfs";
    scene.stacks = {stack};
    scene.crash.emplace();
    scene.crash->kind = CrashKind::soft_lockup;
    scene.crash->top = stack.frames[0];
    Culprit before = find_culprit(scene);
    add_source(scene.stacks, *made.code);
    REQUIRE(scene.stacks[0].frames.size() == 2);
    Culprit after = find_culprit(scene);
    CHECK(before.function == "nfs_writer");
    CHECK(after.function == "nfs_writer");
    CHECK(after.first_nfs_function == before.first_nfs_function);
    CHECK(blamed_frames(scene).frames.size() == 1);
}
