// Unwinding aarch64: frame records with and without signatures, exceptions in the old and the new
// form of pt_regs, stack switches, leaf functions, and the ways in which a stack may end.
#include "x86_scene.h"

namespace nfstriage::unwind::test {
namespace {

struct ArmScene {
    static constexpr std::uint64_t kText = 0xffff800008000000;
    static constexpr std::uint64_t kStack = 0xffff80000a000000;
    static constexpr std::uint64_t kIrqStack = 0xffff800008800000;
    static constexpr std::uint64_t kSize = 16384;

    fakes::FakePages memory;
    fakes::FakeTypes types;
    fakes::FakeSymbols symbols;
    std::uint64_t pac_mask = 0;
    std::uint64_t record_in_regs = 0x130;
    std::uint64_t leaf, middle, outer;
    std::uint64_t sp = kStack + 0x1000;

    ArmScene() {
        memory.map(kText, 0x10000);
        memory.map(kStack, kSize);
        memory.map(kIrqStack, kSize);
        types.add("struct pt_regs", 0x150, {{"stackframe", 0x130, 16}});
        leaf = function("leaf", 1);
        middle = function("middle", 2);
        outer = function("el0t_64_sync", 3);
    }
    // v6.13: the record is zero and followed by a type.
    void use_typed_records() {
        record_in_regs = 0x128;
        types.add("struct pt_regs", 0x140, {{"stackframe", 0x128, 24}, {"stackframe.type", 0x138}});
    }

    std::uint64_t function(const std::string& name, unsigned index) {
        symbols.add(name, kText + index * 256, 256, 'T');
        return kText + index * 256;
    }
    std::uint64_t call(std::uint64_t from, std::uint64_t offset, std::uint64_t target) {
        std::uint64_t at = from + offset;
        memory.put(at, static_cast<std::uint32_t>(0x94000000u | (((target - at) / 4) & 0x3ffffff)));
        return at + 4;
    }
    void record(std::uint64_t at, std::uint64_t next, std::uint64_t back) {
        memory.put(at, next);
        memory.put(at + 8, back);
    }
    void pt_regs(std::uint64_t at, std::uint64_t pc, std::uint64_t x29, std::uint64_t x30,
                 std::uint64_t stack, std::uint64_t pstate = 0x60400005) {
        for (std::uint64_t i = 0; i < 31; ++i) memory.put<std::uint64_t>(at + i * 8, 0x2000 + i);
        memory.put(at + 29 * 8, x29);
        memory.put(at + 30 * 8, x30);
        memory.put(at + 0xf8, stack);
        memory.put(at + 0x100, pc);
        memory.put(at + 0x108, pstate);
    }
    // leaf's record at sp, middle's at sp + 0x40, the entry's inside of pt_regs above.
    void chain() {
        record(sp, sp + 0x40, call(middle, 0x20, leaf));
        record(sp + 0x40, sp + 0x100 + record_in_regs, call(outer, 0x20, middle));
        pt_regs(sp + 0x100, 0x400080, 0xffffc0de, 0, 0xffffd000, 0x80001000);
        record(sp + 0x100 + record_in_regs, 0, 0);
    }
    Start start(std::uint64_t pc, std::uint64_t x29, std::uint64_t x30 = 0) const {
        Start out;
        out.registers.set("pc", pc);
        out.registers.set("sp", x29);
        out.registers.set("x29", x29);
        out.registers.set("x30", x30);
        out.registers.set("pstate", 0x60400005);
        out.task_stack = VAddr{kStack};
        return out;
    }
    Result unwind(const Start& from) const {
        Options options;
        options.arch = Arch::aarch64;
        options.pac_mask = pac_mask;
        Unwinder unwinder(memory, types, symbols, options);
        Budget budget(10000);
        return unwinder.unwind(from, budget);
    }
};

TEST_CASE("frame records lead to the entry from user mode") {
    ArmScene scene;
    scene.chain();
    auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "el0t_64_sync"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::frame_record, Trust::frame_record});
    CHECK(result.complete);
    REQUIRE(result.interrupted.size() == 1);
    CHECK(result.interrupted[0].user_mode);
    CHECK(result.interrupted[0].registers.get("pc") == std::uint64_t{0x400080});
}

TEST_CASE("signed return addresses are read without their signature") {
    for (std::uint64_t mask :
         {std::uint64_t{0}, std::uint64_t{0xff7f000000000000}, std::uint64_t{0xffff000000000000}}) {
        ArmScene scene;
        scene.pac_mask = mask;
        scene.chain();
        auto back = scene.call(scene.middle, 0x20, scene.leaf);
        scene.record(scene.sp, scene.sp + 0x40, (back & 0x0080ffffffffffff) | 0x5a80000000000000);
        auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
        CHECK(names(result) == Names{"leaf", "middle", "el0t_64_sync"});
        CHECK(result.frames[1].address == back);
    }
}

