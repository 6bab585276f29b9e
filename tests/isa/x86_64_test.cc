// Hand-checked encodings of every class of instructions that an x86_64 kernel has.
#include "catch.h"
#include "describe.h"
#include "isa/capstone_x86.h"

using namespace nfstriage;

namespace {

struct Case {
    const char* bytes;
    std::string expected;
};

constexpr std::uint64_t kAddress = 0xffffffff81000000;

const std::string kAll =
    "reads rax rcx rdx rbx rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15; "
    "writes rax rcx rdx rbx rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15";

void check(const std::vector<Case>& cases) {
    isa::Decoder decoder(Arch::x86_64);
    auto capstone = isa::x86_decoder_by_capstone();
    for (const Case& one : cases) {
        INFO(one.bytes);
        auto bytes = test::bytes_of(std::string(one.bytes));
        CHECK(test::describe(decoder, bytes, kAddress) == one.expected);
        // The decoder of static programs may know nothing, but nothing else.
        auto by_capstone = capstone->decode(bytes, kAddress);
        if (by_capstone) CHECK(test::describe(Arch::x86_64, *by_capstone) == one.expected);
    }
}

}  // namespace

TEST_CASE("x86_64: moves say what a register holds, unless they leave part of it") {
    check({
        {"48 89 e5", "reads rsp; writes rbp; rbp = rsp"},                  // mov    %rsp,%rbp
        {"89 f8", "reads rdi; writes rax; rax = rdi of 32"},               // mov    %edi,%eax
        {"89 f6", "reads rsi; writes rsi; rsi = rsi of 32"},               // mov    %esi,%esi
        {"66 89 c8", "reads rcx; writes rax"},                             // mov    %cx,%ax
        {"88 e0", "reads rax; writes rax"},                                // mov    %ah,%al
        {"48 c7 c0 fe ff ff ff", "writes rax; rax = 0xfffffffffffffffe"},  // mov    $-0x2,%rax
        {"b8 ff ff ff ff", "writes rax; rax = 0xffffffff"},                // mov    $-0x1,%eax
        {"49 be 08 07 06 05 04 03 02 01",
         "writes r14; r14 = 0x102030405060708"},  // mov    $0x102030405060708,%r14
        {"66 b8 34 12", "writes rax"},            // mov    $0x1234,%ax
        {"b0 05", "writes rax"},                  // mov    $0x5,%al
        {"48 8b 47 28", "reads rdi; writes rax; [rdi+0x28] 8 r; rax = [0]"},  // mov 0x28(%rdi),%rax
        {"8b 47 28",
         "reads rdi; writes rax; [rdi+0x28] 4 r; rax = [0] of 32"},  // mov    0x28(%rdi),%eax
        {"66 8b 47 28", "reads rdi; writes rax; [rdi+0x28] 2 r"},    // mov    0x28(%rdi),%ax
        {"8a 47 28", "reads rdi; writes rax; [rdi+0x28] 1 r"},       // mov    0x28(%rdi),%al
        {"4a 8b 44 e7 f8",
         "reads rdi r12; writes rax; [rdi+r12*8-0x8] 8 r; rax = [0]"},  // mov
                                                                        // -0x8(%rdi,%r12,8),%rax
        {"48 8b 05 00 10 00 00",
         "writes rax; [0xffffffff81001007] 8 r; rax = [0]"},  // mov 0xffffffff81001007(%rip),%rax
        {"65 48 8b 04 25 40 fc 01 00",
         "writes rax; [gs:0x1fc40] 8 r; rax = [0]"},  // mov    %gs:0x1fc40,%rax
        {"64 8b 00",
         "reads rax; writes rax; [fs:rax] 4 r; rax = [0] of 32"},  // mov    %fs:(%rax),%eax
        {"67 8b 00", "reads rax; writes rax; [rax] 0 r"},          // mov    (%eax),%eax
        {"48 a1 00 01 02 03 04 05 06 07",
         "writes rax; [0x706050403020100] 8 r; rax = [0]"},  // mov    0x706050403020100,%rax
        {"48 0f 44 c1", "reads rcx; writes rax"},            // cmove  %rcx,%rax
        {"0f 44 c1", "reads rcx; writes rax"},               // cmove  %ecx,%eax
        {"8c d8", "writes rax"},                             // mov    %ds,%eax
        {"0f 22 d8", "reads rax"},                           // mov    %rax,%cr3
        {"0f 20 d0", "writes rax"},                          // mov    %cr2,%rax
    });
}

