#include <array>

#include "arguments/call_target.h"
#include "arguments/faulting_access.h"
#include "arguments/flow_graph.h"
#include "catch.h"
#include "kernel/slab_world.h"

using namespace nfstriage;
using arguments::AccessKind;
using test::SlabWorld;

namespace {

Registers registers(std::initializer_list<std::pair<const char*, std::uint64_t>> values) {
    Registers out;
    for (const auto& [name, value] : values) out.set(name, value);
    return out;
}

Maybe<arguments::FaultingAccess> in_log(Arch arch, std::vector<std::uint8_t> bytes,
                                        const Registers& values,
                                        std::optional<std::uint64_t> address = std::nullopt) {
    return arguments::faulting_access(isa::Decoder(arch), bytes, values, address);
}

// Functions that stand in memory, with symbols, prototypes and structures.
struct Kernel : SlabWorld {
    static constexpr std::uint64_t kText = kLinear + 0x200000;

    Kernel() {
        types.add("struct rpc_task", 64,
                  {{"tk_xprt", 0x10, 8, 0, 0, "struct rpc_xprt"},
                   {"tk_action", 0x18, 8, 0, 0, "void (...)"},
                   {"tk_flags", 0x20, 2}});
        types.add("struct rpc_xprt", 64, {{"num_reqs", 0x28, 4}, {"state", 0x30}});
        types.add_function("xprt_reserve", {{"task", "struct rpc_task *"}});
        types.add_function("do_action", {{"task", "struct rpc_task *"}});
    }
    void function(const char* name, std::uint64_t at, const std::vector<std::uint8_t>& code,
                  const char* module = "sunrpc") {
        for (std::size_t i = 0; i < code.size(); ++i) byte(at + i, code[i]);
        symbols.add(name, at, code.size(), 't', module);
    }
    void byte(std::uint64_t at, std::uint8_t value) {
        std::uint64_t word = memory().u64(VAddr{at & ~7ull}).value_or(0);
        std::uint64_t shift = at % 8 * 8;
        put64(at & ~7ull, (word & ~(0xffull << shift)) | std::uint64_t{value} << shift);
    }
    Maybe<arguments::FaultingAccess> fault(const Registers& values, std::uint64_t pc,
                                           std::optional<std::uint64_t> address) const {
        arguments::CodeReader code(memory(), symbols, Arch::x86_64);
        kernel::Objects objects(*this, types, symbols);
        return arguments::faulting_access({code, types, *this, objects}, values, VAddr{pc},
                                          address);
    }
    Maybe<arguments::CallTarget> call(const Registers& values, std::uint64_t pc,
                                      std::optional<VAddr> back) const {
        arguments::CodeReader code(memory(), symbols, Arch::x86_64);
        kernel::Objects objects(*this, types, symbols);
        return arguments::call_target({code, types, *this, objects}, values, VAddr{pc}, back);
    }
};

// mov 0x10(%rdi),%rax; mov 0x28(%rax),%ebx; ret
const std::vector<std::uint8_t> kReserve = {0x48, 0x8b, 0x47, 0x10, 0x8b, 0x58, 0x28, 0xc3};

}  // namespace

TEST_CASE("an operand is shown with the bytes that were to be read or written, and the pointer") {
    // mov 0x18(%rbp),%rbx
    auto load = in_log(Arch::x86_64, {0x48, 0x8b, 0x5d, 0x18}, registers({{"rbp", 0}}), 0x18);
    REQUIRE(load);
    CHECK(load->sentence() == "read of 8 bytes at NULL + 0x18: rbp + 0x18; rbp is NULL");
    // lock btsq $5,0x38(%rdi)
    auto set_bit = in_log(Arch::x86_64, {0xf0, 0x48, 0x0f, 0xba, 0x6f, 0x38, 0x05},
                          registers({{"rdi", 0xdead000000000122}}), std::nullopt);
    REQUIRE(set_bit);
    CHECK(set_bit->access.kind == AccessKind::update);
    CHECK(set_bit->access.address == 0xdead00000000015au);
    CHECK(set_bit->base.text == "LIST_POISON2");
    // ldr x0, [x20, #0x408]
    auto arm = in_log(Arch::aarch64, {0x80, 0x06, 0x42, 0xf9}, registers({{"x20", 0}}), 0x408);
    REQUIRE(arm);
    CHECK(arm->access.operand == "x20 + 0x408");
    CHECK(arm->access.size == 8);
}

