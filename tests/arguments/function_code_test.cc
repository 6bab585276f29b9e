// Functions read from a memory that holds assembled text.
#include "arguments/function_code.h"

#include "arguments/code_image.h"
#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using test::Image;
using test::kText;

namespace {

constexpr std::string_view kColdParts = R"(
    .text
__pfx_plain: nop
    nop
plain: push %rbx
    test %edi, %edi
    jne plain.cold
1:  pop %rbx
    ret
    int3
same: test %edi, %edi
    je same.cold
    ret
other: nop
    ret
plain.cold: call other
    jmp 1b
same.cold: jmp other
lonely: nop
    ret
lonely.cold.7: jmp lonely
end: nop
)";

}  // namespace

TEST_CASE("a function comes whole, from any address in it, with the cold part it jumps to") {
    Image image(kColdParts);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    auto code = reader.function_at(image.address("plain") + 1);
    REQUIRE(code);
    CHECK((*code)->name == "plain");
    CHECK((*code)->module == "nfs");
    CHECK((*code)->complete);
    CHECK((*code)->entry == image.address("plain"));
    REQUIRE((*code)->parts.size() == 2);
    CHECK((*code)->parts[1].begin == image.address("plain.cold"));
    // A frame inside the cold part: the same function, read once.
    auto cold = reader.function_at(image.address("plain.cold") + 5);
    REQUIRE(cold);
    CHECK(*cold == *code);
    const isa::Instruction* call = (*code)->before(image.address("plain.cold") + 5);
    REQUIRE(call);
    CHECK(call->flow == isa::Flow::call);
    CHECK((*code)->at(VAddr{call->address}) == call);
    CHECK((*code)->at(VAddr{call->address + 1}) == nullptr);
    CHECK((*code)->before(VAddr{call->address + 1}) == nullptr);
    CHECK((*code)->before((*code)->entry) == nullptr);
    CHECK_FALSE((*code)->contains(image.address("other")));
}

TEST_CASE("a cold part that is asked for first leads to its function") {
    Image image(kColdParts);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CHECK((*reader.function_at(image.address("same.cold")))->entry == image.address("same"));
    // Nothing jumps there: an exception leads to it.
    auto lonely = reader.function_at(image.address("lonely.cold.7"));
    REQUIRE(lonely);
    CHECK((*lonely)->entry == image.address("lonely"));
    CHECK((*lonely)->parts.size() == 2);
}

TEST_CASE("of several functions of one name the one that jumps there owns the cold part") {
    Image image(R"(
    .text
first: nop
    ret
second: jne part
    ret
part: jmp second
end: nop
)");
    fakes::FakeSymbols symbols;
    std::uint64_t first = image.address("first").value, second = image.address("second").value,
                  part = image.address("part").value;
    symbols.add("twin.isra.0", first, second - first, 't', "nfs");
    symbols.add("twin.isra.0", second, part - second, 't', "nfs");
    symbols.add("twin.isra.0.cold", part, image.address("end").value - part, 't', "nfs");
    CodeReader reader(image.memory, symbols, Arch::x86_64);
    CHECK((*reader.function_at(VAddr{part}))->entry == VAddr{second});
}

TEST_CASE("what is no function has no code") {
    Image image(kColdParts);
    image.symbols.add("table", test::kData, 64, 'd', "nfs");
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CHECK(reader.function_at(image.address("__pfx_plain")).error().reason == Reason::no_symbol);
    CHECK(reader.function_at(VAddr{test::kData + 8}).error().reason == Reason::no_symbol);
    CHECK(reader.function_at(VAddr{0xffffffffc0900000}).error().reason == Reason::no_symbol);
    image.memory.remove(kText);
    CHECK(reader.function_at(image.address("plain")).error().reason == Reason::filtered);
    CodeReader strange(image.memory, image.symbols, Arch::s390x);
    CHECK(strange.function_at(image.address("plain")).error().reason != Reason::corrupt);
}

TEST_CASE("a missing page leaves what stands before it, on aarch64 what stands behind it too") {
    std::string text = "\t.text\nf:\n\t.rept 3000\n\tnop\n\t.endr\n\tret\nend: nop\n";
    Image x86(text);
    x86.memory.map(kText, 0x4000);
    CodeReader whole(x86.memory, x86.symbols, Arch::x86_64);
    CHECK((*whole.function_at(VAddr{kText}))->complete);
    Image arm(text, "aarch64-linux-gnu-gcc");
    arm.memory.remove(kText + 0x1000);
    CodeReader reader(arm.memory, arm.symbols, Arch::aarch64);
    auto code = reader.function_at(VAddr{kText + 0x2000});
    REQUIRE(code);
    CHECK_FALSE((*code)->complete);
    CHECK_THAT((*code)->why, ContainsSubstring("filtered"));
    CHECK((*code)->at(VAddr{kText + 0xffc}));
    CHECK_FALSE((*code)->at(VAddr{kText + 0x1000}));
    CHECK((*code)->at(VAddr{kText + 0x2000}));
}