TEST_CASE("x86_64: extensions say how many bits come from where") {
    check({
        {"0f b6 c3", "reads rbx; writes rax; rax = rbx of 8"},  // movzbl %bl,%eax
        {"0f b7 47 10",
         "reads rdi; writes rax; [rdi+0x10] 2 r; rax = [0] of 16"},  // movzwl 0x10(%rdi),%eax
        {"48 0f b6 c4", "reads rsp; writes rax; rax = rsp of 8"},    // movzbq %spl,%rax
        {"0f b6 c4", "reads rax; writes rax"},                       // movzbl %ah,%eax
        {"48 0f be 07",
         "reads rdi; writes rax; [rdi] 1 r; rax = [0] of 8 signed"},    // movsbq (%rdi),%rax
        {"0f be 07", "reads rdi; writes rax; [rdi] 1 r"},               // movsbl (%rdi),%eax
        {"48 63 d7", "reads rdi; writes rdx; rdx = rdi of 32 signed"},  // movslq %edi,%rdx
        {"48 63 04 87",
         "reads rax rdi; writes rax; [rdi+rax*4] 4 r; rax = [0] of 32 "
         "signed"},                                                  // movslq (%rdi,%rax,4),%rax
        {"48 98", "reads rax; writes rax; rax = rax of 32 signed"},  // cltq
        {"48 99", "reads rax; writes rdx"},                          // cqto
        {"98", "reads rax; writes rax"},                             // cwtl
    });
}

TEST_CASE("x86_64: only 64-bit arithmetic with constants is a sum") {
    check({
        {"48 83 c4 f0", "reads rsp; writes rsp; rsp = rsp - 0x10"},           // add    $-0x10,%rsp
        {"48 81 ec 98 00 00 00", "reads rsp; writes rsp; rsp = rsp - 0x98"},  // sub    $0x98,%rsp
        {"83 c4 08", "reads rsp; writes rsp"},                                // add    $0x8,%esp
        {"48 ff c0", "reads rax; writes rax; rax = rax + 0x1"},               // inc    %rax
        {"48 ff cf", "reads rdi; writes rdi; rdi = rdi - 0x1"},               // dec    %rdi
        {"ff c0", "reads rax; writes rax"},                                   // inc    %eax
        {"48 8d 47 08", "reads rdi; writes rax; rax = rdi + 0x8"},  // lea    0x8(%rdi),%rax
        {"8d 47 08", "reads rdi; writes rax"},                      // lea    0x8(%rdi),%eax
        {"8d 07", "reads rdi; writes rax; rax = rdi of 32"},        // lea    (%rdi),%eax
        {"48 8d 07", "reads rdi; writes rax; rax = rdi"},           // lea    (%rdi),%rax
        {"48 8d 04 37", "reads rsi rdi; writes rax"},               // lea    (%rdi,%rsi,1),%rax
        {"48 8d 44 b5 10", "reads rbp rsi; writes rax"},            // lea    0x10(%rbp,%rsi,4),%rax
        {"48 8d 04 0d 08 00 00 00",
         "reads rcx; writes rax; rax = rcx + 0x8"},  // lea    0x8(,%rcx,1),%rax
        {"48 8d 05 10 00 00 00",
         "writes rax; rax = 0xffffffff81000017"},          // lea    0xffffffff81000017(%rip),%rax
        {"48 01 f8", "reads rax rdi; writes rax"},         // add    %rdi,%rax
        {"48 29 f8", "reads rax rdi; writes rax"},         // sub    %rdi,%rax
        {"31 c0", "reads rax; writes rax; rax = 0x0"},     // xor    %eax,%eax
        {"48 31 ff", "reads rdi; writes rdi; rdi = 0x0"},  // xor    %rdi,%rdi
        {"48 29 c0", "reads rax; writes rax; rax = 0x0"},  // sub    %rax,%rax
        {"30 c0", "reads rax; writes rax"},                // xor    %al,%al
        {"19 c0", "reads rax; writes rax"},                // sbb    %eax,%eax
        {"48 83 e4 f0", "reads rsp; writes rsp"},          // and    $-0x10,%rsp
        {"48 c1 e0 03", "reads rax; writes rax"},          // shl    $0x3,%rax
        {"48 0f c8", "reads rax; writes rax"},             // bswap  %rax
        {"48 f7 e7", "reads rax rdi; writes rax rdx"},     // mul    %rdi
        {"48 6b c7 18", "reads rdi; writes rax"},          // imul   $0x18,%rdi,%rax
    });
}

