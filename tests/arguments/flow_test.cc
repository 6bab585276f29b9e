// Data flow over functions written by hand.
#include "arguments/flow.h"

#include "arguments/flow_graph.h"
#include "catch.h"
#include "flow_build.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using namespace nfstriage::arguments::build;

TEST_CASE("at its entry a function holds what its caller gave it") {
    Flowed f(function({nop(), ret()}), place(0));
    CHECK(f(rdi) == "entry 7");
    CHECK(f(rsp) == "frame-8");
    CHECK(f.all_paths_seen());
    Flowed arm(function({nop(), ret()}), place(0), Arch::aarch64);
    CHECK(arm(sp) == "frame");
    CHECK(arm(x30) == "entry 30");
}

TEST_CASE("an argument is followed into a callee-saved register, a slot and back") {
    Flowed f(function({push(rbx), add(rsp, rsp, -16), copy(rbx, rdi), store(at(rsp, 8), rsi),
                       call(), load(rdx, at(rsp, 8)), add(rdx, rdx, 40), call(), ret()}),
             place(7));
    CHECK(f(rbx) == "entry 7");
    CHECK(f.at_slot(-16) == "entry 3");
    CHECK(f.at_slot(-24) == "entry 6");
    CHECK(f(rdx) == "entry 6+40");
    CHECK(f(rsp) == "frame-32");
    CHECK(f(rax) == "result 0");
    CHECK(f(rdi) == "result 7");
}

TEST_CASE("an instruction that is none, or that nothing leads to, has no state") {
    FunctionCode code = function({jump(place(2)), nop(), ret()});
    CHECK(Flowed(code, place(0) + 2).error().reason == Reason::corrupt);
    CHECK(Flowed(code, place(1)).error().reason == Reason::corrupt);
    CHECK(Flowed(code, place(2)).known());
}

TEST_CASE("a callee-saved register holds its caller's value again behind the epilogue") {
    Flowed f(function({push(rbp), push(rbx), copy(rbx, rdi), call(), pop(rbx), pop(rbp), ret()}),
             place(6));
    CHECK(f(rbx) == "entry 3");
    CHECK(f(rbp) == "entry 5");
    CHECK(f(rsp) == "frame-8");
    // An interrupt may have overwritten what was popped.
    CHECK(f.at_slot(-24) == "unknown");
}

TEST_CASE(
    "where ways meet, equal values stay and others become one symbol for all that share them") {
    FunctionCode code = function({copy(rbx, rdi), copy(rbp, rdi), store(at(rsp, 0x20), rdi),
                                  copy(r13, rsi), branch(place(8)), copy(rbx, rsi), copy(rbp, rsi),
                                  store(at(rsp, 0x20), rsi), nop(), ret()});
    Flowed f(code, place(9));
    CHECK(f(rdi) == "entry 7");
    CHECK(f(r13) == "entry 6");
    CHECK(f(rbx) == "merged");
    CHECK(f.reg(rbx) == f.reg(rbp));
    CHECK(f.reg(rbx) == f.slot(0x18));
    CHECK(f.symbol(f.reg(rbx)).instruction == VAddr{place(8)});
    CHECK(f(rdx) == "entry 2");
}

TEST_CASE("only the ways that lead to an instruction count") {
    FunctionCode code =
        function({copy(rbx, rdi), branch(place(4)), call(), ret(), copy(rbx, rsi), call(), ret()});
    CHECK(Flowed(code, place(2))(rbx) == "entry 7");
    CHECK(Flowed(code, place(5))(rbx) == "entry 6");
}

TEST_CASE("a loop keeps what it does not change and never mixes rounds up") {
    // rbx: untouched; rbp: the list entry; r12: the entry of the round before
    FunctionCode code =
        function({copy(rbx, rdi), copy(rbp, rsi), copy(r12, rsi), call(), copy(r12, rbp),
                  load(rbp, at(rbp, 8)), branch(place(3)), call(), ret()});
    Flowed head(code, place(3));
    CHECK(head(rbx) == "entry 7");
    CHECK(head(rbp) == "merged");
    CHECK(head(r12) == "merged");
    CHECK(head.reg(rbp).symbol != head.reg(r12).symbol);
    Flowed behind(code, place(6));
    CHECK(behind(rbp) == "[merged+8]");
    CHECK(behind.symbol(behind.reg(rbp)).from.symbol == behind.reg(r12).symbol);
}

