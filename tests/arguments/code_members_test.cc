// Members and bits that made functions use, and strings in made read-only data.
#include "arguments/code_members.h"

#include "arguments/code_image.h"
#include "arguments/code_strings.h"
#include "catch.h"
#include "fakes/fake_types.h"

namespace nfstriage::arguments {
namespace {

using namespace test;

constexpr std::string_view kCode = R"(
.text
reads:
  mov 0x10(%rdi), %rax
  ret
takes_address:
  mov 0x8(%rdi), %rbx
  push %rbx
  lea 0x10(%rbx), %rdi
  call reads
  pop %rbx
  ret
reads_another:
  mov 0x10(%rdi), %rax
  ret
untyped:
  mov 0x10(%rdi), %rax
  ret
test_and_clear:
  lock btrq $9, 0x20(%rdi)
  ret
set:
  lock orb $2, 0x21(%rdi)
  ret
clear:
  lock andb $0xfd, 0x21(%rdi)
  ret
of_another:
  lock btrq $9, 0x20(%rdi)
  ret
variable:
  lock btrq %rsi, 0x20(%rdi)
  ret
not_atomic:
  btrq $9, 0x20(%rdi)
  ret
end:
.section .rodata
last: .byte 0
.section .note.GNU-stack, "", %progbits
)";

constexpr std::string_view kArm = R"(
.arch armv8-a+lse
.text
clear:
  mov x1, #512
  add x2, x0, #0x20
  ldclral x1, x0, [x2]
  ret
other_bit:
  mov x1, #1
  add x2, x0, #0x20
  ldclral x1, x0, [x2]
  ret
exclusive:
1:
  ldxr x1, [x0]
  and x1, x1, #0xfffffffffffffdff
  stxr w2, x1, [x0]
  cbnz w2, 1b
  ret
end:
.section .rodata
last: .byte 0
)";

struct Xprt {
    fakes::FakeTypes types;

    Xprt() {
        types.add("struct rpc_xprt", 0x100, {{"state", 0x10}, {"sock_state", 0x20}});
        types.add("struct rpc_task", 0x40, {{"tk_xprt", 8, 8, 0, 0, "struct rpc_xprt"}});
        types.add("struct page", 0x40, {{"flags", 0}, {"private", 0x10}, {"lru", 0x20}});
        for (const char* name : {"reads", "test_and_clear", "set", "clear", "variable",
                                 "not_atomic", "other_bit", "exclusive"})
            types.add_function(name, {{"xprt", "struct rpc_xprt *"}});
        types.add_function("takes_address", {{"task", "struct rpc_task *"}});
        for (const char* name : {"reads_another", "of_another"})
            types.add_function(name, {{"page", "struct page *"}});
    }
};

}  // namespace

TEST_CASE("a member is used where the base of an access has its type") {
    Image image(kCode);
    Xprt xprt;
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CodeFacts facts(reader, {});
    CodeMembers members(facts, xprt.types);
    auto touches = [&](std::string_view function, std::string_view member) {
        return members.touches(function, "struct rpc_xprt", member).holds;
    };
    CHECK(touches("reads", "state") == Tri::yes);
    CHECK(touches("takes_address", "state") == Tri::yes);
    CHECK(touches("reads", "sock_state") == Tri::unknown);
    CHECK(touches("reads_another", "state") == Tri::unknown);
    CHECK(touches("untyped", "state") == Tri::unknown);
    CHECK(touches("nowhere", "state") == Tri::unknown);
    CHECK(members.touches("reads", "struct rpc_xprt", "gone").reason == Reason::no_type);
}

TEST_CASE("atomic changes of a bit are told by number and member") {
    Image image(kCode);
    Xprt xprt;
    CodeReader reader(image.memory, image.symbols, Arch::x86_64);
    CodeFacts facts(reader, {});
    CodeMembers members(facts, xprt.types);
    auto changes = [&](std::string_view function, unsigned bit) {
        return members.changes_bit(function, "struct rpc_xprt", "sock_state", bit).holds;
    };
    for (std::string_view function : {"test_and_clear", "set", "clear"}) {
        INFO(function);
        CHECK(changes(function, 9) == Tri::yes);
        CHECK(changes(function, 8) == Tri::no);
    }
    CHECK(changes("of_another", 9) == Tri::no);
    CHECK(changes("variable", 9) == Tri::unknown);
    CHECK(changes("not_atomic", 9) == Tri::no);
    CHECK(changes("nowhere", 9) == Tri::unknown);
}

