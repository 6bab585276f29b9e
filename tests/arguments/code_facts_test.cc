// What functions do, on code made by the compiler at hand and put where a kernel would have it.
#include "arguments/code_facts.h"

#include <map>

#include "arguments/code_image.h"
#include "catch.h"

namespace nfstriage::arguments {
namespace {

using namespace test;

constexpr std::string_view kX86 = R"(
.text
caller:
  push %rbx
  call callee
  pop %rbx
  ret
tail:
  test %rdi, %rdi
  je other
  jmp callee
through:
  call __SCT__callee
  ret
__SCT__callee:
  jmp callee
  .byte 0x0f, 0xb9, 0xcc
nobody:
  call *%rax
  lea callee(%rip), %rdi
  call other
  ret
itself:
  call itself
  ret
message:
  lea text(%rip), %rdi
  call other
  mov $long_text, %rsi
  ret
callee:
  xor %eax, %eax
  ret
other:
  ret
end:
.section .rodata
text: .asciz "\0014NFS: it failed (%d)\n"
long_text: .asciz "no more of it"
last: .byte 0
.section .note.GNU-stack, "", %progbits
)";

constexpr std::string_view kArm = R"(
.text
caller:
  stp x29, x30, [sp, #-16]!
  bl callee
  ldp x29, x30, [sp], #16
  ret
tail:
  b callee
through:
  bl 1f
  ret
padding:
  nop
1:
  adrp x16, callee
  add x16, x16, #:lo12:callee
  br x16
nobody:
  adr x0, callee
  blr x1
  ret
message:
  adrp x0, text
  nop
  add x0, x0, #:lo12:text
  ret
callee:
  mov x0, #0
  ret
end:
.section .rodata
text: .asciz "NFS: it failed"
last: .byte 0
)";

Tri calls(Image& image, Arch arch, std::string_view a, std::string_view b) {
    CodeReader reader(image.memory, image.symbols, arch);
    return CodeFacts(reader, {}).calls(a, b).holds;
}

// Made-up inlining: which functions stand at which address.
InlineSource inlined(std::map<std::uint64_t, std::vector<std::string>> at, std::string outer) {
    InlineSource source;
    source.source_of = [at = std::move(at), outer = std::move(outer)](
                           VAddr address) -> Maybe<std::vector<layout::SourceFrame>> {
        std::vector<layout::SourceFrame> frames;
        if (auto found = at.find(address.value); found != at.end())
            for (const std::string& name : found->second) frames.push_back({name, "", 0, true});
        frames.push_back({outer, "", 0, false});
        return frames;
    };
    source.hosts = [](std::string_view) { return std::vector<std::string>(); };
    return source;
}

}  // namespace

TEST_CASE("calls, tail jumps and trampolines lead to a function; pointers to nobody") {
    Image x86(kX86);
    CHECK(calls(x86, Arch::x86_64, "caller", "callee") == Tri::yes);
    CHECK(calls(x86, Arch::x86_64, "tail", "callee") == Tri::yes);
    CHECK(calls(x86, Arch::x86_64, "tail", "other") == Tri::yes);
    CHECK(calls(x86, Arch::x86_64, "through", "callee") == Tri::yes);
    CHECK(calls(x86, Arch::x86_64, "itself", "itself") == Tri::yes);
    // Without a profile another function of the module may be inlined.
    CHECK(calls(x86, Arch::x86_64, "nobody", "callee") == Tri::unknown);
    CHECK(calls(x86, Arch::x86_64, "absent", "callee") == Tri::unknown);
    if (!Workshop::has(debuginfo::test::kCrossCompiler)) return;
    Image arm(kArm, std::string(debuginfo::test::kCrossCompiler));
    CHECK(calls(arm, Arch::aarch64, "caller", "callee") == Tri::yes);
    CHECK(calls(arm, Arch::aarch64, "tail", "callee") == Tri::yes);
    CHECK(calls(arm, Arch::aarch64, "through", "callee") == Tri::yes);
    CHECK(calls(arm, Arch::aarch64, "nobody", "callee") == Tri::unknown);
}

TEST_CASE("an answer names the instruction that shows it") {
    Image image(kX86);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CodeAnswer answer = CodeFacts(reader, {}).calls("caller", "callee");
    CHECK(answer.why == "caller+0x1 calls callee");
    REQUIRE(answer.sites.size() == 1);
    CHECK(answer.sites[0] == image.address("caller") + 1);
}