TEST_CASE("x86_64: stores name the register or the constant") {
    check({
        {"48 89 7c 24 10", "reads rsp rdi; [rsp+0x10] 8 w; [0] <- rdi"},  // mov    %rdi,0x10(%rsp)
        {"66 89 07", "reads rax rdi; [rdi] 2 w; [0] <- rax"},             // mov    %ax,(%rdi)
        {"40 88 3f", "reads rdi; [rdi] 1 w; [0] <- rdi"},                 // mov    %dil,(%rdi)
        {"88 27", "reads rax rdi; [rdi] 1 w; [0] <- ?"},                  // mov    %ah,(%rdi)
        {"48 c7 47 08 fe ff ff ff",
         "reads rdi; [rdi+0x8] 8 w; [0] <- 0xfffffffffffffffe"},  // movq   $-0x2,0x8(%rdi)
        {"c7 47 08 fe ff ff ff",
         "reads rdi; [rdi+0x8] 4 w; [0] <- 0xfffffffe"},           // movl   $-0x2,0x8(%rdi)
        {"c6 47 08 80", "reads rdi; [rdi+0x8] 1 w; [0] <- 0x80"},  // movb   $-0x80,0x8(%rdi)
        {"65 ff 05 10 00 00 00",
         "[gs:0xffffffff81000017] 4 rw; [0] <- ?"},          // incl   %gs:0xffffffff81000017(%rip)
        {"48 83 07 01", "reads rdi; [rdi] 8 rw; [0] <- ?"},  // addq   $0x1,(%rdi)
        {"0f 94 07", "reads rdi; [rdi] 1 w; [0] <- ?"},      // sete   (%rdi)
        {"0f c3 37", "reads rsi rdi; [rdi] 4 w; [0] <- rsi"},  // movnti %esi,(%rdi)
        {"0f 11 07", "reads rdi; [rdi] 16 w; [0] <- ?"},       // movups %xmm0,(%rdi)
        {"f3 0f 7f 07", "reads rdi; [rdi] 16 w; [0] <- ?"},    // movdqu %xmm0,(%rdi)
        {"66 0f 7e c0", "writes rax"},                         // movd   %xmm0,%eax
        {"66 48 0f 6e c7", "reads rdi"},                       // movq   %rdi,%xmm0
    });
}

