// Functions whose code is the input, and a stack of them: their data flow, whom they call, and what
// they were called with. Work is bounded, and what is said holds together.
#include "arguments/code_facts.h"
#include "arguments/code_members.h"
#include "arguments/recover.h"
#include "small_kernel.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::arguments;

namespace {

void add_types(SmallKernel& kernel) {
    kernel.types.add("struct object", 64,
                     {{"next", 0, 8, 0, 0, "struct object"},
                      {"part", 16, 8, 0, 0, "struct part"},
                      {"flags", 24, 8, 0, 0, {}}});
    kernel.types.add("struct part", 32, {{"owner", 0, 8, 0, 0, "struct object"}});
    for (int i = 0; i < 4; ++i)
        kernel.types.add_function("f" + std::to_string(i),
                                  {{"object", "struct object *"}, {"part", "struct part *"}});
}

// The input's bytes as code of the first four functions, with calls in between where it says so.
void add_code(SmallKernel& kernel, Input& input, Arch arch) {
    for (std::uint64_t i = 0; i < 4; ++i) {
        std::uint64_t at = SmallKernel::function(i), end = at + SmallKernel::kFunction;
        std::uint8_t length = input.u8();
        ByteSpan code = input.bytes(length);
        kernel.memory.put_bytes(at, code);
        at += code.size();
        while (at + 16 < end && input.left() > 2) {
            std::uint8_t target = input.u8();
            if (target >= 64) break;
            kernel.call(arch, at, 0, SmallKernel::function(target % 8));
            at = kernel.returns.back();
            code = input.bytes(input.u8() % 16);
            kernel.memory.put_bytes(at, code);
            at += code.size();
        }
        if (arch == Arch::aarch64)
            kernel.memory.put<std::uint32_t>((at + 3) & ~std::uint64_t{3}, 0xd65f03c0);
        else
            kernel.memory.put<std::uint8_t>(at, 0xc3);
    }
}

void check_flow(CodeReader& reader, std::uint64_t entry) {
    auto code = reader.function_at(VAddr{entry});
    if (!code) return;
    const FunctionCode& function = **code;
    require(function.complete == function.why.empty(), "why code is not complete is said");
    std::uint64_t last = 0;
    std::size_t asked = 0;
    for (const isa::Instruction& instruction : function.instructions) {
        require(function.contains(VAddr{instruction.address}), "instructions are in the function");
        require(function.at(VAddr{instruction.address}) == &instruction, "and found by address");
        last = instruction.address;
        if (asked++ % 8 != 0) continue;
        auto state =
            state_before(function, reader.arch(), VAddr{instruction.address}, reader.symbols());
        if (!state) continue;
        for (const Value& value : state->state.registers)
            require(value.symbol < state->symbols.size(), "a value is of a symbol that there is");
        for (const auto& [at, slot] : state->state.slots)
            require(slot.value.symbol < state->symbols.size(), "so is a slot's");
    }
    (void)last;
    (void)reader.follow_jumps(VAddr{entry});
}

void ask_code(CodeReader& reader, const SmallKernel& kernel) {
    CodeFacts facts(reader, {});
    for (const char* callee : {"f1", "f5", "_stext", "none"}) {
        auto answer = facts.calls("f0", callee);
        require(answer.holds != Tri::yes || !answer.sites.empty(), "a call is shown");
        require(answer.holds != Tri::unknown || !answer.why.empty(), "what is unknown says why");
    }
    (void)facts.refers_to_text("f0", "text", false);
    (void)facts.exists("f2"), (void)facts.inlines("f0", "f1");
    CodeMembers members(facts, kernel.types);
    require(members.touches("f0", "struct object", "part").holds != Tri::no,
            "nobody says that a member is not touched");
    (void)members.changes_bit("f0", "struct object", "flags", 3);
}

std::vector<StackFrame> make_frames(const SmallKernel& kernel, Input& input, Arch arch) {
    std::vector<StackFrame> frames;
    const bool arm = arch == Arch::aarch64;
    std::size_t count = 1 + input.below(5);
    std::uint64_t sp = SmallKernel::kStack;
    for (std::size_t i = 0; i < count; ++i) {
        StackFrame frame;
        std::uint8_t with = input.u8();
        std::uint64_t in = SmallKernel::function(with % 4);
        frame.function = "f" + std::to_string(with % 4);
        frame.pc = VAddr{(with & 8) != 0 && !kernel.returns.empty()
                             ? kernel.returns[with % kernel.returns.size()]
                             : in + (arm ? input.u8() & ~3u : input.u8())};
        frame.precise = frame.whole = i == 0 || (with & 16) != 0;
        frame.calls_inner = i != 0 && (with & 32) == 0;
        frame.trust = (with & 64) != 0 ? Trust::scan : Trust::orc;
        frame.registers.set(arm ? "pc" : "rip", frame.pc.value);
        frame.registers.set(arm ? "sp" : "rsp", sp);
        sp += 8 + input.u8() % 16 * 8u;
        if (frame.whole)
            for (const char* name : {"rdi", "rsi", "rbx", "rbp", "r12", "x0", "x1", "x19", "x29"})
                frame.registers.set(name, kernel.word(input));
        frames.push_back(std::move(frame));
    }
    return frames;
}

void recover(CodeReader& reader, const SmallKernel& kernel, std::vector<StackFrame> frames) {
    auto looks_like = [](std::string_view, VAddr address) {
        return address.value % 32 == 0   ? Tri::yes
               : address.value % 16 == 0 ? Tri::unknown
                                         : Tri::no;
    };
    Recovery recovery({{reader, nullptr, {}}, kernel.types, looks_like}, frames);
    for (std::size_t i = 0; i < recovery.size(); ++i) {
        if (auto all = recovery.arguments(i))
            for (const Argument& argument : *all)
                require(argument.value || !argument.doubt.empty(),
                        "an argument has a value, or why it has none");
        (void)recovery.argument(i, 0, "struct object *");
        (void)recovery.argument(i, 7, "");
        (void)recovery.state(i);
        for (isa::Register r = 0; r < 8; ++r) {
            (void)recovery.values().at_entry(i, r);
            (void)recovery.values().read_again(i, r);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const Arch arch = input.flag() ? Arch::aarch64 : Arch::x86_64;
    SmallKernel kernel;
    add_types(kernel);
    add_code(kernel, input, arch);
    auto frames = make_frames(kernel, input, arch);
    kernel.fill(input, SmallKernel::kStack, 64);
    kernel.fill(input, SmallKernel::kObjects, 32);
    CodeReader reader(kernel.memory, kernel.symbols, arch);
    for (std::uint64_t i = 0; i < 4; ++i) check_flow(reader, SmallKernel::function(i));
    ask_code(reader, kernel);
    recover(reader, kernel, std::move(frames));
    return 0;
}