TEST_CASE("an exception is crossed by the record that repeats x29 and pc") {
    ArmScene scene;
    scene.chain();
    auto vector = scene.function("el1h_64_sync", 4);
    auto handler = scene.function("el1h_64_sync_handler", 5);
    std::uint64_t low = ArmScene::kStack + 0x400, regs = ArmScene::kStack + 0x600;
    scene.record(low, regs + 0x130, scene.call(vector, 0x60, handler));
    scene.pt_regs(regs, scene.leaf + 0x44, scene.sp, 0x1, scene.sp);
    scene.record(regs + 0x130, scene.sp, scene.leaf + 0x44);
    auto result = scene.unwind(scene.start(handler + 0x10, low));
    CHECK(names(result) ==
          Names{"el1h_64_sync_handler", "el1h_64_sync", "leaf", "middle", "el0t_64_sync"});
    REQUIRE(result.interrupted.size() == 2);
    CHECK(result.interrupted[0].frame == 2);
    CHECK(result.interrupted[0].entry == "el1h_64_sync");
    CHECK(result.interrupted[0].registers.get("x3") == std::uint64_t{0x2003});
    CHECK(result.frames[2].trust == Trust::registers);
    CHECK(result.frames[2].offset == std::uint64_t{0x44});
}

TEST_CASE("an exception is crossed by the typed record of v6.13, described or not") {
    for (bool described : {true, false}) {
        ArmScene scene;
        scene.use_typed_records();
        scene.chain();
        scene.memory.put<std::uint64_t>(scene.sp + 0x100 + 0x138, 1);  // FRAME_META_TYPE_FINAL
        auto vector = scene.function("el1h_64_irq", 4);
        auto handler = scene.function("el1h_64_irq_handler", 5);
        std::uint64_t low = ArmScene::kStack + 0x400, regs = ArmScene::kStack + 0x600;
        scene.record(low, regs + 0x128, scene.call(vector, 0x60, handler));
        scene.pt_regs(regs, scene.leaf + 0x44, scene.sp, 0x1, scene.sp);
        scene.record(regs + 0x128, 0, 0);
        scene.memory.put<std::uint64_t>(regs + 0x138, 2);  // FRAME_META_TYPE_PT_REGS
        if (!described) scene.types = {};
        auto result = scene.unwind(scene.start(handler + 0x10, low));
        CHECK(names(result) ==
              Names{"el1h_64_irq_handler", "el1h_64_irq", "leaf", "middle", "el0t_64_sync"});
        CHECK(result.complete);
    }
}

TEST_CASE("a record of no known type ends the walk with a reason") {
    ArmScene scene;
    scene.use_typed_records();
    scene.chain();
    scene.memory.put<std::uint64_t>(scene.sp + 0x100 + 0x138, 77);
    auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
    CHECK_FALSE(result.complete);
    CHECK(result.reason == Reason::corrupt);
}

TEST_CASE("the chain crosses from the interrupt stack to the task's and not back") {
    ArmScene scene;
    scene.chain();
    auto handler = scene.function("gic_handle_irq", 4);
    auto on_irq = scene.function("call_on_irq_stack", 5);
    std::uint64_t low = ArmScene::kIrqStack + 0x3f00;
    scene.record(low, scene.sp, scene.call(on_irq, 0x2c, handler));
    auto result = scene.unwind(scene.start(handler + 0x10, low));
    CHECK(names(result) == Names{"gic_handle_irq", "call_on_irq_stack", "middle", "el0t_64_sync"});
    CHECK(result.complete);

    scene.record(scene.sp + 0x40, low, scene.call(scene.outer, 0x20, scene.middle));
    auto loop = scene.unwind(scene.start(handler + 0x10, low));
    CHECK_FALSE(loop.complete);
    CHECK(loop.frames.size() < 10);
}

TEST_CASE("the caller that only x30 names is shown, once") {
    ArmScene scene;
    scene.chain();
    auto tiny = scene.function("tiny", 6);
    auto back = scene.call(scene.leaf, 0x80, tiny);
    // tiny is a leaf that leaf called: the chain knows leaf's caller only.
    auto result = scene.unwind(scene.start(tiny + 8, scene.sp, back));
    CHECK(names(result) == Names{"tiny", "leaf", "middle", "el0t_64_sync"});
    CHECK(result.frames[1].trust == Trust::registers);
    // Behind a call of its own, x30 points into the function itself.
    auto own = scene.unwind(scene.start(scene.leaf + 0x90, scene.sp, back));
    CHECK(names(own) == Names{"leaf", "middle", "el0t_64_sync"});
    // Its record is pushed already, and x30 not changed since.
    auto pushed = scene.unwind(
        scene.start(scene.leaf + 0x40, scene.sp, scene.call(scene.middle, 0x20, scene.leaf)));
    CHECK(names(pushed) == Names{"leaf", "middle", "el0t_64_sync"});
}

