// Arguments of a small stack of real machine code: what agrees, what contradicts, what is missing.
#include "arguments/recover.h"

#include <algorithm>

#include "catch.h"
#include "fakes/fake_symbols.h"
#include "fakes/fake_types.h"
#include "fakes/memory.h"

using namespace nfstriage;
using namespace nfstriage::arguments;

namespace {

constexpr std::uint64_t kOuter = 0xffffffff81000000, kCaller = 0xffffffff81001000,
                        kCallee = 0xffffffff81002000, kThunk = 0xffffffff81003000;
constexpr std::uint64_t kStack = 0xffffc90000010000;
constexpr std::uint64_t kObject = 0xffff888012345600;

using Code = std::vector<std::uint8_t>;

void append_call(Code& code, std::uint64_t at, std::uint64_t target) {
    auto distance = static_cast<std::uint32_t>(target - (at + code.size() + 5));
    code.push_back(0xe8);
    for (int i = 0; i < 4; ++i) code.push_back(static_cast<std::uint8_t>(distance >> 8 * i));
}

// caller(object) calls callee(&object->at_16), which keeps its argument in rbp and stops.
struct Scene {
    fakes::FakeMemory memory;
    fakes::FakeSymbols symbols;
    fakes::FakeTypes types;
    std::vector<StackFrame> frames;
    std::uint64_t return_to_caller = 0;

    explicit Scene(std::uint64_t call_target = kCallee) {
        symbols.add("outer", kOuter, 0x100);
        symbols.add("caller", kCaller, 0x100);
        symbols.add("callee", kCallee, 0x100);
        symbols.add("__x86_indirect_thunk_r12", kThunk, 0x20);
        types.add_function("caller", {{"object", "struct object *"}});
        types.add_function("callee", {{"part", "struct part *"}});
        Code caller{0x53,                     // push %rbx
                    0x48, 0x89, 0xfb,         // mov  %rdi,%rbx
                    0x48, 0x8d, 0x7b, 0x10};  // lea  0x10(%rbx),%rdi
        append_call(caller, kCaller, call_target);
        return_to_caller = kCaller + caller.size();
        caller.insert(caller.end(), {0x5b, 0xc3});  // pop %rbx; ret
        Code callee{0x55,                           // push %rbp
                    0x48, 0x89, 0xfd,               // mov  %rdi,%rbp
                    0x53,                           // push %rbx
                    0x31, 0xdb,                     // xor  %ebx,%ebx
                    0x31, 0xff,                     // xor  %edi,%edi
                    0x0f, 0x0b,                     // ud2
                    0x5b, 0x5d, 0xc3};
        caller.resize(0x100, 0xcc);
        callee.resize(0x100, 0xcc);
        memory.put(VAddr{kCaller}, caller);
        memory.put(VAddr{kCallee}, callee);
        // rsp at the fault: saved rbx, saved rbp, return address; then saved rbx, return address.
        memory.put(VAddr{kStack}, Code(0x100));
        set(0, kObject);
        set(1, 0x1111);
        set(2, return_to_caller);
        set(3, 0x2222);
        set(4, kOuter + 0x50);

        StackFrame inner;
        inner.function = "callee";
        inner.pc = VAddr{kCallee + 9};
        inner.precise = inner.whole = true;
        inner.calls_inner = false;
        inner.trust = Trust::registers;
        inner.registers.set("rip", kCallee + 9);
        inner.registers.set("rsp", kStack);
        inner.registers.set("rbp", kObject + 0x10);
        inner.registers.set("rbx", 0);
        inner.registers.set("rdi", 0);
        frames.push_back(inner);
        StackFrame outer;
        outer.function = "caller";
        outer.pc = VAddr{return_to_caller};
        outer.trust = Trust::orc;
        outer.registers.set("rip", return_to_caller);
        outer.registers.set("rsp", kStack + 24);
        frames.push_back(outer);
    }

    void set(unsigned word, std::uint64_t value) {
        memory.set<std::uint64_t>(VAddr{kStack + 8 * word}, value);
    }

    Maybe<Argument> ask(std::size_t frame, std::function<Tri(std::string_view, VAddr)> looks = {}) {
        CodeReader code(memory, symbols, Arch::x86_64);
        Recovery recovery({{code, nullptr, {}}, types, std::move(looks)}, frames);
        return recovery.argument(frame, 0, "struct part *");
    }
};

}  // namespace

TEST_CASE("an argument that was moved is found where the callee keeps it and where it came from") {
    Scene scene;
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK(argument->name == "part");
    CAPTURE(argument->doubt, argument->how);
    CHECK(argument->value == kObject + 0x10);
    CHECK(argument->trust == Trust::registers);
    CHECK(argument->doubt.empty());
    // rbp at the fault, and the caller's rbx that the callee saved.
    REQUIRE(argument->how.size() == 2);
    CHECK_THAT(argument->how[0], ContainsSubstring("rbp at callee+0x9"));
    CHECK_THAT(argument->how[1], ContainsSubstring("0xffffc90000010000"));
}

