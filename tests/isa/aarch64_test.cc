// Hand-checked encodings of every class of instructions that an aarch64 kernel has.
#include "catch.h"
#include "describe.h"

using namespace nfstriage;

namespace {

struct Case {
    std::uint32_t word;
    std::string expected;
};

constexpr std::uint64_t kAddress = 0xffffffff81000000;

const std::string kAll =
    "reads x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17; "
    "writes x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17";

void check(const std::vector<Case>& cases) {
    isa::Decoder decoder(Arch::aarch64);
    for (const Case& one : cases) {
        INFO(std::hex << one.word);
        CHECK(test::describe(decoder, test::bytes_of(one.word), kAddress) == one.expected);
    }
}

}  // namespace

TEST_CASE("aarch64: moves say what a register holds") {
    check({
        {0xaa0103e0, "reads x1; writes x0; x0 = x1"},               // mov x0, x1
        {0x2a0103e0, "reads x1; writes x0; x0 = x1 of 32"},         // mov w0, w1
        {0xaa1f03e0, "writes x0; x0 = 0x0"},                        // mov x0, xzr
        {0x910003fd, "reads sp; writes x29; x29 = sp"},             // mov x29, sp
        {0x9100003f, "reads x1; writes sp; sp = x1"},               // mov sp, x1
        {0x11000020, "reads x1; writes x0; x0 = x1 of 32"},         // add w0, w1, #0
        {0xd2800020, "writes x0; x0 = 0x1"},                        // movz x0, #0x1
        {0xd2a00020, "writes x0; x0 = 0x10000"},                    // movz x0, #0x1, lsl #16
        {0x92800000, "writes x0; x0 = 0xffffffffffffffff"},         // movn x0, #0
        {0x12800000, "writes x0; x0 = 0xffffffff"},                 // movn w0, #0
        {0xf2a00020, "reads x0; writes x0"},                        // movk x0, #0x1, lsl #16
        {0xb24003e0, "writes x0; x0 = 0x1"},                        // orr x0, xzr, #1
        {0x320003e0, "writes x0; x0 = 0x1"},                        // orr w0, wzr, #1
        {0x93407c20, "reads x1; writes x0; x0 = x1 of 32 signed"},  // sxtw x0, w1
        {0x53001c20, "reads x1; writes x0; x0 = x1 of 8"},          // uxtb w0, w1
        {0x13001c20, "reads x1; writes x0"},                        // sxtb w0, w1
        {0x93401c20, "reads x1; writes x0; x0 = x1 of 8 signed"},   // sxtb x0, w1
        {0x53003c20, "reads x1; writes x0; x0 = x1 of 16"},         // uxth w0, w1
        {0xd3407c20, "reads x1; writes x0; x0 = x1 of 32"},         // ubfx x0, x1, #0, #0x20
        {0x90000001, "writes x1; x1 = 0xffffffff81000000"},         // adrp x1, #0xffffffff81000000
        {0xb0ffffe1, "writes x1; x1 = 0xffffffff80ffd000"},         // adrp x1, #0xffffffff80ffd000
        {0x10000041, "writes x1; x1 = 0xffffffff81000008"},         // adr x1, #0xffffffff81000008
        {0x30ffffe1, "writes x1; x1 = 0xffffffff80fffffd"},         // adr x1, #0xffffffff80fffffd
    });
}

