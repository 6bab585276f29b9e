// Stacks that nobody wrote: random words, loops, addresses of everything at hand. No content may
// make an unwind run away, read outside of what it was given, or contradict itself.
#include <random>

#include "x86_scene.h"

namespace nfstriage::unwind::test {
namespace {

class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    std::uint64_t any() { return engine_(); }

private:
    std::mt19937_64 engine_;
};

void check_sane(const Result& result, const Budget& budget) {
    CHECK(result.frames.size() <= Options{}.max_frames);
    CHECK(result.registers.size() == result.frames.size());
    CHECK(result.complete == !result.reason.has_value());
    CHECK_FALSE(result.why_stopped.empty());
    for (const auto& context : result.interrupted) CHECK(context.frame <= result.frames.size());
    bool searched = false;
    for (const Frame& frame : result.frames) {
        CHECK(frame.address.has_value());
        if (searched) CHECK(frame.trust >= Trust::scan);
        searched = searched || frame.trust == Trust::scan;
    }
    if (result.reason == Reason::budget)
        CHECK((budget.exhausted() || result.frames.size() == Options{}.max_frames));
}

TEST_CASE("random x86_64 stacks and random ORC entries are survived") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        Dice dice(seed);
        X86Scene scene(static_cast<OrcShape>(dice.below(4)));
        std::vector<std::uint64_t> returns;
        std::vector<std::uint64_t> functions;
        for (unsigned i = 0; i < 20; ++i)
            functions.push_back(scene.function("f" + std::to_string(i), i + 1));
        for (std::uint64_t function : functions)
            returns.push_back(scene.call(function, 0x20, functions[dice.below(functions.size())]));
        bool with_orc = dice.below(4) != 0;
        for (std::uint64_t function : functions) {
            OrcEntry entry;
            entry.sp_reg = static_cast<OrcRegister>(dice.below(10));
            entry.bp_reg = static_cast<OrcRegister>(dice.below(10));
            entry.sp_offset = static_cast<std::int16_t>(static_cast<int>(dice.below(64)) * 8 - 64);
            entry.bp_offset = static_cast<std::int16_t>(static_cast<int>(dice.below(32)) * 8 - 128);
            entry.type = static_cast<OrcType>(dice.below(8) == 0 ? 1 : 2 + dice.below(3));
            scene.orc[function] = entry;
        }
        if (with_orc) scene.write_orc();
        auto word = [&]() -> std::uint64_t {
            switch (dice.below(8)) {
                case 0:
                    return dice.any();
                case 1:
                    return 0;
                case 2:
                    return 0x10;
                case 3:
                    return X86Scene::kIrqStack + dice.below(X86Scene::kStackSize / 8) * 8;
                case 4:
                    return X86Scene::kStack + dice.below(X86Scene::kStackSize);
                case 5:
                    return X86Scene::kStack + dice.below(X86Scene::kStackSize / 8) * 8;
                default:
                    return returns[dice.below(returns.size())];
            }
        };
        for (std::uint64_t stack : {X86Scene::kStack, X86Scene::kIrqStack})
            for (std::uint64_t at = 0; at < X86Scene::kStackSize; at += 8)
                scene.memory.put(stack + at, word());
        for (unsigned i = 0; i < 8; ++i) {
            auto start = scene.start(i % 2 == 0 ? returns[dice.below(returns.size())] : word(),
                                     word(), word());
            for (const char* name : {"r10", "r13", "rdi", "rdx"}) start.registers.set(name, word());
            start.precise = dice.below(2) == 0;
            if (dice.below(3) == 0) start.task_stack.reset();
            if (dice.below(3) == 0) start.stacks.clear();
            Unwinder unwinder(scene.memory, scene.types, scene.symbols, {});
            Budget budget(dice.below(2) == 0 ? 5000 : dice.below(40));
            INFO("seed " << seed);
            check_sane(unwinder.unwind(start, budget), budget);
            unwinder.below_fault(start, budget);
        }
    }
}

TEST_CASE("random aarch64 stacks are survived") {
    constexpr std::uint64_t kText = 0xffff800008000000;
    constexpr std::uint64_t kStack = 0xffff80000a000000;
    for (unsigned seed = 0; seed < 400; ++seed) {
        Dice dice(seed);
        fakes::FakePages memory;
        fakes::FakeTypes types;
        fakes::FakeSymbols symbols;
        if (dice.below(2) == 0)
            types.add("struct pt_regs", 0x140,
                      {{"stackframe", 0x128, 24}, {"stackframe.type", 0x138}});
        std::vector<std::uint64_t> returns;
        for (std::uint64_t i = 0; i < 20; ++i) {
            symbols.add("f" + std::to_string(i), kText + i * 256, 256, 'T');
            memory.put<std::uint32_t>(
                kText + i * 256 + 0x20,
                0x94000000u | static_cast<std::uint32_t>(dice.below(1 << 26)));
            returns.push_back(kText + i * 256 + 0x24);
        }
        auto word = [&]() -> std::uint64_t {
            switch (dice.below(8)) {
                case 0:
                    return dice.any();
                case 1:
                    return dice.below(3);
                case 2:
                    return 0x60400005;
                case 3:
                    return kStack + dice.below(16384);
                case 4:
                    return kStack + dice.below(2048) * 8;
                case 5:
                    return kStack + dice.below(1024) * 16;
                default:
                    return returns[dice.below(returns.size())] &
                           (dice.below(2) == 0 ? UINT64_MAX : 0x00ffffffffffffff);
            }
        };
        for (std::uint64_t at = 0; at < 16384; at += 8) memory.put(kStack + at, word());
        Options options;
        options.arch = Arch::aarch64;
        Unwinder unwinder(memory, types, symbols, options);
        for (unsigned i = 0; i < 8; ++i) {
            Start start;
            for (const char* name : {"pc", "sp", "x29", "x30", "pstate"})
                start.registers.set(name, word());
            start.precise = dice.below(2) == 0;
            if (dice.below(3) != 0) start.task_stack = VAddr{kStack};
            Budget budget(dice.below(2) == 0 ? 5000 : dice.below(40));
            INFO("seed " << seed);
            check_sane(unwinder.unwind(start, budget), budget);
            unwinder.below_fault(start, budget);
        }
    }
}

TEST_CASE("a chain of frames without end stops at the limit") {
    X86Scene scene;
    auto function = scene.function("recurse", 1);
    auto back = scene.call(function, 0x20, function);
    scene.frame(function, 8);
    for (std::uint64_t at = 0; at < X86Scene::kStackSize; at += 8)
        scene.memory.put(X86Scene::kStack + at, back);
    scene.write_orc();
    auto result = scene.unwind(scene.start(function + 4, X86Scene::kStack));
    CHECK(result.frames.size() == Options{}.max_frames);
    CHECK(result.reason == Reason::budget);
    CHECK_FALSE(result.complete);
}

TEST_CASE("registers that lack a program counter or stack pointer give an empty stack") {
    X86Scene scene;
    scene.write_orc();
    auto result = scene.unwind(Start{});
    CHECK(result.frames.empty());
    CHECK(result.reason == Reason::corrupt);
    Options options;
    options.arch = Arch::riscv64;
    Unwinder unwinder(scene.memory, scene.types, scene.symbols, options);
    Budget budget(100);
    CHECK(unwinder.unwind(Start{}, budget).reason == Reason::unsupported_arch);
    CHECK_FALSE(unwinder.sleeping(VAddr{0xffff888000000000}).has_value());
}

}  // namespace
}  // namespace nfstriage::unwind::test