TEST_CASE("the caller's argument follows from a register that its callee saved") {
    Scene scene;
    auto argument = scene.ask(1);
    REQUIRE(argument);
    CHECK(argument->name == "object");
    CHECK(argument->value == kObject);
    CHECK(argument->trust == Trust::orc);
}

TEST_CASE("words that contradict each other leave nothing that a clause could rest on") {
    Scene scene;
    scene.set(0, kObject + 0x100);
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK(argument->trust == Trust::guess);
    CHECK_FALSE(argument->doubt.empty());
}

TEST_CASE("of two guesses that contradict each other none is an argument's value") {
    Scene scene;
    scene.set(0, kObject + 0x100);
    for (StackFrame& frame : scene.frames) frame.trust = Trust::scan;
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CAPTURE(argument->doubt);
    CHECK_FALSE(argument->value);
    CHECK_THAT(argument->doubt, ContainsSubstring("0xffff888012345610"));
    CHECK_THAT(argument->doubt, ContainsSubstring("0xffff888012345710"));
}

TEST_CASE("a missing stack page leaves what the registers tell") {
    Scene scene;
    scene.memory.remove(VAddr{kStack});
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK(argument->value == kObject + 0x10);
    CHECK(argument->how.size() == 1);
}

TEST_CASE("without the text of a function its arguments are unknown, its callee's stay") {
    Scene scene;
    scene.memory.remove(VAddr{kCaller});
    CHECK(scene.ask(0)->value == kObject + 0x10);
    auto argument = scene.ask(1);
    REQUIRE(argument);
    CHECK_FALSE(argument->value);
    CHECK_THAT(argument->doubt, ContainsSubstring("filtered"));
}

TEST_CASE("a call that does not lead to the frame's function hands no argument over") {
    // The caller called outer(), which tail-called callee(): rdi may have become anything.
    Scene scene(kOuter);
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK(argument->value == kObject + 0x10);
    CHECK(argument->how.size() == 1);
}

TEST_CASE("a function that jumps on to the frame's hands over what it leaves in the registers") {
    constexpr std::uint64_t kMiddle = 0xffffffff81004000;
    Scene scene(kMiddle);
    scene.symbols.add("middle", kMiddle, 0x20);
    Code middle{0x48, 0x83, 0xc7, 0x20};  // add $0x20,%rdi
    append_call(middle, kMiddle, kCallee);
    middle[4] = 0xe9;  // jmp callee
    middle.resize(0x20, 0xcc);
    scene.frames[0].registers.values.erase("rbp");
    SECTION("by its only way out") {
        scene.memory.put(VAddr{kMiddle}, middle);
        auto argument = scene.ask(0);
        REQUIRE(argument);
        CHECK(argument->value == kObject + 0x30);
        CHECK(argument->trust == Trust::orc);
    }
    SECTION("less surely where it has others") {
        middle[9] = 0x0f, middle[10] = 0x84, middle[11] = 0x10, middle[12] = 0xff;  // je elsewhere
        middle[13] = 0, middle[14] = 0;
        std::rotate(middle.begin() + 4, middle.begin() + 9, middle.begin() + 15);
        for (int i = 0; i < 4; ++i)
            middle[11 + i] = static_cast<std::uint8_t>((kCallee - (kMiddle + 15)) >> 8 * i);
        scene.memory.put(VAddr{kMiddle}, middle);
        auto argument = scene.ask(0);
        REQUIRE(argument);
        CHECK(argument->value == kObject + 0x30);
        CHECK(argument->trust == Trust::scan);
    }
}

TEST_CASE("an indirect call is believed as far as its pointer is known") {
    auto with_pointer = [](std::uint64_t pointer, bool known) {
        Scene scene;
        Code caller{0x53,                           // push %rbx
                    0x48, 0x89, 0xfb,               // mov  %rdi,%rbx
                    0x48, 0x8d, 0x7b, 0x10};        // lea  0x10(%rbx),%rdi
        caller.insert(caller.end(), {0x48, 0xb8});  // mov  $pointer,%rax
        for (int i = 0; i < 8; ++i) caller.push_back(static_cast<std::uint8_t>(pointer >> 8 * i));
        if (!known) caller.insert(caller.end(), {0x0f, 0x31});  // rdtsc
        caller.insert(caller.end(), {0xff, 0xd0});              // call *%rax
        std::uint64_t back = kCaller + caller.size();
        caller.insert(caller.end(), {0x5b, 0xc3});
        caller.resize(0x100, 0xcc);
        scene.memory.put(VAddr{kCaller}, caller);
        scene.set(2, back);
        scene.frames[1].pc = VAddr{back};
        scene.frames[1].registers.set("rip", back);
        scene.frames[0].registers.values.erase("rbp");
        return scene.ask(0);
    };
    auto right = with_pointer(kCallee, true);
    REQUIRE(right);
    CHECK(right->value == kObject + 0x10);
    CHECK(right->trust == Trust::orc);
    auto unknown = with_pointer(kCallee, false);
    REQUIRE(unknown);
    CHECK(unknown->value == kObject + 0x10);
    CHECK(unknown->trust == Trust::scan);
    auto other = with_pointer(kOuter, true);
    REQUIRE(other);
    CHECK_FALSE(other->value);
}