TEST_CASE("aarch64: only 64-bit arithmetic with constants is a sum") {
    check({
        {0x910a0021, "reads x1; writes x1; x1 = x1 + 0x280"},   // add x1, x1, #0x280
        {0xd10043ff, "reads sp; writes sp; sp = sp - 0x10"},    // sub sp, sp, #0x10
        {0x91400421, "reads x1; writes x1; x1 = x1 + 0x1000"},  // add x1, x1, #1, lsl #12
        {0x11000421, "reads x1; writes x1"},                    // add w1, w1, #1
        {0xf1000c3f, "reads x1"},                               // cmp x1, #3
        {0xb1000c3f, "reads x1"},                               // cmn x1, #3
        {0xf1000c20, "reads x1; writes x0; x0 = x1 - 0x3"},     // subs x0, x1, #3
        {0x8b020020, "reads x1 x2; writes x0"},                 // add x0, x1, x2
        {0xcb010020, "reads x1; writes x0; x0 = 0x0"},          // sub x0, x1, x1
        {0xcb3f63e0, "reads sp; writes x0"},                    // sub x0, sp, xzr
        {0x8b1f0020, "reads x1; writes x0; x0 = x1"},           // add x0, x1, xzr
        {0xca010020, "reads x1; writes x0; x0 = 0x0"},          // eor x0, x1, x1
        {0x4a010020, "reads x1; writes x0; x0 = 0x0"},          // eor w0, w1, w1
        {0x8b2263e0, "reads x2 sp; writes x0"},                 // add x0, sp, x2
        {0x9a820020, "reads x1 x2; writes x0"},                 // csel x0, x1, x2, eq
        {0xfa420020, "reads x1 x2"},                            // ccmp x1, x2, #0, eq
        {0x9b027c20, "reads x1 x2; writes x0"},                 // mul x0, x1, x2
        {0x9bc27c20, "reads x1 x2; writes x0"},                 // umulh x0, x1, x2
        {0x9ac20820, "reads x1 x2; writes x0"},                 // udiv x0, x1, x2
        {0xdac01020, "reads x1; writes x0"},                    // clz x0, x1
        {0x93c20820, "reads x1 x2; writes x0"},                 // extr x0, x1, x2, #2
        {0xb3407c20, "reads x0 x1; writes x0"},                 // bfxil x0, x1, #0, #0x20
    });
}

TEST_CASE("aarch64: loads in every addressing mode") {
    check({
        {0xf9400020, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},              // ldr x0, [x1]
        {0xf9401c20, "reads x1; writes x0; [x1+0x38] 8 r; x0 = [0]"},         // ldr x0, [x1, #0x38]
        {0xb9400020, "reads x1; writes x0; [x1] 4 r; x0 = [0] of 32"},        // ldr w0, [x1]
        {0x79400020, "reads x1; writes x0; [x1] 2 r; x0 = [0] of 16"},        // ldrh w0, [x1]
        {0x39400020, "reads x1; writes x0; [x1] 1 r; x0 = [0] of 8"},         // ldrb w0, [x1]
        {0x39800020, "reads x1; writes x0; [x1] 1 r; x0 = [0] of 8 signed"},  // ldrsb x0, [x1]
        {0x39c00020, "reads x1; writes x0; [x1] 1 r"},                        // ldrsb w0, [x1]
        {0xb9800020, "reads x1; writes x0; [x1] 4 r; x0 = [0] of 32 signed"},  // ldrsw x0, [x1]
        {0xf8408c20,
         "reads x1; writes x0 x1; [x1+0x8] 8 r; x0 = [0]; x1 = x1 + 0x8"},  // ldr x0, [x1, #8]!
        {0xf8408420,
         "reads x1; writes x0 x1; [x1] 8 r; x0 = [0]; x1 = x1 + 0x8"},  // ldr x0, [x1], #8
        {0xf85f8020, "reads x1; writes x0; [x1-0x8] 8 r; x0 = [0]"},    // ldur x0, [x1, #-8]
        {0xf8627820,
         "reads x1 x2; writes x0; [x1+x2*8] 8 r; x0 = [0]"},  // ldr x0, [x1, x2, lsl #3]
        {0xf8626820, "reads x1 x2; writes x0; [x1+x2*1] 8 r; x0 = [0]"},  // ldr x0, [x1, x2]
        {0xb8625820, "reads x1 x2; writes x0; [x1+x2*4 uxtw] 4 r; x0 = [0] of 32"},  // ldr w0, [x1,
                                                                                     // w2, uxtw #2]
        {0xf862d820,
         "reads x1 x2; writes x0; [x1+x2*8 sxtw] 8 r; x0 = [0]"},  // ldr x0, [x1, w2, sxtw #3]
        {0xb862d820, "reads x1 x2; writes x0; [x1+x2*4 sxtw] 4 r; x0 = [0] of 32"},  // ldr w0, [x1,
                                                                                     // w2, sxtw #2]
        {0xf87f6820, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},  // ldr x0, [x1, xzr]
        {0x58000040,
         "writes x0; [0xffffffff81000008] 8 r; x0 = [0]"},  // ldr x0, #0xffffffff81000008
        {0x98000040,
         "writes x0; [0xffffffff81000008] 4 r; x0 = [0] of 32 signed"},  // ldrsw x0,
                                                                         // #0xffffffff81000008
        {0xf8400820, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},         // ldtr x0, [x1]
        {0xf9401fe0, "reads sp; writes x0; [sp+0x38] 8 r; x0 = [0]"},    // ldr x0, [sp, #0x38]
        {0xf9400fff, "reads sp; [sp+0x18] 8 r"},                         // ldr xzr, [sp, #0x18]
        {0xf98001e0, "reads x15"},                                       // prfm pldl1keep, [x15]
        {0xf8407fe1,
         "reads sp; writes x1 sp; [sp+0x7] 8 r; x1 = [0]; sp = sp + 0x7"},  // ldr x1, [sp, #7]!
    });
}

