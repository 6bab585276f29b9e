// What data flow claims holds on every path: functions made at random and functions that a compiler
// made, walked along random paths with made-up values.
#include <random>

#include "arguments/code_image.h"
#include "catch.h"
#include "flow_build.h"
#include "flow_walk.h"

using namespace nfstriage;
using namespace nfstriage::arguments;

namespace {

// Jumps to anywhere, pushes in no order, addresses that escape: worse than any compiler.
FunctionCode random_function(std::mt19937_64& random, Arch arch) {
    bool arm = arch == Arch::aarch64;
    isa::Register top = isa::stack_pointer(arch);
    auto count = static_cast<unsigned>(8 + random() % 24);
    FunctionCode code;
    code.name = "f";
    code.entry = VAddr{build::kText};
    auto reg = [&]() -> isa::Register {
        constexpr std::array<isa::Register, 6> kX86{0, 3, 5, 6, 7, 12}, kArm{0, 1, 19, 20, 21, 29};
        return arm ? kArm[random() % 6] : kX86[random() % 6];
    };
    auto target = [&] { return build::place(random() % count); };
    std::vector<isa::Instruction> body{build::add(top, top, -64)};
    while (body.size() < count) {
        auto slot = static_cast<std::int64_t>(8 * (random() % 8));
        isa::Instruction next;
        switch (random() % 14) {
            case 0:
            case 1:
                next = build::copy(reg(), reg(), random() % 4 == 0 ? 32 : 64);
                break;
            case 2:
                next = build::add(reg(), reg(), static_cast<std::int64_t>(random() % 64));
                break;
            case 3:
                next = build::set(reg(), random());
                break;
            case 4:
                next = build::compute(reg(), reg());
                break;
            case 5:
            case 6:
                next = build::store(build::at(top, slot, random() % 5 == 0 ? 4 : 8), reg());
                break;
            case 7:
            case 8:
                next = build::load(reg(), build::at(top, slot, random() % 5 == 0 ? 4 : 8));
                break;
            case 9:
                next = build::load(reg(), build::at(reg(), 16));
                break;
            case 10:
                next = random() % 8 == 0 ? build::add(reg(), top, slot) : build::call();
                break;
            case 11:
                next = build::jump(target());
                break;
            default:
                next = build::branch(target());
                break;
        }
        next.conditional = next.flow == isa::Flow::next && random() % 16 == 0;
        body.push_back(next);
    }
    body.push_back(build::ret());
    std::uint64_t at = build::kText;
    for (isa::Instruction& i : body) {
        i.address = at;
        at += i.size;
        code.instructions.push_back(i);
    }
    code.parts.push_back({VAddr{build::kText}, VAddr{at}});
    return code;
}

struct Tally {
    unsigned compared = 0, equalities = 0;
};

// Walks the function and compares at every instruction.
void compare(const FunctionCode& code, Arch arch, const layout::Symbols& symbols, unsigned walks,
             Tally& tally) {
    FlowGraph graph(code, arch, symbols);
    for (const isa::Instruction& target : code.instructions) {
        auto result = state_before(code, arch, VAddr{target.address}, symbols);
        if (!result) continue;
        for (const auto& [offset, slot] : result->state.slots)
            tally.equalities += result->symbols[slot.value.symbol].kind == Symbol::Kind::entry;
        for (unsigned seed = 0; seed < walks; ++seed) {
            FlowWalk walk(graph, seed * 1000003 + target.address);
            for (unsigned visits = 0; visits < 4 && walk.reach(&target, 300); ++visits) {
                ++tally.compared;
                INFO(code.name << " before " << hex(target.address) << ", seed " << seed);
                REQUIRE(walk.contradiction(*result) == "");
            }
        }
    }
}

constexpr std::string_view kSource = R"(
struct page; struct list { struct list *next, *prev; };
struct req { struct list list; struct page *page; struct req *head; long flags; int count; };
extern void lock(struct req *), unlock(struct req *), wait(void *, struct list *);
extern long use(struct req *, struct page *, long, long, long, long, struct req *, long);
extern struct req *next_of(struct req *, int);

long many(struct req *a, struct page *p, long c, long d, long e, long f, struct req *g, long h) {
    long sum = 0;
    lock(a);
    for (int i = 0; i < c; ++i) {
        struct req *r = next_of(a, i);
        if (!r) { sum += use(g, p, h, f, e, d, r, c); continue; }
        sum += use(r, p, d, e, f, sum, g, h);
        a = r;
    }
    unlock(a);
    return sum + use(a, p, c, d, e, f, g, h);
}

long waits(struct req *a, struct page *p, long c) {
    struct list on_stack = {&on_stack, &on_stack};
    struct req copy = *a;
    lock(&copy);
    while (copy.flags & c) wait(p, &on_stack);
    if (on_stack.next != &on_stack) unlock(a);
    return use(a, p, copy.flags, c, 0, 0, &copy, copy.count);
}

long chooses(struct req *a, int kind, struct page *p) {
    struct req *r = a;
    switch (kind) {
        case 0: r = next_of(a, 1); lock(r); break;
        case 1: unlock(a); break;
        case 2: p = 0; wait(p, &a->list); break;
        case 3: use(a, p, 1, 2, 3, 4, r, 5); break;
        case 4: r = a->head; unlock(r); break;
        case 5: lock(a); r = next_of(r, 9); break;
        case 6: wait(a, 0); p = a->page; break;
        default: return -1;
    }
    return use(r, p, kind, 0, 0, 0, a, 0);
}
long end_of_text(void) { return 0; }
)";