TEST_CASE("words that come over the same unproved call do not make each other surer") {
    // The pointer that was called is not known, and what it calls may have jumped on to callee().
    Scene scene;
    Code caller{0x53,                     // push %rbx
                0x48, 0x89, 0xfb,         // mov  %rdi,%rbx
                0x48, 0x8d, 0x7b, 0x10,   // lea  0x10(%rbx),%rdi
                0x0f, 0x31, 0xff, 0xd0};  // rdtsc; call *%rax
    std::uint64_t back = kCaller + caller.size();
    caller.resize(0x100, 0xcc);
    scene.memory.put(VAddr{kCaller}, caller);
    scene.set(2, back);
    scene.frames[1].pc = VAddr{back};
    // The same value in two words: what callee() saved, and what it never touched.
    Code callee{0x55, 0x53, 0x31, 0xff, 0x0f, 0x0b};  // push rbp, rbx; xor edi,edi; ud2
    callee.resize(0x100, 0xcc);
    scene.memory.put(VAddr{kCallee}, callee);
    scene.frames[0].pc = VAddr{kCallee + 4};
    scene.frames[0].registers.set("rip", kCallee + 4);
    scene.frames[0].registers.set("rbx", kObject);
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK(argument->value == kObject + 0x10);
    REQUIRE(argument->how.size() == 2);
    CHECK(argument->trust == Trust::scan);
}

TEST_CASE("a system call's entry was called with the registers of user mode") {
    Scene scene;
    scene.symbols = {};
    scene.symbols.add("caller", kCaller, 0x100);
    scene.symbols.add("__x64_sys_close", kCallee, 0x100);
    scene.types.add_function("__x64_sys_close", {{"regs", "const struct pt_regs *"}});
    scene.frames[0].function = "__x64_sys_close";
    scene.frames.resize(1);
    scene.frames[0].registers.values.erase("rbp");
    CodeReader code(scene.memory, scene.symbols, Arch::x86_64);
    CodeRange user{VAddr{kStack + 0x58}, VAddr{kStack + 0x100}};
    Recovery recovery({{code, nullptr, user}, scene.types, {}}, scene.frames);
    auto argument = recovery.argument(0, 0, "");
    REQUIRE(argument);
    CHECK(argument->value == kStack + 0x58);
    CHECK_THAT(argument->how.front(), ContainsSubstring("system call"));
}

TEST_CASE("a frame that was found by scanning hands over nothing certain") {
    Scene scene;
    scene.frames[1].trust = Trust::scan;
    scene.frames[1].calls_inner = false;
    auto argument = scene.ask(1);
    REQUIRE(argument);
    CHECK_FALSE(argument->value);
}

TEST_CASE("code and unwinder that differ about a frame make its arguments unknown") {
    Scene scene;
    scene.frames[1].registers.set("rsp", kStack + 32);
    auto argument = scene.ask(0);
    REQUIRE(argument);
    CHECK_FALSE(argument->value);
    CHECK_THAT(argument->doubt, ContainsSubstring("differ"));
}

TEST_CASE("at last the only word of the frame that looks like such an object is taken, as a scan") {
    Scene scene;
    scene.memory.remove(VAddr{kCaller});
    scene.set(3, kObject + 0x800);
    scene.frames[1].registers.set("rsp", kStack + 24);
    auto is_object = [](std::string_view type, VAddr address) {
        return tri(type == "struct object" && address.value == kObject);
    };
    auto argument = scene.ask(1, is_object);
    REQUIRE(argument);
    // The frame's end is not known without its code: nothing is claimed.
    CHECK_FALSE(argument->value);

    Scene kept;
    kept.memory.remove(VAddr{kCallee});  // what it saved is not known
    auto found = kept.ask(1, is_object);
    REQUIRE(found);
    REQUIRE(found->value == kObject);
    CHECK(found->trust == Trust::scan);
}

TEST_CASE("parameters that the compiler changed are not guessed from registers") {
    Scene scene;
    scene.symbols = {};
    scene.symbols.add("caller", kCaller, 0x100);
    scene.symbols.add("callee.isra.0", kCallee, 0x100);
    scene.frames[0].function = "callee.isra.0";
    CHECK(scene.ask(0).error().reason == Reason::no_type);
}