TEST_CASE("aarch64: a pair is two memory operands") {
    check({
        {0xa9bf7bfd,
         "reads x29 x30 sp; writes sp; [sp-0x10] 8 w; [sp-0x8] 8 w; sp = sp - 0x10; [0] <- x29; "
         "[1] <- x30"},  // stp x29, x30, [sp, #-0x10]!
        {0xa9017bfd,
         "reads x29 x30 sp; [sp+0x10] 8 w; [sp+0x18] 8 w; [0] <- x29; [1] <- x30"},  // stp x29,
                                                                                     // x30, [sp,
                                                                                     // #0x10]
        {0xa8c17bfd,
         "reads sp; writes x29 x30 sp; [sp] 8 r; [sp+0x8] 8 r; x29 = [0]; x30 = [1]; sp = sp + "
         "0x10"},  // ldp x29, x30, [sp], #0x10
        {0xa9407bfd,
         "reads sp; writes x29 x30; [sp] 8 r; [sp+0x8] 8 r; x29 = [0]; x30 = [1]"},  // ldp x29,
                                                                                     // x30, [sp]
        {0x29400820,
         "reads x1; writes x0 x2; [x1] 4 r; [x1+0x4] 4 r; x0 = [0] of 32; x2 = [1] of 32"},  // ldp
                                                                                             // w0,
                                                                                             // w2,
                                                                                             // [x1]
        {0x69400820,
         "reads x1; writes x0 x2; [x1] 4 r; [x1+0x4] 4 r; x0 = [0] of 32 signed; x2 = [1] of 32 "
         "signed"},  // ldpsw x0, x2, [x1]
        {0xa8400820,
         "reads x1; writes x0 x2; [x1] 8 r; [x1+0x8] 8 r; x0 = [0]; x2 = [1]"},  // ldnp x0, x2,
                                                                                 // [x1]
        {0xa9400000, "no_decoder"},
        {0x6d0153f3,
         "reads sp; [sp+0x10] 8 w; [sp+0x18] 8 w; [0] <- ?; [1] <- ?"},  // stp d19, d20, [sp,
                                                                         // #0x10]
        {0xad0007e0,
         "reads sp; [sp] 16 w; [sp+0x10] 16 w; [0] <- ?; [1] <- ?"},  // stp q0, q1, [sp]
        {0xadc10400,
         "reads x0; writes x0; [x0+0x20] 16 r; [x0+0x30] 16 r; x0 = x0 + 0x20"},  // ldp q0, q1,
                                                                                  // [x0, #0x20]!
        {0xa900fc1f,
         "reads x0; [x0+0x8] 8 w; [x0+0x10] 8 w; [0] <- 0x0; [1] <- 0x0"},  // stp xzr, xzr, [x0,
                                                                            // #8]
    });
}

TEST_CASE("aarch64: stores name the register, xzr is the constant 0") {
    check({
        {0xf9001fe0, "reads x0 sp; [sp+0x38] 8 w; [0] <- x0"},  // str x0, [sp, #0x38]
        {0xf900001f, "reads x0; [x0] 8 w; [0] <- 0x0"},         // str xzr, [x0]
        {0xb9000020, "reads x0 x1; [x1] 4 w; [0] <- x0"},       // str w0, [x1]
        {0x39000020, "reads x0 x1; [x1] 1 w; [0] <- x0"},       // strb w0, [x1]
        {0xf81f0fe1,
         "reads x1 sp; writes sp; [sp-0x10] 8 w; sp = sp - 0x10; [0] <- x1"},  // str x1, [sp,
                                                                               // #-0x10]!
        {0xf8008420,
         "reads x0 x1; writes x1; [x1] 8 w; x1 = x1 + 0x8; [0] <- x0"},  // str x0, [x1], #8
        {0xf8227820, "reads x0 x1 x2; [x1+x2*8] 8 w; [0] <- x0"},        // str x0, [x1, x2, lsl #3]
        {0xf8000c21, "no_decoder"},
    });
}

