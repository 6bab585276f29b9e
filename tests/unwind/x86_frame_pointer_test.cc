// Kernels built to unwind by frame pointers (CONFIG_UNWINDER_FRAME_POINTER): no ORC tables at all.
#include "x86_scene.h"

namespace nfstriage::unwind::test {
namespace {

// push %rbp; mov %rsp,%rbp behind the tracer's nop.
constexpr std::uint8_t kLinks[] = {0x0f, 0x1f, 0x44, 0, 0, 0x55, 0x48, 0x89, 0xe5, 0x41, 0x54};

// leaf <- middle <- outer, with the records at sp + 0x40, 0x80 and 0xc0.
struct Linked : X86Scene {
    std::uint64_t leaf, middle, outer, sp = kStack + 0x1000;

    Linked() {
        leaf = function("leaf", 1);
        middle = function("middle", 2);
        outer = function("outer", 3);
        for (std::uint64_t address : {leaf, middle, outer}) memory.put_bytes(address, kLinks);
        record(0x40, 0x80, call(middle, 0x30, leaf));
        record(0x80, 0xc0, call(outer, 0x30, middle));
    }
    void record(std::uint64_t at, std::uint64_t next, std::uint64_t back) {
        memory.put(sp + at, next == 0 ? 0 : sp + next);
        memory.put(sp + at + 8, back);
    }
};

TEST_CASE("the chain of frame pointers is followed through saved registers to user mode") {
    Linked scene;
    auto entry = scene.function("asm_exc_page_fault", 4);
    scene.memory.put(scene.sp + 0xc0, (scene.sp + 0x100) | 1);  // ENCODE_FRAME_POINTER
    scene.memory.put(scene.sp + 0xc8, scene.call(entry, 0x30, scene.outer));
    scene.pt_regs(scene.sp + 0x100, scene.middle + 0x50, scene.sp + 0x200, scene.sp + 0x240);
    auto system_call = scene.function("entry_SYSCALL_64_after_hwframe", 5);
    scene.memory.put(scene.sp + 0x240, (scene.sp + 0x300) | 1);
    scene.memory.put(scene.sp + 0x248, scene.call(system_call, 0x40, scene.middle));
    scene.pt_regs(scene.sp + 0x300, 0x401000, 0x7ffc0000, 0, 0x33);
    auto result = scene.unwind(scene.start(scene.leaf + 0x20, scene.sp, scene.sp + 0x40));
    CHECK(names(result) == Names{"leaf", "middle", "outer", "asm_exc_page_fault", "middle",
                                 "entry_SYSCALL_64_after_hwframe"});
    CHECK(result.frames[1].trust == Trust::frame_pointer);
    CHECK(result.frames[4].trust == Trust::registers);
    CHECK(result.complete);
    REQUIRE(result.interrupted.size() == 2);
    CHECK(result.interrupted[0].frame == 4);
    CHECK(result.interrupted[1].user_mode);
}

TEST_CASE("a caller is not lost while the frame is being set up") {
    // Before the push, between push and mov, and behind both.
    struct Case {
        std::uint64_t offset, sp_below;
    };
    for (Case at : {Case{0, 0}, Case{5, 0}, Case{6, 8}}) {
        Linked scene;
        auto caller = scene.function("caller", 4);
        scene.memory.put(scene.sp, scene.call(caller, 0x30, scene.leaf));
        if (at.sp_below != 0) scene.memory.put(scene.sp - 8, scene.sp + 0x80);
        auto result = scene.unwind(
            scene.start(scene.leaf + at.offset, scene.sp - at.sp_below, scene.sp + 0x80));
        CHECK(names(result) == Names{"leaf", "caller", "outer"});
    }
    Linked scene;
    auto result = scene.unwind(scene.start(scene.leaf + 9, scene.sp, scene.sp + 0x40));
    CHECK(names(result) == Names{"leaf", "middle", "outer"});
}

TEST_CASE("a kernel thread ends at the blank registers on top of its stack") {
    Linked scene;
    std::uint64_t regs = X86Scene::kStack + X86Scene::kStackSize - 168;
    scene.memory.put(scene.sp + 0xc0, regs | 1);
    scene.memory.put(scene.sp + 0xc8, scene.call(scene.outer, 0x50, scene.outer));
    scene.pt_regs(regs, 0, 0, 0, 0);
    auto result = scene.unwind(scene.start(scene.leaf + 0x20, scene.sp, scene.sp + 0x40));
    CHECK(names(result) == Names{"leaf", "middle", "outer", "outer"});
    CHECK(result.complete);
    CHECK(result.interrupted.empty());
}

TEST_CASE("a chain that does not rise ends the walk") {
    for (std::uint64_t back : {std::uint64_t{0x40}, std::uint64_t{0x80}}) {
        Linked scene;
        scene.record(0x80, back, scene.call(scene.outer, 0x30, scene.middle));
        auto result = scene.unwind(scene.start(scene.leaf + 0x20, scene.sp, scene.sp + 0x40));
        CHECK_FALSE(result.complete);
        CHECK(result.frames.size() < 8);
        CHECK(result.reason == Reason::corrupt);
    }
}

}  // namespace
}  // namespace nfstriage::unwind::test