TEST_CASE("of several operands the one at the fault's address is named, else the one that is bad") {
    // movsq: (%rsi) to (%rdi)
    std::vector<std::uint8_t> move = {0x48, 0xa5};
    Registers values = registers({{"rsi", 0xffff888000001000}, {"rdi", 0x6b6b6b6b6b6b6b6b}});
    auto chosen = in_log(Arch::x86_64, move, values);
    REQUIRE(chosen);
    CHECK(chosen->access.kind == AccessKind::write);
    CHECK(chosen->access.base_name == "rdi");
    auto told = in_log(Arch::x86_64, move, values, 0xffff888000001000);
    REQUIRE(told);
    CHECK(told->access.kind == AccessKind::read);
    CHECK(told->access.base_name == "rsi");
    CHECK_FALSE(in_log(Arch::x86_64, move, values, 0x1234));  // another fault's address
}

TEST_CASE("indices are part of the address; with a segment no register is a pointer") {
    // mov (%rax,%rcx,8),%rdx
    auto indexed =
        in_log(Arch::x86_64, {0x48, 0x8b, 0x14, 0xc8}, registers({{"rax", 0}, {"rcx", 4}}), 0x20);
    REQUIRE(indexed);
    CHECK(indexed->access.operand == "rax + rcx*8");
    CHECK(indexed->access.address == 0x20u);
    // mov %gs:(%rax),%rdx
    auto segment =
        in_log(Arch::x86_64, {0x65, 0x48, 0x8b, 0x10}, registers({{"rax", 0x1fbc0}}), std::nullopt);
    REQUIRE(segment);
    CHECK(segment->access.operand == "gs:rax");
    CHECK_FALSE(segment->access.base);
    CHECK_FALSE(segment->access.address);
}

TEST_CASE("what accesses no memory or does not decode is no faulting access") {
    Registers values = registers({{"rax", 1}});
    CHECK(in_log(Arch::x86_64, {0x0f, 0x0b}, values).error().reason == Reason::no_type);
    CHECK(in_log(Arch::x86_64, {0x48, 0x89, 0xc3}, values).error().reason == Reason::no_type);
    CHECK_FALSE(in_log(Arch::x86_64, {}, values));
    CHECK_FALSE(in_log(Arch::aarch64, {1, 2}, values));
    CHECK(in_log(Arch::riscv64, {1, 2, 3, 4}, values).error().reason == Reason::unsupported_arch);
}

TEST_CASE("a fault at the program counter itself is a fetch of instructions") {
    auto fetch = in_log(Arch::aarch64, {0, 0, 0, 0}, registers({{"pc", 0xffffa628c7d2bb28}}),
                        0xffffa628c7d2bb28);
    REQUIRE(fetch);
    CHECK(fetch->access.kind == AccessKind::execute);
    CHECK(fetch->sentence() == "instruction fetch at 0xffffa628c7d2bb28, a kernel address");
}

TEST_CASE("in a dump the access is a member of what the function's parameter leads to") {
    Kernel kernel;
    kernel.function("xprt_reserve", Kernel::kText, kReserve);
    auto found = kernel.fault(registers({{"rax", 0}, {"rdi", 0x1000}}), Kernel::kText + 4, 0x28);
    REQUIRE(found);
    CHECK(found->expression == "task->tk_xprt->num_reqs");
    CHECK(found->object == "task->tk_xprt");
    CHECK(found->type == "struct rpc_xprt *");
    CHECK(found->member == "num_reqs");
    CHECK(found->sentence() ==
          "read of 4 bytes at NULL + 0x28: task->tk_xprt->num_reqs; task->tk_xprt (in rax, task is "
          "argument 0 of xprt_reserve) is NULL");
    auto first = kernel.fault(registers({{"rdi", 0}}), Kernel::kText, 0x10);
    REQUIRE(first);
    CHECK(first->sentence() ==
          "read of 8 bytes at NULL + 0x10: task->tk_xprt; task (in rdi, argument 0 of "
          "xprt_reserve) is NULL");
}