TEST_CASE("aarch64: exclusive and ordered accesses") {
    check({
        {0xc85ffc20, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},               // ldaxr x0, [x1]
        {0x885f7c20, "reads x1; writes x0; [x1] 4 r; x0 = [0] of 32"},         // ldxr w0, [x1]
        {0xc802fc20, "reads x0 x1; writes x2; [x1] 8 w; [0] <- x0; perhaps"},  // stlxr w2, x0, [x1]
        {0x88027c20, "reads x0 x1; writes x2; [x1] 4 w; [0] <- x0; perhaps"},  // stxr w2, w0, [x1]
        {0xc87f0820,
         "reads x1; writes x0 x2; [x1] 8 r; [x1+0x8] 8 r; x0 = [0]; x2 = [1]"},  // ldxp x0, x2,
                                                                                 // [x1]
        {0xc8230820,
         "reads x0 x1 x2; writes x3; [x1] 8 w; [x1+0x8] 8 w; [0] <- x0; [1] <- x2; perhaps"},  // stxp
                                                                                               // w3,
                                                                                               // x0,
                                                                                               // x2,
                                                                                               // [x1]
        {0xc8dffc20, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},       // ldar x0, [x1]
        {0xc89ffc20, "reads x0 x1; [x1] 8 w; [0] <- x0"},              // stlr x0, [x1]
        {0x08dffc20, "reads x1; writes x0; [x1] 1 r; x0 = [0] of 8"},  // ldarb w0, [x1]
        {0xf8bfc020, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},       // ldapr x0, [x1]
        {0xd9400020, "reads x1; writes x0; [x1] 8 r; x0 = [0]"},       // ldapur x0, [x1]
        {0xd9000020, "reads x0 x1; [x1] 8 w; [0] <- x0"},              // stlur x0, [x1]
    });
}

TEST_CASE("aarch64: atomics of FEAT_LSE give the old value of memory") {
    check({
        {0xb8e0027e,
         "reads x0 x19; writes x30; [x19] 4 rw; x30 = [0] of 32; [0] <- ?"},  // ldaddal w0, w30,
                                                                              // [x19]
        {0xf8210002,
         "reads x0 x1; writes x2; [x0] 8 rw; x2 = [0]; [0] <- ?"},  // ldadd x1, x2, [x0]
        {0xf821001f, "reads x0 x1; [x0] 8 rw; [0] <- ?"},           // stadd x1, [x0]
        {0xb82103e2,
         "reads x1 sp; writes x2; [sp] 4 rw; x2 = [0] of 32; [0] <- ?"},  // ldadd w1, w2, [sp]
        {0xf8a10002,
         "reads x0 x1; writes x2; [x0] 8 rw; x2 = [0]; [0] <- ?"},  // ldadda x1, x2, [x0]
        {0xf8218002, "reads x0 x1; writes x2; [x0] 8 rw; x2 = [0]; [0] <- x1"},  // swp x1, x2, [x0]
        {0xf83f8002, "reads x0; writes x2; [x0] 8 rw; x2 = [0]; [0] <- 0x0"},  // swp xzr, x2, [x0]
        {0xc8e1fc02,
         "reads x0 x1 x2; writes x1; [x0] 8 rw; x1 = [0]; [0] <- ?"},  // casal x1, x2, [x0]
        {0x88a17c02,
         "reads x0 x1 x2; writes x1; [x0] 4 rw; x1 = [0] of 32; [0] <- ?"},  // cas w1, w2, [x0]
        {0x48207c82,
         "reads x0 x1 x2 x3 x4; writes x0 x1; [x4] 8 rw; [x4+0x8] 8 rw; x0 = [0]; x1 = [1]; [0] <- "
         "?; [1] <- ?"},  // casp x0, x1, x2, x3, [x4]
        {0x08607c82,
         "reads x0 x1 x2 x3 x4; writes x0 x1; [x4] 4 rw; [x4+0x4] 4 rw; x0 = [0] of 32; x1 = [1] "
         "of 32; [0] <- ?; [1] <- ?"},  // caspa w0, w1, w2, w3, [x4]
        {0x48217c82, "no_decoder"},
        {0xf820d000, "no_decoder"},
    });
}

