#include "machine.h"

#include <asm/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace nfstriage::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kInstruction = 512;  // its place in the page of code

// Both in the low 2 GiB, so that the code reaches them with absolute addresses and no register.
struct Context {
    std::array<std::uint64_t, 16> in, out, saved;
    std::uint64_t flags;
};

// A signal handler can be reached in no other way.
sigjmp_buf return_point;

void on_fault(int) { siglongjmp(return_point, 1); }

class Emitter {
public:
    explicit Emitter(std::uint8_t* at) : at_(at) {}
    void bytes(std::initializer_list<int> values) {
        for (int value : values) *at_++ = static_cast<std::uint8_t>(value);
    }
    void load(int reg, const std::uint64_t* from) { move(0x8b, reg, from); }
    void store(int reg, const std::uint64_t* to) { move(0x89, reg, to); }
    void absolute(const void* address) {
        auto value = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(address));
        std::memcpy(at_, &value, 4);
        at_ += 4;
    }
    std::uint8_t* at() const { return at_; }

private:
    void move(int opcode, int reg, const void* address) {
        bytes({reg >= 8 ? 0x4c : 0x48, opcode, 0x04 | (reg & 7) << 3, 0x25});
        absolute(address);
    }
    std::uint8_t* at_;
};

Context* context_of(std::uint8_t* code) { return reinterpret_cast<Context*>(code + kPage); }

std::uint8_t* map(std::size_t size, int protection) {
    void* at = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (at == MAP_FAILED) std::abort();
    return static_cast<std::uint8_t*>(at);
}

}  // namespace

Machine::Machine() {
    code_ = map(2 * kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
    arena_ = map(kArena + 2 * kPage, PROT_NONE) + kPage;
    mprotect(arena_, kArena, PROT_READ | PROT_WRITE);
    syscall(SYS_arch_prctl, ARCH_SET_GS, gs());

    stack_t stack{};
    stack.ss_size = 16 * kPage;
    stack.ss_sp = map(stack.ss_size, PROT_READ | PROT_WRITE);
    sigaltstack(&stack, nullptr);
    struct sigaction action {};
    action.sa_handler = on_fault;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP})
        sigaction(signal, &action, nullptr);

    Context& context = *context_of(code_);
    Emitter enter(code_);
    for (int r = 0; r < 16; ++r) enter.store(r, &context.saved[r]);
    enter.bytes({0xff, 0x34, 0x25});  // push flags
    enter.absolute(&context.flags);
    enter.bytes({0x9d});  // popfq
    for (int r = 0; r < 16; ++r) enter.load(r, &context.in[r]);
    while (enter.at() < code_ + kInstruction) enter.bytes({0x90});
}

Machine::~Machine() {
    munmap(code_, 2 * kPage);
    munmap(arena_ - kPage, kArena + 2 * kPage);
}

std::uint64_t Machine::arena() const { return reinterpret_cast<std::uintptr_t>(arena_); }
std::uint64_t Machine::gs() const { return arena() - 0x100000; }
std::uint64_t Machine::code_address() const {
    return reinterpret_cast<std::uintptr_t>(code_ + kInstruction);
}

void Machine::load(const std::vector<std::uint8_t>& instruction) {
    Context& context = *context_of(code_);
    std::memcpy(code_ + kInstruction, instruction.data(), instruction.size());
    Emitter leave(code_ + kInstruction + instruction.size());
    for (int r = 0; r < 16; ++r) leave.store(r, &context.out[r]);
    leave.load(4, &context.saved[4]);
    leave.bytes({0x68, 0x02, 0x02, 0x00, 0x00, 0x9d});  // push $0x202; popfq
    for (int r = 0; r < 16; ++r) leave.load(r, &context.saved[r]);
    leave.bytes({0xc3});
}

bool Machine::run(const State& before, State& after) {
    Context& context = *context_of(code_);
    context.in = before.registers;
    context.flags = before.flags;
    std::memcpy(arena_, before.memory.data(), kArena);
    if (sigsetjmp(return_point, 0) != 0) return false;
    reinterpret_cast<void (*)()>(reinterpret_cast<std::uintptr_t>(code_))();
    after.registers = context.out;
    after.flags = before.flags;
    std::memcpy(after.memory.data(), arena_, kArena);
    return true;
}

}  // namespace nfstriage::test
