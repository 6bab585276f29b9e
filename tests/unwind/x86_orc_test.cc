// Unwinding x86_64 by ORC: every shape of the tables, stack switches, and what stands in for ORC.
#include "x86_scene.h"

namespace nfstriage::unwind::test {
namespace {

// leaf <- middle <- entry <- user mode; the stack pointer of leaf is kStack + 0x1000.
struct CallChain : X86Scene {
    std::uint64_t leaf, middle, entry, sp = kStack + 0x1000;
    std::uint64_t in_middle, in_entry;

    explicit CallChain(OrcShape with = OrcShape::v4_18) : X86Scene(with) {
        leaf = function("leaf", 1);
        middle = function("middle", 2);
        entry = function("entry_SYSCALL_64_after_hwframe", 3);
        in_middle = call(middle, 0x20, leaf);
        in_entry = call(entry, 0x40, middle);
        frame(leaf, 24);
        frame(middle, 40, true);
        saved_registers(entry, OrcType::regs);
        memory.put(sp + 16, in_middle);
        memory.put<std::uint64_t>(sp + 24 + 24, 0xdeadb00f);  // rbp that middle saved
        memory.put(sp + 24 + 32, in_entry);
        pt_regs(sp + 24 + 40, 0x401000, 0x7ffc0000, 0x77, 0x33);
    }
};

TEST_CASE("ORC leads from the leaf to user mode in every shape of its entries") {
    for (OrcShape shape : {OrcShape::v4_14, OrcShape::v4_18, OrcShape::v6_3, OrcShape::v6_4}) {
        CallChain scene(shape);
        scene.write_orc();
        auto result = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
        CHECK(names(result) == Names{"leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
        CHECK(trusts(result) == Trusts{Trust::registers, Trust::orc, Trust::orc});
        CHECK(result.frames[1].offset == std::uint64_t{0x25});
        CHECK(result.frames[1].stack_pointer == scene.sp + 24);
        CHECK(result.registers[2].get("rbp") == std::uint64_t{0xdeadb00f});
        CHECK(result.complete);
        REQUIRE(result.interrupted.size() == 1);
        CHECK(result.interrupted[0].user_mode);
        CHECK(result.interrupted[0].frame == 3);
        CHECK(result.interrupted[0].registers.get("rip") == std::uint64_t{0x401000});
    }
}

TEST_CASE("without a type for ORC entries the shape of v4.18 is taken") {
    CallChain scene;
    scene.types = {};
    scene.write_orc();
    CHECK(scene.unwind(scene.start(scene.leaf + 0x10, scene.sp)).complete);
}

TEST_CASE("a kernel thread ends where ORC says so") {
    for (OrcShape shape : {OrcShape::v4_14, OrcShape::v4_18, OrcShape::v6_3, OrcShape::v6_4}) {
        X86Scene scene(shape);
        auto thread = scene.function("kthread", 1);
        auto fork = scene.function("ret_from_fork", 2);
        scene.frame(thread, 16);
        scene.end(fork);
        scene.memory.put(X86Scene::kStack + 0x1008, scene.call(fork, 0x1a, thread));
        scene.write_orc();
        auto result = scene.unwind(scene.start(thread + 0x10, X86Scene::kStack + 0x1000));
        CHECK(names(result) == Names{"kthread", "ret_from_fork"});
        CHECK(result.complete);
        CHECK(result.interrupted.empty());
    }
}

TEST_CASE("the registers of an interrupted function come out with the frame they belong to") {
    CallChain scene;
    auto fault = scene.function("asm_exc_page_fault", 4);
    auto handler = scene.function("exc_page_fault", 5);
    scene.saved_registers(fault, OrcType::regs);
    scene.frame(handler, 16);
    std::uint64_t sp = X86Scene::kStack + 0x800;
    scene.memory.put(sp + 8, scene.call(fault, 0x30, handler));
    scene.pt_regs(sp + 16, scene.leaf + 7, scene.sp, 0x5555);
    scene.write_orc();
    auto result = scene.unwind(scene.start(handler + 9, sp));
    CHECK(names(result) == Names{"exc_page_fault", "asm_exc_page_fault", "leaf", "middle",
                                 "entry_SYSCALL_64_after_hwframe"});
    CHECK(result.frames[2].trust == Trust::registers);
    CHECK(result.frames[2].offset == std::uint64_t{7});
    REQUIRE(result.interrupted.size() == 2);
    const auto& context = result.interrupted[0];
    CHECK(context.frame == 2);
    CHECK(context.entry == "asm_exc_page_fault");
    CHECK(context.full);
    CHECK_FALSE(context.user_mode);
    CHECK(context.address == VAddr{sp + 16});
    CHECK(context.registers.get("rdi") == std::uint64_t{0x1000 + 14});
    CHECK(context.registers.get("rbp") == std::uint64_t{0x5555});
}

TEST_CASE("an interrupt that only pushed the CPU's own frame is crossed") {
    CallChain scene;
    auto nmi = scene.function("asm_exc_nmi", 4);
    scene.saved_registers(nmi, OrcType::regs_partial, OrcRegister::sp, 8);
    std::uint64_t sp = X86Scene::kIrqStack + 0x800;
    std::uint64_t pushed[] = {scene.leaf + 3, 0x10, 0x246, scene.sp, 0x18};
    scene.memory.put_words(sp + 8, pushed);
    scene.write_orc();
    auto result = scene.unwind(scene.start(nmi + 4, sp));
    CHECK(names(result) ==
          Names{"asm_exc_nmi", "leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    REQUIRE_FALSE(result.interrupted.empty());
    CHECK_FALSE(result.interrupted[0].full);
    CHECK(result.interrupted[0].frame == 1);
}

TEST_CASE("the saved stack pointer on the interrupt stack leads back to the task's") {
    for (std::int16_t offset : {std::int16_t{0}, std::int16_t{8}}) {
        CallChain scene;
        auto sysvec = scene.function("sysvec_apic_timer_interrupt", 4);
        auto handler = scene.function("__sysvec_apic_timer_interrupt", 5);
        scene.frame(handler, 8);
        OrcEntry switched;
        switched.sp_reg = OrcRegister::sp_indirect;
        switched.sp_offset = offset;
        switched.type = OrcType::call;
        scene.orc[sysvec] = switched;
        std::uint64_t top = X86Scene::kIrqStack + X86Scene::kStackSize - 8;
        scene.memory.put(top - 8, scene.call(sysvec, 0x20, handler));
        scene.memory.put(top, scene.sp - static_cast<std::uint64_t>(offset));
        scene.memory.put(scene.sp - 8, scene.in_middle);
        scene.memory.put(scene.sp + 32, scene.in_entry);
        scene.pt_regs(scene.sp + 40, 0x401000, 0x7ffc0000, 0x77, 0x33);
        scene.write_orc();
        auto result = scene.unwind(scene.start(handler + 4, top - 8));
        CHECK(names(result) == Names{"__sysvec_apic_timer_interrupt", "sysvec_apic_timer_interrupt",
                                     "middle", "entry_SYSCALL_64_after_hwframe"});
        CHECK(result.complete);
    }
}

TEST_CASE("a call through a null pointer is shown with its caller") {
    CallChain scene;
    scene.memory.put(scene.sp - 8, scene.indirect_call(scene.leaf, 0x30));
    scene.write_orc();
    auto result = scene.unwind(scene.start(0, scene.sp - 8));
    CHECK(names(result) == Names{"", "leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::orc, Trust::orc, Trust::orc});
    CHECK(result.complete);
}

TEST_CASE("a function that ORC leaves out is crossed by its own first instructions") {
    CallChain scene;
    auto kexec = scene.function("__crash_kexec", 6);
    // nopl; push %rbx; mov $1,%edx; sub $0xb0,%rsp
    const std::uint8_t code[] = {0x0f, 0x1f, 0x44, 0,    0,    0x53, 0xba, 1, 0,
                                 0,    0,    0x48, 0x81, 0xec, 0xb0, 0,    0, 0};
    scene.memory.put_bytes(kexec, code);
    scene.orc[kexec] = {};
    std::uint64_t sp = scene.sp - 0xb0 - 16;
    scene.memory.put(scene.sp - 8, scene.call(scene.leaf, 0x50, kexec));
    scene.write_orc();
    auto result = scene.unwind(scene.start(kexec + 0x90, sp));
    CHECK(names(result) ==
          Names{"__crash_kexec", "leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::cfi, Trust::orc, Trust::orc});
}

TEST_CASE(
    "code without ORC and symbols is crossed by its frame pointer, and weakens what follows") {
    CallChain scene;
    std::uint64_t jit = 0xffffffffa0001000;  // a BPF program
    std::uint64_t bp = scene.sp - 16;
    scene.memory.put<std::uint64_t>(bp, 0x1234);
    scene.memory.put(bp + 8, scene.indirect_call(scene.leaf, 0x30));
    scene.write_orc();
    auto result = scene.unwind(scene.start(jit, bp - 64, bp));
    CHECK(names(result) == Names{"", "leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::frame_pointer, Trust::frame_pointer,
                                   Trust::frame_pointer});
}

TEST_CASE("where nothing else is left the stack is searched, and everything found is scan") {
    CallChain scene;
    scene.orc.erase(scene.leaf);
    scene.orc[scene.leaf] = {};
    scene.memory.put(scene.sp, scene.leaf + 0x40);  // not behind a call
    scene.memory.put(scene.sp + 8, scene.call(scene.entry, 0x80, scene.middle));  // calls another
    scene.write_orc();
    auto result = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::scan, Trust::scan});
}

TEST_CASE("a missing page of the ORC table never raises a trust and never changes a frame found") {
    CallChain scene;
    scene.write_orc();
    auto whole = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
    for (std::uint64_t page : scene.memory.touched()) {
        CallChain torn;
        torn.write_orc();
        torn.memory.remove(page);
        auto result = torn.unwind(torn.start(torn.leaf + 0x10, torn.sp));
        for (std::size_t i = 0; i < result.frames.size(); ++i) {
            REQUIRE(i < whole.frames.size());
            CHECK(result.frames[i].trust >= whole.frames[i].trust);
            if (result.frames[i].trust < Trust::scan)
                CHECK(result.frames[i].address == whole.frames[i].address);
        }
        if (!result.complete) CHECK(result.reason.has_value());
    }
}

TEST_CASE("an ftrace trampoline is unwound as the code that it copies") {
    CallChain scene;
    auto caller = scene.function("ftrace_caller", 6);
    auto regs_caller = scene.function("ftrace_regs_caller", 7);
    scene.memory.put<std::uint64_t>(caller, 0x1111111111111111);
    scene.memory.put<std::uint64_t>(regs_caller, 0x2222222222222222);
    scene.frame(caller, 16);
    scene.frame(regs_caller, 32);
    std::uint64_t ops = 0xffff888001000000, trampoline = 0xffffffffa0002000;
    std::uint64_t list = 0xffffffff82100000;
    scene.symbols.add("ftrace_ops_list", list, 8, 'D');
    scene.types.add("struct ftrace_ops", 64,
                    {{"next", 8}, {"trampoline", 16}, {"trampoline_size", 24}});
    scene.memory.put(list, ops);
    scene.memory.put(ops + 16, trampoline);
    scene.memory.put<std::uint64_t>(ops + 24, 128);
    scene.memory.map(trampoline, 128);
    scene.memory.put<std::uint64_t>(trampoline, 0x2222222222222222);
    scene.memory.put(scene.sp - 8, scene.call(scene.leaf, 0, trampoline));
    scene.write_orc();
    auto result = scene.unwind(scene.start(trampoline + 0x40, scene.sp - 32));
    CHECK(names(result) == Names{"", "leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::registers, Trust::orc, Trust::orc, Trust::orc});
}

TEST_CASE("a return address that a kretprobe replaced is put back") {
    CallChain scene;
    auto trampoline = scene.function("arch_rethook_trampoline", 6);
    scene.types.add("struct task_struct", 64, {{"rethooks.first", 8}});
    scene.types.add("struct rethook_node", 48, {{"llist", 16}, {"ret_addr", 32}, {"frame", 40}});
    std::uint64_t other = 0xffff888001000000, node = 0xffff888001000100;
    scene.memory.put(X86Scene::kTask + 8, other + 16);
    scene.memory.put(other + 16, node + 16);
    scene.memory.put(other + 40, scene.sp);
    scene.memory.put(node + 32, scene.in_middle);
    scene.memory.put(node + 40, scene.sp + 16);
    scene.memory.put(scene.sp + 16, trampoline);
    scene.write_orc();
    auto result = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(result.complete);
}

TEST_CASE("a return address that the graph tracer replaced is put back") {
    CallChain scene;
    auto trampoline = scene.function("return_to_handler", 6);
    scene.types.add("struct task_struct", 64, {{"ret_stack", 16}});
    scene.types.add("struct ftrace_ret_stack", 40, {{"ret", 0}, {"retp", 32}});
    std::uint64_t shadow = 0xffff888001000000;
    scene.memory.map(shadow, 4096);
    scene.memory.put(X86Scene::kTask + 16, shadow);
    scene.memory.put(shadow + 80, scene.in_middle);
    scene.memory.put(shadow + 80 + 32, scene.sp + 16);
    scene.memory.put(scene.sp + 16, trampoline);
    scene.write_orc();
    auto result = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
    CHECK(names(result) == Names{"leaf", "middle", "entry_SYSCALL_64_after_hwframe"});
}

TEST_CASE("a replaced return address that cannot be put back is shown as the trampoline") {
    CallChain scene;
    auto before = scene.function("before", 5);
    auto trampoline = scene.function("return_to_handler", 6);
    scene.frame(before, 8);
    scene.memory.put(scene.sp + 16, trampoline);
    scene.memory.put(scene.sp + 32, scene.call(scene.entry, 0x80, scene.middle));
    scene.memory.put(scene.sp + 40, scene.in_entry);
    scene.write_orc();
    auto start = scene.start(scene.leaf + 0x10, scene.sp);
    start.task.reset();
    auto result = scene.unwind(start);
    REQUIRE(result.frames.size() >= 3);
    CHECK(result.frames[1].function == "return_to_handler");
    CHECK(result.frames[1].trust == Trust::orc);
    CHECK(result.frames[2].trust == Trust::scan);
}

TEST_CASE("registers that nobody saved end the walk with a reason") {
    CallChain scene;
    scene.memory.put<std::uint64_t>(scene.sp + 24 + 40 + 136, 0xfff0);  // cs
    scene.write_orc();
    auto result = scene.unwind(scene.start(scene.leaf + 0x10, scene.sp));
    CHECK_FALSE(result.complete);
    CHECK(result.reason == Reason::corrupt);
    CHECK_THAT(result.why_stopped, ContainsSubstring("no saved registers"));
}

TEST_CASE("a fault whose stack pointer is bad still yields its registers and frame") {
    CallChain scene;
    auto fault = scene.function("asm_exc_double_fault", 4);
    scene.saved_registers(fault, OrcType::regs);
    std::uint64_t sp = X86Scene::kIrqStack + 0x800;
    scene.pt_regs(sp, scene.leaf + 7, 0x13, 0);
    scene.write_orc();
    auto result = scene.unwind(scene.start(fault + 9, sp));
    CHECK(names(result) == Names{"asm_exc_double_fault", "leaf"});
    CHECK_FALSE(result.complete);
    REQUIRE(result.interrupted.size() == 1);
    CHECK(result.interrupted[0].registers.get("rsp") == std::uint64_t{0x13});
}

TEST_CASE("the frames below an oops are found from the call into the capture kernel") {
    CallChain scene;
    auto fault = scene.function("asm_exc_page_fault", 4);
    auto oops = scene.function("oops_end", 5);
    auto crash = scene.function("crash_kexec", 6);
    auto kexec = scene.function("__crash_kexec", 7);
    scene.saved_registers(fault, OrcType::regs);
    scene.frame(oops, 16);
    scene.frame(crash, 8);
    std::uint64_t sp = X86Scene::kStack + 0x800;
    scene.memory.put(sp - 0x400, scene.call(crash, 0x90, kexec));  // an old word
    scene.memory.put(sp, scene.call(crash, 0x30, kexec));
    scene.memory.put(sp + 8, scene.call(oops, 0x20, crash));
    scene.memory.put(sp + 24, scene.call(fault, 0x30, oops));
    scene.pt_regs(sp + 32, scene.leaf + 7, scene.sp, 0);
    scene.write_orc();
    Unwinder unwinder(scene.memory, scene.types, scene.symbols, {});
    Budget budget(10000);
    auto at_fault = scene.start(scene.leaf + 7, scene.sp);
    auto below = unwinder.below_fault(at_fault, budget);
    REQUIRE(below.has_value());
    auto result = unwinder.unwind(*below, budget);
    CHECK(names(result) == Names{"crash_kexec", "oops_end", "asm_exc_page_fault", "leaf", "middle",
                                 "entry_SYSCALL_64_after_hwframe"});
    CHECK(result.interrupted.front().frame == 3);

    scene.pt_regs(sp + 32, scene.leaf + 8, scene.sp, 0);  // another fault's stack
    CHECK_FALSE(unwinder.below_fault(at_fault, budget).has_value());
}

TEST_CASE("a CPU in user mode has no kernel stack") {
    CallChain scene;
    scene.write_orc();
    auto start = scene.start(0x401000, 0x7ffc0000);
    start.registers.set("cs", 0x33);
    auto result = scene.unwind(start);
    CHECK(result.frames.empty());
    CHECK(result.complete);
}

TEST_CASE("a sleeping task begins at the call that switched it away") {
    CallChain scene;
    // Offsets of a 4.19 kernel.
    scene.types.add("struct task_struct", 9152, {{"stack", 24}, {"thread.sp", 1880}});
    scene.types.add("struct inactive_task_frame", 64,
                    {{"flags", 0},
                     {"r15", 8},
                     {"r14", 16},
                     {"r13", 24},
                     {"r12", 32},
                     {"bx", 40},
                     {"bp", 48},
                     {"ret_addr", 56}});
    std::uint64_t frame = scene.sp + 24 - 64;
    scene.memory.put(X86Scene::kTask + 24, X86Scene::kStack);
    scene.memory.put(X86Scene::kTask + 1880, frame);
    scene.memory.put<std::uint64_t>(frame + 40, 0xb0b);
    scene.memory.put(frame + 56, scene.in_middle);
    scene.write_orc();
    Unwinder unwinder(scene.memory, scene.types, scene.symbols, {});
    auto start = unwinder.sleeping(VAddr{X86Scene::kTask});
    REQUIRE(start.has_value());
    CHECK(start->registers.get("rbx") == std::uint64_t{0xb0b});
    CHECK(start->task_stack == VAddr{X86Scene::kStack});
    Budget budget(1000);
    auto result = unwinder.unwind(*start, budget);
    CHECK(names(result) == Names{"middle", "entry_SYSCALL_64_after_hwframe"});
    CHECK(trusts(result) == Trusts{Trust::orc, Trust::orc});

    scene.memory.remove(X86Scene::kTask);
    auto gone = unwinder.sleeping(VAddr{X86Scene::kTask});
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().reason == Reason::filtered);
}

TEST_CASE("a task that never ran is where it will begin") {
    X86Scene scene;
    auto before = scene.function("before", 1);
    auto fork = scene.function("ret_from_fork", 2);
    scene.frame(before, 8);
    scene.end(fork);
    scene.write_orc();
    auto start = scene.start(fork, X86Scene::kStack + 0x1000);
    start.precise = false;
    auto result = scene.unwind(start);
    CHECK(names(result) == Names{"ret_from_fork"});
    CHECK(result.complete);
}

}  // namespace
}  // namespace nfstriage::unwind::test