TEST_CASE("aarch64: pointer authentication") {
    check({
        {0xd503233f, "reads x30 sp; writes x30"},                 // paciasp
        {0xd50323bf, "reads x30 sp; writes x30"},                 // autiasp
        {0xd503211f, "reads x16 x17; writes x17"},                // pacia1716
        {0xd50320ff, "reads x30; writes x30"},                    // xpaclri
        {0xd503245f, ""},                                         // bti c
        {0xd65f0bff, "ret; via x30; reads x30 sp"},               // retaa
        {0xd65f0fff, "ret; via x30; reads x30 sp"},               // retab
        {0xd63f083f, "call; via x1; reads x1; writes x30"},       // blraaz x1
        {0xd61f083f, "jump; via x1; reads x1"},                   // braaz x1
        {0xd73f0a3f, "call; via x17; reads x17 sp; writes x30"},  // blraa x17, sp
        {0xd71f0801, "jump; via x0; reads x0 x1"},                // braa x0, x1
        {0x9ac03041, "reads x0 x2; writes x1"},                   // pacga x1, x2, x0
        {0xdac10041, "reads x1 x2; writes x1"},                   // pacia x1, x2
        {0xdac123e1, "reads x1; writes x1"},                      // paciza x1
        {0xdac143e1, "reads x1; writes x1"},                      // xpaci x1
        {0xf8200420, "reads x1; writes x0; [x1] 8 r"},            // ldraa x0, [x1]
        {0xf8600c20, "reads x1; writes x0 x1; [x1-0x1000] 8 r"},  // ldraa x0, [x1, #-0x1000]!
        {0xd69f0bff, "stop"},                                     // eretaa
    });
}

TEST_CASE("aarch64: branches, calls, returns and exceptions") {
    check({
        {0x94000004, "call; to 0xffffffff81000010; writes x30"},  // bl #0xffffffff81000010
        {0x17ffffff, "jump; to 0xffffffff80fffffc"},              // b #0xffffffff80fffffc
        {0xd63f0200, "call; via x16; reads x16; writes x30"},     // blr x16
        {0xd61f0200, "jump; via x16; reads x16"},                 // br x16
        {0xd65f03c0, "ret; via x30; reads x30"},                  // ret
        {0xd65f0120, "ret; via x9; reads x9"},                    // ret x9
        {0x54000041, "branch; to 0xffffffff81000008"},            // b.ne #0xffffffff81000008
        {0x5400004e, "jump; to 0xffffffff81000008"},              // b.al #0xffffffff81000008
        {0xb4000040, "branch; to 0xffffffff81000008; reads x0"},  // cbz x0, #0xffffffff81000008
        {0x35ffffe0, "branch; to 0xffffffff80fffffc; reads x0"},  // cbnz w0, #0xffffffff80fffffc
        {0x36080041, "branch; to 0xffffffff81000008; reads x1"},  // tbz w1, #1, #0xffffffff81000008
        {0xb7f80041,
         "branch; to 0xffffffff81000008; reads x1"},  // tbnz x1, #0x3f, #0xffffffff81000008
        {0xd69f03e0, "stop"},                         // eret
        {0xd4210000, "trap"},                         // brk #0x800
        {0xd4400000, "trap"},                         // hlt #0
        {0x00000000, "trap"},                         // udf #0x0
        {0x0000dead, "trap"},                         // udf #0xdead
        {0xd4000001, kAll},                           // svc #0
        {0xd4000002, kAll},                           // hvc #0
        {0xd4000003, kAll},                           // smc #0
    });
}

TEST_CASE("aarch64: hints, barriers and system registers") {
    check({
        {0xd503201f, ""},                              // nop
        {0xd503203f, ""},                              // yield
        {0xd503205f, ""},                              // wfe
        {0xd503207f, ""},                              // wfi
        {0xd5033fdf, ""},                              // isb
        {0xd5033bbf, ""},                              // dmb ish
        {0xd50330ff, ""},                              // sb
        {0xd5384100, "writes x0"},                     // mrs x0, sp_el0
        {0xd518d080, "reads x0"},                      // msr tpidr_el1, x0
        {0xd50342df, ""},                              // msr daifset, #2
        {0xd50b7423, "reads x3; [x3] 0 w; [0] <- ?"},  // dc zva, x3
        {0xd50b7b20, "reads x0"},                      // dc cvau, x0
        {0xd5087660, "reads x0"},                      // sys #0, c7, c6, #3, x0
        {0xd5031000, "reads x0"},                      // wfet x0
    });
}

