// Stacks of both architectures that nobody wrote: random words, ORC entries and registers. No
// content makes an unwind run away, read what is not there, or contradict itself.
#include "unwind/unwind.h"
#include "small_kernel.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::unwind;

namespace {

void check(const unwind::Result& result, const Budget& budget) {
    require(result.frames.size() <= Options{}.max_frames, "as many frames as allowed");
    require(result.registers.size() == result.frames.size(), "registers of each frame");
    require(result.complete == !result.reason.has_value(), "complete, or a reason");
    require(!result.why_stopped.empty(), "why it stopped is said");
    for (const auto& context : result.interrupted)
        require(context.frame <= result.frames.size(), "an interruption is among the frames");
    bool searched = false;
    for (const Frame& frame : result.frames) {
        require(frame.address.has_value(), "each frame has an address");
        require(!searched || frame.trust >= Trust::scan, "trust does not rise");
        searched = searched || frame.trust == Trust::scan;
    }
    if (result.reason == Reason::budget)
        require(budget.exhausted() || result.frames.size() == Options{}.max_frames,
                "the budget is said to be used up when it is");
}

// An ORC table of `count` entries of 6 bytes for the beginnings of functions.
void add_orc(SmallKernel& kernel, Input& input) {
    constexpr std::uint64_t kIp = SmallKernel::kData, kEntries = SmallKernel::kData + 1024;
    const std::uint8_t shape = input.u8();
    const unsigned type_bits = (shape & 2) != 0 ? 3 : 2;
    std::vector<fakes::FakeMember> members{{"sp_offset", 0, 2, 0, 0, {}},
                                           {"bp_offset", 2, 2, 0, 0, {}},
                                           {"sp_reg", 4, 4, 0, 4, {}},
                                           {"bp_reg", 4, 4, 4, 4, {}},
                                           {"type", 5, 4, 0, type_bits, {}}};
    if ((shape & 1) != 0) members.push_back({"signal", 5, 4, type_bits, 1, {}});
    if ((shape & 2) == 0) members.push_back({"end", 5, 4, type_bits + (shape & 1u), 1, {}});
    if ((shape & 4) == 0) kernel.types.add("struct orc_entry", 6, members);
    std::uint64_t count = 0;
    for (; count < 32 && !input.empty(); ++count) {
        std::uint64_t at = kIp + count * 4;
        std::uint64_t text = SmallKernel::function(count / 2) + count % 2 * input.u8();
        kernel.memory.put(at, static_cast<std::int32_t>(text - at));
        // Mostly a small offset from the stack pointer, as compilers make it.
        std::uint8_t choice = input.u8();
        std::uint16_t offset =
            (choice & 1) != 0 ? static_cast<std::uint16_t>(choice / 2 % 16 * 8) : input.u16();
        kernel.memory.put(kEntries + count * 6, offset);
        kernel.memory.put(kEntries + count * 6 + 2, static_cast<std::int16_t>(-16));
        kernel.memory.put(kEntries + count * 6 + 4,
                          (choice & 1) != 0 ? static_cast<std::uint8_t>(5) : input.u8());
        kernel.memory.put(
            kEntries + count * 6 + 5,
            static_cast<std::uint8_t>(type_bits == 3 ? 2 + input.u8() % 3 : input.u8() % 8));
    }
    if ((shape & 8) != 0) return;
    kernel.symbols.add("__start_orc_unwind_ip", kIp, 0, 'D');
    kernel.symbols.add("__stop_orc_unwind_ip", kIp + count * 4, 0, 'D');
    kernel.symbols.add("__start_orc_unwind", kEntries, 0, 'D');
    kernel.symbols.add("__stop_orc_unwind", kEntries + count * 6, 0, 'D');
}

// Where a sleeping task has its registers: the beginning of the objects is its task_struct.
void add_task_types(SmallKernel& kernel, Arch arch) {
    std::vector<fakes::FakeMember> task{{"stack", 0, 8, 0, 0, {}}, {"thread.sp", 8, 8, 0, 0, {}}};
    std::uint64_t at = 16;
    for (int i = 19; arch == Arch::aarch64 && i <= 28; ++i, at += 8)
        task.push_back({"thread.cpu_context.x" + std::to_string(i), at, 8, 0, 0, {}});
    for (const char* name : {"fp", "sp", "pc"})
        task.push_back({std::string("thread.cpu_context.") + name, at += 8, 8, 0, 0, {}});
    kernel.types.add("struct task_struct", 512, std::move(task));
    std::vector<fakes::FakeMember> frame;
    for (const char* name : {"r15", "r14", "r13", "r12", "bx", "bp", "ret_addr"})
        frame.push_back({name, frame.size() * 8, 8, 0, 0, {}});
    kernel.types.add("struct inactive_task_frame", 56, std::move(frame));
}

Start make_start(const SmallKernel& kernel, Input& input) {
    Start start;
    std::uint8_t with = input.u8();
    for (const char* name : {"rip", "rsp", "rbp", "pc", "sp", "x29", "x30", "r10", "r13", "rdi"})
        start.registers.set(name, kernel.word(input));
    if ((with & 1) != 0) {
        start.registers.set("rsp", SmallKernel::kStack + with % 32 * 8u);
        start.registers.set("sp", SmallKernel::kStack + with % 32 * 16u);
    }
    start.registers.set("cs", 0x10);
    start.precise = (with & 2) != 0;
    if ((with & 4) != 0) start.task = VAddr{SmallKernel::kObjects};
    if ((with & 8) != 0) start.task_stack = VAddr{SmallKernel::kStack};
    start.thread_size = SmallKernel::kStackSize;
    if ((with & 16) != 0)
        start.stacks = {{VAddr{SmallKernel::kIrqStack},
                         VAddr{SmallKernel::kIrqStack + SmallKernel::kStackSize}, StackKind::irq,
                         "hardirq"}};
    return start;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const std::uint8_t form = input.u8();
    Options options;
    options.arch = (form & 1) != 0 ? Arch::aarch64 : Arch::x86_64;
    options.pac_mask = (form & 2) != 0 ? 0x7f000000000000 : 0;
    SmallKernel kernel;
    for (std::uint64_t i = 0; i < SmallKernel::kFunctions; ++i) {
        std::uint8_t target = input.u8();
        kernel.call(options.arch, SmallKernel::function(i), 8 + target / 16 * 4u,
                    SmallKernel::function(target % SmallKernel::kFunctions));
    }
    kernel.symbols.add("__crash_kexec", SmallKernel::function(1), SmallKernel::kFunction);
    if ((form & 4) != 0)
        kernel.types.add("struct pt_regs", 0x140,
                         {{"stackframe", 0x128, 24}, {"stackframe.type", 0x138}});
    if ((form & 32) != 0) add_task_types(kernel, options.arch);
    if ((form & 8) != 0 && options.arch == Arch::x86_64) add_orc(kernel, input);
    const Start start = make_start(kernel, input);
    const std::uint64_t steps = (form & 16) != 0 ? 5000 : input.u8();
    kernel.fill(input, SmallKernel::kStack, 160);
    kernel.fill(input, SmallKernel::kIrqStack, 64);
    kernel.fill(input, SmallKernel::kObjects, 16);

    Unwinder unwinder(kernel.memory, kernel.types, kernel.symbols, options);
    Budget budget(steps);
    auto result = unwinder.unwind(start, budget);
    check(result, budget);
    Budget same(steps);
    require(unwinder.unwind(start, same).frames.size() == result.frames.size(),
            "the same stack has the same frames");
    Budget below(5000);
    if (auto other = unwinder.below_fault(start, below))
        check(unwinder.unwind(*other, below), below);
    if (auto sleeper = unwinder.sleeping(VAddr{SmallKernel::kObjects})) {
        Budget third(5000);
        check(unwinder.unwind(*sleeper, third), third);
    }
    return 0;
}