TEST_CASE("x86_64: the stack is named by rsp before the instruction") {
    check({
        {"55",
         "reads rsp rbp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- rbp"},    // push   %rbp
        {"54", "reads rsp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- rsp"},  // push   %rsp
        {"6a ff",
         "reads rsp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- 0xffffffffffffffff"},  // push
                                                                                               // $-0x1
        {"68 00 00 00 80",
         "reads rsp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- 0xffffffff80000000"},  // push
                                                                                               // $-0x80000000
        {"ff 74 24 10",
         "reads rsp; writes rsp; [rsp+0x10] 8 r; [rsp-0x8] 8 w; rsp = rsp - 0x8; [1] <- ?"},  // push
                                                                                              // 0x10(%rsp)
        {"ff 35 10 00 00 00",
         "reads rsp; writes rsp; [0xffffffff81000016] 8 r; [rsp-0x8] 8 w; rsp = rsp - 0x8; [1] <- "
         "?"},  // push   0xffffffff81000016(%rip)
        {"66 50",
         "reads rax rsp; writes rsp; [rsp-0x2] 2 w; rsp = rsp - 0x2; [0] <- rax"},   // push   %ax
        {"5b", "reads rsp; writes rbx rsp; [rsp] 8 r; rbx = [0]; rsp = rsp + 0x8"},  // pop    %rbx
        {"5c", "reads rsp; writes rsp; [rsp] 8 r; rsp = [0]"},                       // pop    %rsp
        {"66 5b", "reads rsp; writes rbx rsp; [rsp] 2 r; rsp = rsp + 0x2"},          // pop    %bx
        {"8f 44 24 10",
         "reads rsp; writes rsp; [rsp+0x18] 8 w; [rsp] 8 r; rsp = rsp + 0x8; [0] <- ?"},  // pop
                                                                                          // 0x10(%rsp)
        {"8f 03",
         "reads rbx rsp; writes rsp; [rbx] 8 w; [rsp] 8 r; rsp = rsp + 0x8; [0] <- ?"},  // pop
                                                                                         // (%rbx)
        {"c9", "reads rbp; writes rsp rbp; [rbp] 8 r; rbp = [0]; rsp = rbp + 0x8"},      // leave
        {"c8 10 00 00",
         "reads rsp rbp; writes rsp rbp; [rsp-0x8] 8 w; rbp = rsp - 0x8; rsp = rsp - 0x18; [0] <- "
         "rbp"},  // enter  $0x0,$0x10
        {"c8 10 00 01",
         "reads rsp rbp; writes rsp rbp; [rsp-0x8] 0 w; [0] <- ?"},  // enter  $0x1,$0x10
        {"9c", "reads rsp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- ?"},     // pushfq
        {"9d", "reads rsp; writes rsp; [rsp] 8 r; rsp = rsp + 0x8"},                   // popfq
        {"0f a0", "reads rsp; writes rsp; [rsp-0x8] 8 w; rsp = rsp - 0x8; [0] <- ?"},  // push   %fs
        {"0f a1", "reads rsp; writes rsp; [rsp] 8 r; rsp = rsp + 0x8"},                // pop    %fs
    });
}

TEST_CASE("x86_64: calls, jumps, returns and traps") {
    check({
        {"e8 10 00 00 00", "call; to 0xffffffff81000015"},  // call   0xffffffff81000015
        {"ff 15 10 00 00 00",
         "call; via [0]; [0xffffffff81000016] 8 r"},  // call   *0xffffffff81000016(%rip)
        {"ff 50 18", "call; via [0]; reads rax; [rax+0x18] 8 r"},    // call   *0x18(%rax)
        {"41 ff d7", "call; via r15; reads r15"},                    // call   *%r15
        {"ff 54 24 08", "call; via [0]; reads rsp; [rsp+0x8] 8 r"},  // call   *0x8(%rsp)
        {"e9 fb ff ff ff", "jump; to 0xffffffff81000000"},           // jmp    0xffffffff81000000
        {"eb fe", "jump; to 0xffffffff81000000"},                    // jmp    0xffffffff81000000
        {"ff e0", "jump; via rax; reads rax"},                       // jmp    *%rax
        {"3e ff e0", "jump; via rax; reads rax"},                    // notrack jmp *%rax
        {"3e 41 ff e3", "jump; via r11; reads r11"},                 // notrack jmp *%r11
        {"ff 24 c5 00 00 00 82",
         "jump; via [0]; reads rax; [+rax*8-0x7e000000] 8 r"},   // jmp    *-0x7e000000(,%rax,8)
        {"74 05", "branch; to 0xffffffff81000007"},              // je     0xffffffff81000007
        {"0f 8f 00 01 00 00", "branch; to 0xffffffff81000106"},  // jg     0xffffffff81000106
        {"e2 fe",
         "branch; to 0xffffffff81000000; reads rcx; writes rcx"},  // loop   0xffffffff81000000
        {"e3 10", "branch; to 0xffffffff81000012; reads rcx"},     // jrcxz  0xffffffff81000012
        {"c7 f8 10 00 00 00",
         "branch; to 0xffffffff81000016; writes rax"},                 // xbegin 0xffffffff81000016
        {"c3", "ret; reads rsp; writes rsp; rsp = rsp + 0x8"},         // ret
        {"f3 c3", "ret; reads rsp; writes rsp; rsp = rsp + 0x8"},      // ret
        {"c2 08 00", "ret; reads rsp; writes rsp; rsp = rsp + 0x10"},  // ret    $0x8
        {"cb", "stop"},                                                // lret
        {"48 cf", "stop"},                                             // iretq
        {"48 0f 07", "stop; reads rcx r11"},                           // sysret
        {"48 0f 35", "stop; reads rcx rdx; writes rsp"},               // sysexit
        {"0f 0b", "trap"},                                             // ud2
        {"0f b9 40 10", "trap; reads rax"},                            // ud1    0x10(%rax),%eax
        {"cc", "trap"},                                                // int3
        {"f4", ""},                                                    // hlt
        {"fb", ""},                                                    // sti
    });
}