TEST_CASE("what a call gave back in the round before is not what it gives back now") {
    FunctionCode code =
        function({set(rbx, 0), call(), copy(rbp, rbx), copy(rbx, rax), branch(place(1)), ret()});
    Flowed f(code, place(5));
    CHECK(f(rbx) == "result 0");
    CHECK(f(rbp) == "merged");
    CHECK(Flowed(code, place(1))(rbx) == "merged");
}

TEST_CASE("a slot whose address was handed out is unknown behind the next call") {
    FunctionCode code = function({push(rbx), add(rsp, rsp, -0x20), store(at(rsp, 0x8), rdi),
                                  store(at(rsp, 0x10), rsi), store(at(rsp, 0x18), rsi),
                                  add(rdi, rsp, 0x10), call(), ret()});
    Flowed before(code, place(6));
    CHECK(before(rdi) == "frame-32");
    CHECK_FALSE(before.exposed(-0x28));
    CHECK(before.exposed(-0x20));
    CHECK(before.exposed(-0x18));
    CHECK_FALSE(before.exposed(-0x10));  // the caller's rbx
    Flowed behind(code, place(7));
    CHECK(behind.at_slot(-0x28) == "entry 7");
    CHECK(behind.at_slot(-0x20) == "unknown");
    CHECK(behind.at_slot(-0x18) == "unknown");
    CHECK(behind.at_slot(-0x10) == "entry 3");
}

TEST_CASE("a store through a pointer can hit only slots that were handed out") {
    FunctionCode code =
        function({add(rsp, rsp, -0x20), store(at(rsp, 0), rdi), store(at(rsp, 8), rsi),
                  store(at(rdx, 8), rsi), add(rax, rsp, 8), store(at(rdx, 8), rsi), ret()});
    CHECK(Flowed(code, place(4)).at_slot(-0x20) == "entry 6");
    CHECK(Flowed(code, place(6)).at_slot(-0x20) == "unknown");
    CHECK(Flowed(code, place(6)).at_slot(-0x28) == "entry 7");
}

TEST_CASE("a stack address that only the frame pointer held counts as handed out once it is lost") {
    FunctionCode code = function({add(rsp, rsp, -0x20), store(at(rsp, 8), rdi), add(rbp, rsp, 8),
                                  branch(place(5)), copy(rbp, rsi), call(), ret()});
    CHECK(Flowed(code, place(4)).exposed(-0x20) == false);
    CHECK(Flowed(code, place(5)).exposed(-0x20));
    CHECK(Flowed(code, place(6)).at_slot(-0x20) == "unknown");
    // An address inside of a slot hands out the whole of it.
    FunctionCode odd = function({store(at(rsp, -8), rdi), add(rdx, rsp, -3), call(), ret()});
    CHECK(Flowed(odd, place(3)).at_slot(-0x10) == "unknown");
}

TEST_CASE("a small store makes a slot unknown, a small load gives the low bits") {
    FunctionCode code =
        function({add(rsp, rsp, -0x10), store(at(rsp, 0), rdi), load(rax, at(rsp, 0, 4)),
                  copy(rdx, rdi, 32), store(at(rsp, 4, 4), rsi), load(rcx, at(rsp, 0)), ret()});
    Flowed f(code, place(6));
    CHECK(f(rax) == "entry 7/32");
    CHECK(f(rdx) == "entry 7/32");
    CHECK(f(rcx) == "[frame-24]");
    CHECK(f.at_slot(-24) == f(rcx));
}

TEST_CASE("stack arguments are those of the caller until they are overwritten") {
    FunctionCode code =
        function({load(rax, at(rsp, 8)), store(at(rsp, 16), rdi), load(rdx, at(rsp, 16)), ret()});
    Flowed f(code, place(3));
    CHECK(f(rax) == "stacked0");
    CHECK(f(rdx) == "entry 7");
}

TEST_CASE("an instruction that may not happen leaves nothing known of what it writes") {
    isa::Instruction maybe = store(at(rsp, -16), rsi);
    maybe.conditional = true;
    isa::Instruction moved = copy(rbx, rsi);
    moved.conditional = true;
    Flowed f(function({store(at(rsp, -16), rdi), maybe, moved, ret()}), place(3));
    CHECK(f.at_slot(-24) == "unknown");
    CHECK(f(rbx) == "other");
}

TEST_CASE("an aligned stack pointer is a base of its own, slots by the frame pointer stay") {
    isa::Instruction align = compute(rsp, rsp);
    FunctionCode code = function({push(rbp), copy(rbp, rsp), push(rbx), align, add(rsp, rsp, -0x40),
                                  store(at(rsp, 0x18), rdi), call(), load(rdi, at(rsp, 0x18)),
                                  load(rbx, at(rbp, -8)), call(), ret()});
    Flowed f(code, place(9));
    CHECK(f(rdi) == "entry 7");
    CHECK(f(rbx) == "entry 3");
    REQUIRE(f.result().state.moved);
    CHECK(f.reg(rsp).symbol == *f.result().state.moved);
    CHECK(f.text(f.result().state.moved_slots.at(-0x28).value) == "entry 7");
}