TEST_CASE("a copy of a function whose parameters the compiler changed names only registers") {
    Kernel kernel;
    kernel.function("xprt_reserve.isra.0", Kernel::kText, kReserve);
    auto found = kernel.fault(registers({{"rax", 0}}), Kernel::kText + 4, 0x28);
    REQUIRE(found);
    CHECK(found->expression.empty());
    CHECK(found->access.operand == "rax + 0x28");
}

TEST_CASE("without a prototype the object in a register tells the type by what it keeps true") {
    Kernel kernel;
    kernel.types.add("struct rpc_task", 64,
                     {{"tk_xprt", 0x10, 8, 0, 0, "struct rpc_xprt"}, {"tk_flags", 0x20, 2}});
    kernel.function("unheard_of", Kernel::kText, kReserve);
    std::uint64_t task = kernel.add_cache(1, "rpc_tasks", 64, 64, 1, 1, {});
    auto found = kernel.fault(registers({{"rax", 0}, {"rdi", task}}), Kernel::kText + 4, 0x28);
    REQUIRE(found);
    CHECK(found->expression == "rdi->tk_xprt->num_reqs");
    CHECK(found->origin == "rdi is a struct rpc_task: object of slab cache rpc_tasks");
    // A freed object is said to be one.
    std::uint64_t freed = kernel.add_cache(2, "rpc_xprts", 64, 64, 1, 1, {0});
    auto use =
        kernel.fault(registers({{"rax", freed}, {"rdi", task}}), Kernel::kText + 4, freed + 0x28);
    REQUIRE(use);
    CHECK(use->base.kind == kernel::PointerKind::freed);
}

TEST_CASE("the pointer that a retpoline jumps through is named, with the member it came from") {
    Kernel kernel;
    std::uint64_t thunk = Kernel::kText + 0x100;
    // mov 0x18(%rdi),%r15; call thunk; ret
    kernel.function("do_action", Kernel::kText,
                    {0x4c, 0x8b, 0x7f, 0x18, 0xe8, 0xf7, 0x00, 0x00, 0x00, 0xc3});
    kernel.function("__x86_indirect_thunk_r15", thunk, {0x0f, 0xae, 0xe8, 0x41, 0xff, 0xe7}, "");
    kernel.function("call_transmit", Kernel::kText + 0x200, {0xc3});
    Registers values = registers({{"r15", Kernel::kText + 0x200}});
    auto found = kernel.call(values, thunk + 3, VAddr{Kernel::kText + 9});
    REQUIRE(found);
    CHECK(found->through == "r15");
    CHECK(found->function == "call_transmit");
    CHECK(found->module == "sunrpc");
    CHECK(found->expression == "task->tk_action");
    CHECK_FALSE(found->has_happened);
    auto alone = kernel.call(values, thunk + 3, std::nullopt);
    REQUIRE(alone);
    CHECK(alone->function == "call_transmit");
    CHECK(alone->expression.empty());
    CHECK_FALSE(kernel.call({}, thunk + 3, std::nullopt));
}

TEST_CASE("a call that went astray is traced back to the pointer it went through") {
    Kernel kernel;
    // mov %rdi,%rbx; call *0x18(%rdi); ret
    kernel.function("do_action", Kernel::kText, {0x48, 0x89, 0xfb, 0xff, 0x57, 0x18, 0xc3});
    std::uint64_t stack = Kernel::kLinear + 0x300000;
    kernel.put64(stack, Kernel::kText + 6);
    auto found =
        kernel.call(registers({{"rsp", stack}, {"rip", 0}, {"rdi", 0x1000}}), 0, std::nullopt);
    REQUIRE(found);
    CHECK(found->has_happened);
    CHECK(found->address == 0);
    CHECK(found->through == "rdi + 0x18");
    CHECK(found->expression == "task->tk_action");
    CHECK_FALSE(kernel.call(registers({{"rsp", stack + 8}}), 0, std::nullopt));
}

TEST_CASE("thunks of every kind tell their register, other functions none") {
    auto thunk = [](std::string_view name) -> std::string_view {
        auto number = arguments::thunk_register(name);
        return number ? isa::register_name(Arch::x86_64, *number) : "";
    };
    CHECK(thunk("__x86_indirect_thunk_rax") == "rax");
    CHECK(thunk("__x86_indirect_call_thunk_r11") == "r11");
    CHECK(thunk("__x86_indirect_thunk_array").empty());
    CHECK(thunk("__x86_return_thunk").empty());
}