TEST_CASE("bytes that do not decode are told from data that nothing leads to") {
    Image x86("\t.text\nf: nop\n\t.byte 0x06\n\tnop\nend: nop\n");
    CodeReader reader(x86.memory, x86.symbols, Arch::x86_64);
    auto code = reader.function_at(VAddr{kText});
    REQUIRE(code);
    CHECK_FALSE((*code)->complete);
    CHECK((*code)->instructions.size() == 1);
    // In front of a traced aarch64 function stands a pointer for the tracer.
    constexpr std::string_view kWord = "\t.text\nf: nop\n\tret\n\t.word 0xffff8000\nend: nop\n";
    Image data(kWord, "aarch64-linux-gnu-gcc");
    CodeReader arm(data.memory, data.symbols, Arch::aarch64);
    CHECK((*arm.function_at(VAddr{kText}))->complete);
    Image reached("\t.text\nf: nop\n\t.word 0xffff8000\n\tret\nend: nop\n",
                  "aarch64-linux-gnu-gcc");
    CodeReader other(reached.memory, reached.symbols, Arch::aarch64);
    auto opaque = other.function_at(VAddr{kText});
    CHECK_FALSE((*opaque)->complete);
    REQUIRE((*opaque)->instructions.size() >= 3);
    CHECK((*opaque)->instructions[1].writes == 0x7fffffff);
}

TEST_CASE("calls are followed through code that only jumps on") {
    Image image(R"(
    .text
trampoline: jmp target
    int3
wrapper: .byte 0x0f, 0x1f, 0x44, 0, 0
    jmp target
loop: jmp loop
target: push %rbx
    ret
end: nop
)");
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CHECK(reader.follow_jumps(image.address("trampoline")) == image.address("target"));
    CHECK(reader.follow_jumps(image.address("wrapper")) == image.address("wrapper"));
    CHECK(reader.follow_jumps(image.address("target")) == image.address("target"));
    CHECK(reader.follow_jumps(image.address("loop")) == image.address("loop"));
    CHECK(reader.follow_jumps(VAddr{0x1000}) == VAddr{0x1000});
}

TEST_CASE("calls are followed through the veneers of aarch64 modules") {
    Image image(R"(
    .text
plt: hint #34
    adrp x16, target
    add x16, x16, :lo12:target
    br x16
veneer: movn x16, #0x3fff, lsl #16
    movk x16, #0xc000, lsl #16
    movk x16, #0x0100
    br x16
other: adrp x16, target
    ldr x16, [x16]
    br x16
    .balign 256
target: ret
end: nop
)",
                "aarch64-linux-gnu-gcc");
    CodeReader reader(image.memory, image.symbols, Arch::aarch64);
    CHECK(reader.follow_jumps(image.address("plt")) == image.address("target"));
    CHECK(reader.follow_jumps(image.address("veneer")) == VAddr{0xffffffffc0000100});
    CHECK(reader.follow_jumps(image.address("other")) == image.address("other"));
}

TEST_CASE("a switch's table is read, up to where it leaves the function") {
    Image image(R"(
    .text
f:  jmp *table(,%rdi,8)
a:  nop
    ret
b:  ret
end: nop
    .section .rodata
table: .quad .La, .Lb, .La, 0
)"
                "    .text\n    .set .La, a\n    .set .Lb, b\n");
    fakes::FakeSymbols symbols;
    symbols.add("f", kText, image.address("end") - image.address("f"), 't', "nfs");
    CodeReader reader(image.memory, symbols, Arch::x86_64);
    auto code = reader.function_at(VAddr{kText});
    REQUIRE(code);
    REQUIRE((*code)->jump_tables.size() == 1);
    CHECK((*code)->jump_tables[0].jump == VAddr{kText});
    CHECK((*code)->jump_tables[0].targets ==
          std::vector<VAddr>{image.address("a"), image.address("b")});
    image.memory.remove(test::kData);
    CodeReader without(image.memory, symbols, Arch::x86_64);
    CHECK((*without.function_at(VAddr{kText}))->jump_tables.empty());
}