TEST_CASE("calls of the function tracer change nothing on x86_64") {
    fakes::FakeSymbols symbols;
    symbols.add("__fentry__", 0xffffffff81a00000, 0x100);
    symbols.add("other_function", 0xffffffff81b00000, 0x100);
    auto traced = [](std::uint64_t to) {
        return function({call(to), copy(rbx, rdi), call(), ret()});
    };
    CHECK(Flowed(traced(0xffffffff81a00000), place(2), Arch::x86_64, symbols)(rbx) == "entry 7");
    CHECK(Flowed(traced(0xffffffff81b00000), place(2), Arch::x86_64, symbols)(rbx) == "result 7");
    // A trampoline that the kernel made for tracing has no symbol.
    CHECK(Flowed(traced(0xffffffffc1230000), place(2), Arch::x86_64, symbols)(rbx) == "entry 7");
}

TEST_CASE("the tracer's call on aarch64 keeps the arguments and not the return address") {
    fakes::FakeSymbols symbols;
    symbols.add("ftrace_caller", 0xffffffff81a00000, 0x100);
    FunctionCode code = function({copy(x9, x30), call(), copy(x19, x0), call(), ret()});
    Flowed f(code, place(3), Arch::aarch64, symbols);
    CHECK(f(x19) == "entry 0");
    CHECK(f(x9) == "result 9");
    CHECK(f(x30) == "result 30");
}

TEST_CASE("aarch64 pairs save and restore the caller's registers, signed return address included") {
    isa::Instruction sign = compute(x30, x30);  // paciasp
    isa::Instruction enter = plain();
    add_store(enter, at(sp, -0x30), x29);
    add_store(enter, at(sp, -0x28), x30);
    add_sum(enter, sp, -0x30);
    isa::Instruction save = plain();
    add_store(save, at(sp, 0x10), x19);
    add_store(save, at(sp, 0x18), x20);
    isa::Instruction restore = plain();
    add_load(restore, x19, at(sp, 0x10));
    add_load(restore, x20, at(sp, 0x18));
    isa::Instruction leave = plain();
    add_load(leave, x29, at(sp, 0));
    add_load(leave, x30, at(sp, 8));
    add_sum(leave, sp, 0x30);
    FunctionCode code =
        function({sign, enter, copy(x29, sp), save, copy(x19, x0), add(x0, sp, 0x20), call(),
                  copy(x20, x19), call(), restore, leave, ret()});
    Flowed inside(code, place(8), Arch::aarch64);
    CHECK(inside(x29) == "frame-48");
    CHECK(inside(x20) == "entry 0");
    CHECK(inside.at_slot(-0x30) == "entry 29");
    CHECK(inside.at_slot(-0x20) == "entry 19");
    Flowed behind(code, place(11), Arch::aarch64);
    CHECK(behind(x19) == "entry 19");
    CHECK(behind(x20) == "entry 20");
    CHECK(behind(x29) == "entry 29");
    CHECK(behind(sp) == "frame");
}

TEST_CASE("a cold part is entered with the state of the jump to it, and left with its own") {
    FunctionCode code =
        function({copy(rbx, rdi), copy(rbp, rsi), branch(kColdText), call(), ret()});
    add_part(code, kColdText, {call(), copy(rbp, rax), jump(place(3))});
    Flowed cold(code, kColdText);
    CHECK(cold(rbx) == "entry 7");
    CHECK(cold(rbp) == "entry 6");
    Flowed f(code, place(3));
    CHECK(f(rbx) == "entry 7");
    CHECK(f(rbp) == "merged");
}

TEST_CASE("a tail call ends a path, an unresolved switch makes paths uncertain") {
    auto with = [](isa::Instruction before) {
        return function({before, copy(rbx, rdi), branch(place(5)), copy(rbx, rsi),
                         jump_through(rax), call(), ret()});
    };
    Flowed tail(with(nop()), place(5));
    CHECK(tail(rbx) == "entry 7");
    CHECK(tail.all_paths_seen());
    CHECK_FALSE(Flowed(with(push(rbx)), place(5)).all_paths_seen());
}