TEST_CASE("x86_64: what changes no register and no memory") {
    check({
        {"90", ""},                                // nop
        {"66 90", ""},                             // nop
        {"0f 1f 44 00 00", ""},                    // nopl   (%rax,%rax,1)
        {"66 2e 0f 1f 84 00 00 00 00 00", ""},     // nopw   (%rax,%rax,1)
        {"f3 0f 1e fa", ""},                       // endbr64
        {"f3 90", ""},                             // pause
        {"0f ae e8", ""},                          // lfence
        {"0f 18 08", "reads rax"},                 // prefetcht0 (%rax)
        {"0f 0d 09", "reads rcx"},                 // prefetchw (%rcx)
        {"0f 01 3f", "reads rdi"},                 // invlpg (%rdi)
        {"3c 05", "reads rax"},                    // cmp    $0x5,%al
        {"48 85 c0", "reads rax"},                 // test   %rax,%rax
        {"48 39 07", "reads rax rdi; [rdi] 8 r"},  // cmp    %rax,(%rdi)
    });
}

TEST_CASE("x86_64: exchanges give the old value of memory") {
    check({
        {"48 87 f7", "reads rsi rdi; writes rsi rdi; rsi = rdi; rdi = rsi"},  // xchg   %rsi,%rdi
        {"87 f7",
         "reads rsi rdi; writes rsi rdi; rsi = rdi of 32; rdi = rsi of 32"},  // xchg   %esi,%edi
        {"48 87 37",
         "reads rsi rdi; writes rsi; [rdi] 8 rw; rsi = [0]; [0] <- rsi"},  // xchg   %rsi,(%rdi)
        {"86 07", "reads rax rdi; writes rax; [rdi] 1 rw; [0] <- rax"},    // xchg   %al,(%rdi)
        {"f0 48 0f b1 0f",
         "reads rax rcx rdi; writes rax; [rdi] 8 rw; [0] <- ?"},  // lock cmpxchg %rcx,(%rdi)
        {"48 0f b1 f7", "reads rax rsi rdi; writes rax rdi"},     // cmpxchg %rsi,%rdi
        {"f0 48 0f c7 4e 20",
         "reads rax rcx rdx rbx rsi; writes rax rdx; [rsi+0x20] 16 rw; [0] <- ?"},  // lock
                                                                                    // cmpxchg16b
                                                                                    // 0x20(%rsi)
        {"f0 0f c1 07",
         "reads rax rdi; writes rax; [rdi] 4 rw; rax = [0] of 32; [0] <- ?"},  // lock xadd
                                                                               // %eax,(%rdi)
        {"48 0f c1 37",
         "reads rsi rdi; writes rsi; [rdi] 8 rw; rsi = [0]; [0] <- ?"},  // xadd   %rsi,(%rdi)
        {"48 0f c1 f7", "reads rsi rdi; writes rsi rdi; rsi = rdi"},     // xadd   %rsi,%rdi
        {"f0 48 0f ab 37", "reads rsi rdi; [rdi] 0 rw; [0] <- ?"},       // lock bts %rsi,(%rdi)
        {"f0 48 0f ba 2f 03", "reads rdi; [rdi] 8 rw; [0] <- ?"},        // lock btsq $0x3,(%rdi)
        {"f0 ff 0f", "reads rdi; [rdi] 4 rw; [0] <- ?"},                 // lock decl (%rdi)
        {"f0 83 44 24 fc 00", "reads rsp; [rsp-0x4] 4 rw; [0] <- ?"},  // lock addl $0x0,-0x4(%rsp)
    });
}