TEST_CASE("aarch64: vector registers are no registers here, base registers are") {
    check({
        {0x3dc00020, "reads x1; [x1] 16 r"},            // ldr q0, [x1]
        {0x3d800020, "reads x1; [x1] 16 w; [0] <- ?"},  // str q0, [x1]
        {0xfc5f0fe0,
         "reads sp; writes sp; [sp-0x10] 8 r; sp = sp - 0x10"},  // ldr d0, [sp, #-0x10]!
        {0xbd400020, "reads x1; [x1] 4 r"},                      // ldr s0, [x1]
        {0x4c407000, "reads x0; [x0] 16 r"},                     // ld1 {v0.16b}, [x0]
        {0x4cdf7000,
         "reads x0; writes x0; [x0] 16 r; x0 = x0 + 0x10"},  // ld1 {v0.16b}, [x0], #0x10
        {0x4cc17000, "reads x0 x1; writes x0; [x0] 16 r"},   // ld1 {v0.16b}, [x0], x1
        {0x0d408020, "reads x1; [x1] 4 r"},                  // ld1 {v0.s}[0], [x1]
        {0x4d9f8020,
         "reads x1; writes x1; [x1] 4 w; x1 = x1 + 0x4; [0] <- ?"},  // st1 {v0.s}[2], [x1], #4
        {0x9e660000, "writes x0"},                                   // fmov x0, d0
        {0x9e670000, "reads x0"},                                    // fmov d0, x0
        {0x0e043c20, "writes x0"},                                   // mov w0, v1.s[0]
        {0x4e083c20, "writes x0"},                                   // mov x0, v1.d[0]
        {0x1e380000, "writes x0"},                                   // fcvtzs w0, s0
        {0x9e620020, "reads x1"},                                    // scvtf d0, x1
        {0x4e080c20, "reads x1"},                                    // dup v0.2d, x1
        {0x4e22d420, ""},                                            // fadd v0.4s, v1.4s, v2.4s
        {0x5e280800, ""},                                            // sha1h s0, s0
    });
}

TEST_CASE("aarch64: memory tags") {
    check({
        {0xd9200820, "reads x0 x1"},                                           // stg x0, [x1]
        {0xd9600420, "reads x0 x1; writes x1; [x1] 16 w; x1 = x1; [0] <- ?"},  // stzg x0, [x1]
        {0xd9a00c20, "reads x0 x1; writes x1; x1 = x1"},                       // st2g x0, [x1]!
        {0xd9e00020, "reads x1; writes x0"},                                   // ldgm x0, [x1]
        {0xd9600020, "reads x0 x1; writes x0"},                                // ldg x0, [x1]
        {0xd9200020, "reads x0 x1; [x1] 0 w; [0] <- ?"},                       // stzgm x0, [x1]
        {0x91810420, "reads x1; writes x0"},     // addg x0, x1, #0x10, #0x1
        {0x9ac01020, "reads x0 x1; writes x0"},  // irg x0, x1, x0
        {0x69000820, "reads x0 x1 x2; [x1] 8 w; [x1+0x8] 8 w; [0] <- x0; [1] <- x2"},
    });
}

TEST_CASE("aarch64: memcpy and memset instructions") {
    check({
        {0x19010440, "reads x0 x1 x2; writes x0 x1 x2; [x0] 0 w; [x1] 0 r; [0] <- ?"},
        {0x1d410440, "reads x0 x1 x2; writes x0 x1 x2; [x0] 0 w; [x1] 0 r; [0] <- ?"},
        {0x19814440, "reads x0 x1 x2; writes x0 x1 x2; [x0] 0 w; [x1] 0 r; [0] <- ?"},
        {0x19c10440, "reads x0 x1 x2; writes x0 x2; [x0] 0 w; [0] <- ?"},
    });
}

TEST_CASE("aarch64: bits that are no instruction, or one that nobody here knows, are unknown") {
    check({
        {0x04bf5020, "no_decoder"},
        {0xffffffff, "no_decoder"},
        {0xd4200001, "no_decoder"},
        {0xf8408c00, "no_decoder"},
    });
}