constexpr std::string_view kOptions =
    " -O2 -S -fno-asynchronous-unwind-tables -fno-stack-protector -fno-pic -ffreestanding"
    " -fno-reorder-blocks-and-partition -fomit-frame-pointer -o - f.c";

std::string compile(const std::string& compiler) {
    test::Workshop workshop;
    workshop.write("f.c", kSource);
    std::string assembly = workshop.run(compiler + std::string(kOptions)) + "\t.text\n";
    for (const char* name : {"lock", "unlock", "wait", "use", "next_of"})
        assembly += std::string(name) + ":\n ret\n nop\n";
    return assembly;
}

}  // namespace

TEST_CASE("claims about random functions hold on every random path") {
    std::mt19937_64 random(20240611);
    fakes::FakeSymbols symbols;
    Tally tally;
    for (unsigned i = 0; i < 150; ++i)
        for (Arch arch : {Arch::x86_64, Arch::aarch64})
            compare(random_function(random, arch), arch, symbols, 12, tally);
    CHECK(tally.compared > 20000);
    CHECK(tally.equalities > 100);
}

TEST_CASE("claims about compiled functions hold on every random path") {
    auto [compiler, extra, arch] = GENERATE(table<std::string, std::string, Arch>(
        {{"cc", " -mcmodel=kernel -mno-red-zone -mno-sse -fcf-protection=none", Arch::x86_64},
         {"aarch64-linux-gnu-gcc", " -mgeneral-regs-only", Arch::aarch64}}));
    test::Image image(compile(compiler + extra), compiler);
    CodeReader reader(image.memory, image.symbols, arch);
    Tally tally;
    for (const char* name : {"many", "waits", "chooses"}) {
        auto code = reader.function_at(image.address(name));
        REQUIRE(code);
        CHECK((*code)->complete);
        compare(**code, arch, image.symbols, 6, tally);
        // Every call sees the whole stack frame, and switches are resolved.
        for (const isa::Instruction& i : (*code)->instructions) {
            if (i.flow != isa::Flow::call) continue;
            auto result = state_before(**code, arch, VAddr{i.address}, image.symbols);
            REQUIRE(result);
            Value top = result->state.registers[isa::stack_pointer(arch)];
            CHECK(result->symbols[top.symbol].kind == Symbol::Kind::frame);
            CHECK(result->all_paths_seen);
        }
    }
    CHECK(tally.compared > 500);
}

TEST_CASE("arguments kept across calls by a compiler are known at each later call") {
    auto [compiler, extra, arch] = GENERATE(table<std::string, std::string, Arch>(
        {{"cc", " -mcmodel=kernel -mno-red-zone -mno-sse -fcf-protection=none", Arch::x86_64},
         {"aarch64-linux-gnu-gcc", " -mgeneral-regs-only", Arch::aarch64}}));
    test::Image image(compile(compiler + extra), compiler);
    CodeReader reader(image.memory, image.symbols, arch);
    auto code = reader.function_at(image.address("many"));
    REQUIRE(code);
    auto arguments = isa::argument_registers(arch);
    unsigned calls = 0;
    for (const isa::Instruction& i : (*code)->instructions) {
        if (i.flow != isa::Flow::call || *i.target != image.address("use").value) continue;
        ++calls;
        auto result = state_before(**code, arch, VAddr{i.address}, image.symbols);
        REQUIRE(result);
        // Every call of use() is given the page that many() was given.
        Value page = result->state.registers[arguments[1]];
        CHECK(result->symbols[page.symbol].kind == Symbol::Kind::entry);
        CHECK(result->symbols[page.symbol].reg == arguments[1]);
        CHECK(page.offset == 0);
    }
    CHECK(calls == 3);
}