TEST_CASE("x86_64: string instructions move rsi and rdi") {
    check({
        {"f3 48 a5",
         "reads rcx rsi rdi; writes rcx rsi rdi; [rdi] 0 w; [rsi] 0 r; [0] <- ?"},  // rep movsq
        {"a4", "reads rsi rdi; writes rsi rdi; [rdi] 1 w; [rsi] 1 r; [0] <- ?"},    // movsb
        {"f3 aa", "reads rax rcx rdi; writes rcx rdi; [rdi] 0 w; [0] <- ?"},        // rep stosb
        {"48 ab", "reads rax rdi; writes rdi; [rdi] 8 w; [0] <- rax"},              // stosq
        {"ac", "reads rsi; writes rax rsi; [rsi] 1 r"},                             // lodsb
        {"f2 ae", "reads rax rcx rdi; writes rcx rdi; [rdi] 0 r"},                  // repne scasb
        {"f3 a6", "reads rcx rsi rdi; writes rcx rsi rdi; [rsi] 0 r; [rdi] 0 r"},   // repe cmpsb
        {"f3 6d", "reads rcx rdx rdi; writes rcx rdi; [rdi] 0 w; [0] <- ?"},        // rep insl
        {"6e", "reads rdx rsi; writes rsi; [rsi] 1 r"},                             // outsb
    });
}

TEST_CASE("x86_64: registers that instructions change without naming them") {
    check({
        {"0f a2", "reads rax rcx; writes rax rcx rdx rbx"},          // cpuid
        {"0f 31", "writes rax rdx"},                                 // rdtsc
        {"0f 01 f9", "writes rax rcx rdx"},                          // rdtscp
        {"0f 32", "reads rcx; writes rax rdx"},                      // rdmsr
        {"0f 30", "reads rax rcx rdx"},                              // wrmsr
        {"0f 01 c1", kAll},                                          // vmcall
        {"f3 0f 01 d9", kAll},                                       // vmmcall
        {"0f 05", kAll},                                             // syscall
        {"cd 80", "trap; " + kAll},                                  // int    $0x80
        {"0f 01 d8", kAll},                                          // vmrun  %rax
        {"0f 01 fc", "reads rax; [rax] 0 w; [0] <- ?"},              // clzero %rax
        {"48 0f ae 27", "reads rax rdx rdi; [rdi] 0 rw; [0] <- ?"},  // xsave64 (%rdi)
        {"f3 48 0f ae d0", "reads rax"},                             // wrfsbase %rax
        {"f3 0f c7 f8", "writes rax"},                               // rdpid  %rax
        {"0f c7 f0", "writes rax"},                                  // rdrand %eax
        {"d7", "reads rax rbx; writes rax; [rbx] 0 r"},              // xlat
        {"ec", "reads rdx; writes rax"},                             // in     %dx,%al
        {"66 0f 38 f8 07",
         "reads rax rdi; [rdi] 64 r; [rax] 64 w; [1] <- ?"},  // movdir64b (%rdi),%rax
        {"c4 e2 69 90 04 0f", "reads rdi; [rdi] 0 r"},  // vpgatherddl %xmm2,(%rdi,%xmm1,1),%xmm0
        {"f2 0f 01 ca", "stop"},                        // erets
    });
}