TEST_CASE("a function with more ways than can be followed is given up, in bounded memory") {
    FunctionCode code;
    code.name = "f";
    code.entry = VAddr{kText};
    constexpr std::size_t kJumps = 3000;  // a linkage table: each entry loads and jumps
    for (std::size_t i = 0; i < 2 * kJumps; ++i) {
        code.instructions.push_back(i % 2 == 0 ? push(rbx) : jump_through(rax));
        code.instructions.back().address = place(i);
    }
    code.parts.push_back({VAddr{kText}, VAddr{place(2 * kJumps)}});
    code.complete = true;
    fakes::FakeSymbols symbols;
    auto lost = state_before(code, Arch::x86_64, VAddr{place(1)}, symbols);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().reason == Reason::budget);
}

TEST_CASE("a switch leads to the places in its table, without one to code that nothing leads to") {
    FunctionCode code =
        function({push(rbx), copy(rbx, rdi), jump_through(rax), copy(rbx, rsi), call(), ret()});
    Flowed guessed(code, place(4));
    CHECK(guessed(rbx) == "entry 6");
    CHECK_FALSE(guessed.all_paths_seen());
    code.jump_tables.push_back({VAddr{place(2)}, {VAddr{place(3)}, VAddr{place(4)}}});
    Flowed f(code, place(4));
    CHECK(f(rbx) == "merged");
    CHECK(f.all_paths_seen());
}

TEST_CASE("behind a trap or an endless call another stack depth is another way's") {
    FunctionCode code = function(
        {branch(place(3)), push(rbx), flow(isa::Flow::trap), copy(rbx, rdi), call(), ret()});
    CHECK(Flowed(code, place(4))(rsp) == "frame-8");
    fakes::FakeSymbols symbols;
    symbols.add("__stack_chk_fail", 0xffffffff81a00000, 0x100);
    FunctionCode endless =
        function({branch(place(3)), copy(rdi, rsi), call(), copy(rbx, rdi), call(), ret()});
    CHECK(Flowed(endless, place(4), Arch::x86_64, symbols)(rbx) == "entry 7");
    CHECK(Flowed(endless, place(4))(rbx) == "merged");
}

TEST_CASE("what a load came from stays, per-CPU loads say so") {
    isa::MemoryOperand percpu;
    percpu.displacement = 0x1fbc0;
    percpu.segment = isa::MemoryOperand::Segment::gs;
    percpu.size = 8;
    Flowed f(function({load(rbx, at(rdi, 0x28)), load(rbx, at(rbx, 0x10)), load(rax, percpu),
                       load(rdx, at(rsi, 4, 4)), ret()}),
             place(4));
    CHECK(f(rbx) == "[[entry 7+40]+16]");
    CHECK(f(rax) == "[129984]");
    CHECK(f.symbol(f.reg(rax)).segment == isa::MemoryOperand::Segment::gs);
    CHECK(f.symbol(f.reg(rdx)).size == 4);
}

TEST_CASE("thunks of indirect calls name their register") {
    CHECK(thunk_register("__x86_indirect_thunk_r15") == isa::Register{15});
    CHECK(thunk_register("__x86_indirect_call_thunk_rax") == rax);
    CHECK_FALSE(thunk_register("__x86_indirect_thunk_array"));
    CHECK_FALSE(thunk_register("__x86_return_thunk"));
}

TEST_CASE("damaged code gets an answer and not more time than it is worth") {
    CHECK(state_before(FunctionCode{}, Arch::x86_64, VAddr{kText}, fakes::FakeSymbols{})
              .error()
              .reason == Reason::corrupt);
    CHECK(state_before(function({ret()}), Arch::s390x, VAddr{kText}, fakes::FakeSymbols{})
              .error()
              .reason == Reason::unsupported_arch);
    // A part whose entry was not decoded.
    FunctionCode code = function({nop(), ret()});
    code.entry = VAddr{kText - 16};
    CHECK_FALSE(Flowed(code, place(1)).known());
}

TEST_CASE("stores of any size and at any distance end, and forget what they may reach") {
    constexpr std::int64_t kFar = INT64_MAX - 3;
    isa::Instruction far = store(at(rsp, kFar), rdi);
    far.memory[0].size = 4;
    isa::Instruction wide = store(at(rsp, 8), rdi);
    wide.memory[0].size = UINT32_MAX;
    FunctionCode code = function({push(rbx), add(rsp, rsp, -0x20), store(at(rsp, 0x10), rsi), far,
                                  nop(), wide, nop(), ret()});
    CHECK(Flowed(code, place(4)).at_slot(-0x20) == "entry 6");
    CHECK(Flowed(code, place(6)).at_slot(-0x20) == "unknown");
}