TEST_CASE("that a function calls another is denied only where nothing can hide it") {
    Image image(kX86);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    VAddr nobody = image.address("nobody");
    SECTION("a profile tells that it is not inlined") {
        CodeFacts facts(reader, inlined({}, "nobody"));
        CHECK(facts.calls("nobody", "callee").holds == Tri::no);
        CHECK(facts.inlines("nobody", "callee").holds == Tri::no);
    }
    SECTION("or that it is") {
        CodeFacts facts(reader, inlined({{nobody.value, {"callee"}}}, "nobody"));
        CHECK(facts.calls("nobody", "callee").holds == Tri::yes);
        CHECK(facts.inlines("nobody", "callee").holds == Tri::yes);
        CHECK(facts.inlines("nobody", "other").holds == Tri::yes);  // called
    }
    SECTION("a global function of vmlinux is never inlined into a module") {
        image.symbols.add("kfree", 0xffffffff81001000, 64, 'T');
        image.symbols.add("hidden", 0xffffffff81001040, 64, 't');
        CodeFacts facts(reader, {});
        CHECK(facts.calls("nobody", "kfree").holds == Tri::no);
        CHECK(facts.calls("nobody", "hidden").holds == Tri::unknown);
        CHECK(facts.inlines("nobody", "hidden").holds == Tri::unknown);
    }
    SECTION("missing text hides everything") {
        image.memory.remove(kText);
        CodeAnswer answer = CodeFacts(reader, inlined({}, "nobody")).calls("nobody", "callee");
        CHECK(answer.holds == Tri::unknown);
        CHECK(answer.reason == Reason::filtered);
    }
}

TEST_CASE("calls of what was inlined into a function are not its own") {
    Image image(kX86);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    std::uint64_t site = image.address("caller").value + 1;
    CodeFacts facts(reader, inlined({{site, {"helper"}}}, "caller"));
    CHECK(facts.calls("caller", "callee", CallScope::body).holds == Tri::yes);
    CHECK(facts.calls("caller", "callee", CallScope::own).holds != Tri::yes);
    CHECK(CodeFacts(reader, {}).calls("caller", "callee", CallScope::own).holds == Tri::unknown);
}

TEST_CASE("a function that is inlined everywhere is found in its hosts") {
    Image image(kX86);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    std::uint64_t site = image.address("caller").value + 1;
    InlineSource source = inlined({{site, {"helper"}}}, "caller");
    source.hosts = [](std::string_view name) {
        return name == "helper" ? std::vector<std::string>{"caller"} : std::vector<std::string>{};
    };
    CodeFacts facts(reader, source);
    CHECK(facts.calls("helper", "callee").holds == Tri::yes);
    CHECK(facts.calls("helper", "other").holds == Tri::unknown);
    CHECK(facts.exists("helper").holds == Tri::yes);
    CHECK(facts.exists("callee").holds == Tri::yes);
    CHECK(facts.exists("nowhere").holds == Tri::no);
    CHECK(CodeFacts(reader, {}).exists("nowhere").holds == Tri::unknown);
}

TEST_CASE("strings that a function refers to") {
    Image image(kX86);
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CodeFacts facts(reader, {});
    CHECK(facts.refers_to_text("message", "NFS: it failed", false).holds == Tri::yes);
    CHECK(facts.refers_to_text("message", "NFS: it failed", true).holds == Tri::no);
    CHECK(facts
              .refers_to_text("message",
                              "\x01"
                              "4NFS: it failed (%d)\n",
                              true)
              .holds == Tri::yes);
    CHECK(facts.refers_to_text("message", "no more of it", true).holds == Tri::yes);
    CHECK(facts.refers_to_text("caller", "NFS", false).holds == Tri::no);
    SECTION("a string that was not dumped is no string that is not there") {
        image.memory.remove(kData);
        CHECK(facts.refers_to_text("message", "NFS", false).holds == Tri::unknown);
    }
    if (!Workshop::has(debuginfo::test::kCrossCompiler)) return;
    Image arm(kArm, std::string(debuginfo::test::kCrossCompiler));
    CodeReader words(arm.memory, arm.symbols, Arch::aarch64);
    CHECK(CodeFacts(words, {}).refers_to_text("message", "it failed", false).holds == Tri::yes);
}

}  // namespace nfstriage::arguments