TEST_CASE("aarch64's atomics take the bit from a register") {
    if (!Workshop::has(debuginfo::test::kCrossCompiler)) return;
    Image image(kArm, std::string(debuginfo::test::kCrossCompiler));
    Xprt xprt;
    CodeReader reader(image.memory, image.symbols, Arch::aarch64);
    CodeFacts facts(reader, {});
    CodeMembers members(facts, xprt.types);
    auto changes = [&](std::string_view function, unsigned bit) {
        return members.changes_bit(function, "struct rpc_xprt", "sock_state", bit).holds;
    };
    CHECK(changes("clear", 9) == Tri::yes);
    CHECK(changes("clear", 0) == Tri::no);
    CHECK(changes("other_bit", 9) == Tri::no);
    CHECK(changes("other_bit", 0) == Tri::yes);
    CHECK(changes("exclusive", 9) == Tri::unknown);
}

TEST_CASE("strings of a module are those of its read-only data, without its BTF") {
    constexpr std::uint64_t kModule = 0xffffffffc0100000, kOnly = 0xffffffffc0200000;
    fakes::FakePages memory;
    fakes::FakeSymbols symbols;
    fakes::FakeTypes types;
    std::vector<layout::Module> modules(1);
    modules[0].name = "nfsd";
    modules[0].address = VAddr{kModule};
    memory.map(kOnly, 0x3000);
    memory.put_string(kOnly + 0x0ffb, "closed, ");  // over the end of a page
    memory.put_string(kOnly + 0x100, "it was closed, ");
    memory.put_string(kOnly + 0x200, "opened, later");
    memory.put_string(kOnly + 0x2000, "nfs4_delegation");  // in the BTF
    std::vector<fakes::FakeMember> members = {{"btf_data", 0x80}, {"btf_data_size", 0x88, 4}};
    memory.put(kModule + 0x80, kOnly + 0x2000);
    memory.put(kModule + 0x88, std::uint32_t{0x1000});
    SECTION("struct module_memory") {
        types.add_enumerator("MOD_RODATA", 2);
        members.push_back({"mem[2].base", 0x10});
        members.push_back({"mem[2].size", 0x18, 4});
        memory.put(kModule + 0x10, kOnly);
        memory.put(kModule + 0x18, std::uint32_t{0x3000});
    }
    SECTION("struct module_layout") {
        members.push_back({"core_layout.base", 0x10});
        members.push_back({"core_layout.size", 0x18, 4});
        members.push_back({"core_layout.text_size", 0x1c, 4});
        members.push_back({"core_layout.ro_size", 0x20, 4});
        memory.put(kModule + 0x10, kOnly - 0x4000);
        memory.put(kModule + 0x18, std::uint32_t{0x9000});
        memory.put(kModule + 0x1c, std::uint32_t{0x4000});
        memory.put(kModule + 0x20, std::uint32_t{0x7000});
    }
    types.add("struct module", 0x100, members);
    ReadOnlyData data(memory, symbols, types, modules);
    CodeAnswer found = data.has_string("nfsd", "closed, ");
    CHECK(found.holds == Tri::yes);
    REQUIRE(found.sites.size() == 1);
    CHECK(found.sites[0].value == kOnly + 0x0ffb);
    CHECK(data.has_string("nfsd", "opened, ").holds == Tri::no);
    CHECK(data.has_string("nfsd", "nfs4_delegation").holds == Tri::no);
    CHECK(data.has_string("nfs", "closed, ").holds == Tri::unknown);
    memory.remove(kOnly + 0x1000);
    CHECK(data.has_string("nfsd", "closed, ").holds == Tri::unknown);
    CHECK(data.has_string("nfsd", "it was closed, ").holds == Tri::yes);
}

TEST_CASE("a linked kernel has a string also as the end of another") {
    constexpr std::uint64_t kBegin = 0xffffffff82000000;
    fakes::FakePages memory;
    fakes::FakeSymbols symbols;
    fakes::FakeTypes types;
    ReadOnlyData data(memory, symbols, types, {});
    CHECK(data.has_string("", "closed, ").reason == Reason::no_symbol);
    symbols.add("__start_rodata", kBegin, 0, 'D');
    symbols.add("__end_rodata", kBegin + 0x2000, 0, 'D');
    memory.map(kBegin, 0x2000);
    memory.put_string(kBegin + 0x100, "it was closed, ");
    CHECK(data.has_string("", "closed, ").holds == Tri::yes);
    CHECK(data.has_string("", "it was").holds == Tri::no);
}

}  // namespace nfstriage::arguments