TEST_CASE("the ways in which older kernels end a stack") {
    ArmScene scene;
    auto fork = scene.function("ret_from_fork", 4);
    scene.record(scene.sp, 0, scene.call(fork, 0x10, scene.leaf));
    auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
    CHECK(names(result) == Names{"leaf", "ret_from_fork"});
    CHECK(result.complete);
}

TEST_CASE("a missing page ends the walk with its reason") {
    ArmScene scene;
    scene.chain();
    scene.record(scene.sp + 0x40, ArmScene::kStack + 0x3000,
                 scene.call(scene.outer, 0x20, scene.middle));
    scene.memory.remove(ArmScene::kStack + 0x3000);
    auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "el0t_64_sync"});
    CHECK_FALSE(result.complete);
    CHECK(result.reason == Reason::filtered);
}

TEST_CASE("a broken chain is picked up again by searching, as scan") {
    ArmScene scene;
    scene.record(scene.sp, 0x1234, 0x5678);  // overwritten
    std::uint64_t at = scene.sp + 0x200;
    scene.record(at, at + 0x40, scene.call(scene.middle, 0x20, scene.leaf));
    scene.record(at + 0x40, 0, scene.call(scene.outer, 0x20, scene.middle));
    auto result = scene.unwind(scene.start(scene.leaf + 0x40, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "el0t_64_sync"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::scan, Trust::scan});
}

TEST_CASE("a sleeping task begins where cpu_switch_to left it") {
    ArmScene scene;
    scene.chain();
    std::uint64_t task = 0xffff000003210000;
    std::vector<fakes::FakeMember> members{{"stack", 32}};
    const char* registers[] = {"x19", "x20", "x21", "x22", "x23", "x24", "x25",
                               "x26", "x27", "x28", "fp",  "sp",  "pc"};
    for (std::uint64_t i = 0; i < 13; ++i)
        members.push_back({"thread.cpu_context." + std::string(registers[i]), 0x400 + i * 8});
    scene.types.add("struct task_struct", 4096, members);
    scene.memory.put(task + 32, ArmScene::kStack);
    scene.memory.put<std::uint64_t>(task + 0x400, 0x19);
    scene.memory.put(task + 0x450, scene.sp);
    scene.memory.put(task + 0x458, scene.sp);
    scene.memory.put(task + 0x460, scene.leaf + 0x44);
    Options options;
    options.arch = Arch::aarch64;
    Unwinder unwinder(scene.memory, scene.types, scene.symbols, options);
    auto start = unwinder.sleeping(VAddr{task});
    REQUIRE(start.has_value());
    CHECK(start->registers.get("x19") == std::uint64_t{0x19});
    Budget budget(1000);
    auto result = unwinder.unwind(*start, budget);
    CHECK(names(result) == Names{"leaf", "middle", "el0t_64_sync"});
    CHECK(result.frames[0].trust == Trust::frame_record);
}

TEST_CASE("the frames below an oops on aarch64 are found from the call into the capture kernel") {
    ArmScene scene;
    scene.chain();
    auto vector = scene.function("el1h_64_sync", 4);
    auto die = scene.function("die", 5);
    auto crash = scene.function("crash_kexec", 6);
    auto kexec = scene.function("__crash_kexec", 7);
    std::uint64_t low = ArmScene::kStack + 0x400, regs = ArmScene::kStack + 0x600;
    scene.record(low, low + 0x40, scene.call(crash, 0x60, kexec));
    scene.record(low + 0x40, low + 0x80, scene.call(die, 0x60, crash));
    scene.record(low + 0x80, regs + 0x130, scene.call(vector, 0x60, die));
    scene.pt_regs(regs, scene.leaf + 0x44, scene.sp, 0x1, scene.sp);
    scene.record(regs + 0x130, scene.sp, scene.leaf + 0x44);
    Options options;
    options.arch = Arch::aarch64;
    Unwinder unwinder(scene.memory, scene.types, scene.symbols, options);
    Budget budget(10000);
    auto below = unwinder.below_fault(scene.start(scene.leaf + 0x44, scene.sp), budget);
    REQUIRE(below.has_value());
    CHECK(names(unwinder.unwind(*below, budget)) ==
          Names{"crash_kexec", "die", "el1h_64_sync", "leaf", "middle", "el0t_64_sync"});
}

}  // namespace
}  // namespace nfstriage::unwind::test
