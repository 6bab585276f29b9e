// What holds for every instruction: text, sizes, bytes that are none.
#include <random>

#include "catch.h"
#include "describe.h"

using namespace nfstriage;

namespace {

constexpr std::uint64_t kAddress = 0xffffffff81000000;

std::string text_of(Arch arch, const std::vector<std::uint8_t>& bytes) {
    auto text = isa::Decoder(arch).text(bytes, kAddress);
    return text ? *text : "unknown: " + std::string(to_string(text.error().reason));
}

std::string x86_text(const std::string& bytes) {
    return text_of(Arch::x86_64, test::bytes_of(bytes));
}

std::string a64_text(std::uint32_t word) { return text_of(Arch::aarch64, test::bytes_of(word)); }

// Every memory operand that an effect or store refers to exists, and every store has a written one.
void check_indices(const isa::Instruction& instruction) {
    std::size_t written = 0;
    for (const auto& operand : instruction.memory) written += operand.written ? 1 : 0;
    REQUIRE(written == instruction.stores.size());
    for (const auto& store : instruction.stores) {
        REQUIRE(store.memory < instruction.memory.size());
        REQUIRE(instruction.memory[store.memory].written);
    }
    for (const auto& effect : instruction.effects) {
        REQUIRE((instruction.writes & isa::bit(effect.to)) != 0);
        if (effect.kind == isa::Effect::Kind::load) {
            REQUIRE(effect.memory < instruction.memory.size());
            REQUIRE(instruction.memory[effect.memory].read);
            REQUIRE(instruction.memory[effect.memory].size * 8 == effect.bits);
        } else if (effect.kind != isa::Effect::Kind::constant) {
            REQUIRE((instruction.reads & isa::bit(effect.from)) != 0);
        }
    }
    if (instruction.via_memory) {
        REQUIRE(*instruction.via_memory < instruction.memory.size());
    }
}

}  // namespace

TEST_CASE("x86_64 text is AT&T in the words of objdump") {
    CHECK(x86_text("48 8b 47 28") == "mov    0x28(%rdi),%rax");
    CHECK(x86_text("49 89 fc") == "mov    %rdi,%r12");
    CHECK(x86_text("48 8d 04 37") == "lea    (%rdi,%rsi,1),%rax");
    CHECK(x86_text("65 48 8b 04 25 40 fc 01 00") == "mov    %gs:0x1fc40,%rax");
    CHECK(x86_text("f0 48 0f b1 0f") == "lock cmpxchg %rcx,(%rdi)");
    CHECK(x86_text("f0 ff 0f") == "lock decl (%rdi)");
    CHECK(x86_text("48 0f be 07") == "movsbq (%rdi),%rax");
    CHECK(x86_text("0f b7 c0") == "movzwl %ax,%eax");
    CHECK(x86_text("48 63 d7") == "movslq %edi,%rdx");
    CHECK(x86_text("48 98") == "cltq");
    CHECK(x86_text("0f 95 c0") == "setne  %al");
    CHECK(x86_text("48 0f 44 c1") == "cmove  %rcx,%rax");
    CHECK(x86_text("c3") == "ret");
    CHECK(x86_text("0f 0b") == "ud2");
}

TEST_CASE("x86_64 text has absolute targets and marks what is indirect or relative to rip") {
    CHECK(x86_text("e8 10 00 00 00") == "call   0xffffffff81000015");
    CHECK(x86_text("75 05") == "jne    0xffffffff81000007");
    CHECK(x86_text("41 ff d7") == "call   *%r15");
    CHECK(x86_text("ff 24 c5 00 00 00 82") == "jmp    *-0x7e000000(,%rax,8)");
    CHECK(x86_text("3e ff e0") == "notrack jmp *%rax");
    CHECK(x86_text("48 8d 05 10 00 00 00") == "lea    0xffffffff81000017(%rip),%rax");
    CHECK(x86_text("ff 15 10 00 00 00") == "call   *0xffffffff81000016(%rip)");
    CHECK(x86_text("f3 0f 01 ca") == "eretu");
}

TEST_CASE("aarch64 text, also of what Capstone 4.0 does not know") {
    CHECK(a64_text(0xf9401c20) == "ldr x0, [x1, #0x38]");
    CHECK(a64_text(0xa9bf7bfd) == "stp x29, x30, [sp, #-0x10]!");
    CHECK(a64_text(0x94000004) == "bl #0xffffffff81000010");
    CHECK(a64_text(0xb8e0027e) == "ldaddal w0, w30, [x19]");
    CHECK(a64_text(0xf82103e2) == "ldadd x1, x2, [sp]");
    CHECK(a64_text(0xf821001f) == "stadd x1, [x0]");
    CHECK(a64_text(0x38a13002) == "ldsetab w1, w2, [x0]");
    CHECK(a64_text(0x78618002) == "swplh w1, w2, [x0]");
    CHECK(a64_text(0xc8e1fc02) == "casal x1, x2, [x0]");
    CHECK(a64_text(0x4860fc82) == "caspal x0, x1, x2, x3, [x4]");
    CHECK(a64_text(0xf8bfc020) == "ldapr x0, [x1]");
    CHECK(a64_text(0xd95ff020) == "ldapur x0, [x1, #-0x1]");
    CHECK(a64_text(0xd503233f) == "paciasp");
    CHECK(a64_text(0xd503245f) == "bti c");
    CHECK(a64_text(0xd65f0bff) == "retaa");
    CHECK(a64_text(0xd73f0a3f) == "blraa x17, sp");
    CHECK(a64_text(0xd63f083f) == "blraaz x1");
    CHECK(a64_text(0x9ac03041) == "pacga x1, x2, x0");
    CHECK(a64_text(0xdac143e1) == "xpaci x1");
    CHECK(a64_text(0xd9600420) == "stzg x0, [x1], #0x0");
    CHECK(a64_text(0xd9210820) == "stg x0, [x1, #0x100]");
}

TEST_CASE("bytes that end too early are corrupt") {
    isa::Decoder x86(Arch::x86_64), a64(Arch::aarch64);
    auto movabs = test::bytes_of("49 be 08 07 06 05 04 03 02 01");
    for (std::size_t size = 0; size < movabs.size(); ++size) {
        auto part = ByteSpan(movabs).first(size);
        CHECK(x86.decode(part, kAddress).error().reason == Reason::corrupt);
        CHECK_FALSE(x86.text(part, kAddress));
    }
    auto nop = test::bytes_of(0xd503201f);
    for (std::size_t size = 0; size < nop.size(); ++size)
        CHECK(a64.decode(ByteSpan(nop).first(size), kAddress).error().reason == Reason::corrupt);
}

TEST_CASE("bytes behind an instruction are not looked at") {
    isa::Decoder x86(Arch::x86_64), a64(Arch::aarch64);
    CHECK(x86.decode(test::bytes_of("c3 ff ff ff ff"), kAddress)->size == 1);
    CHECK(a64.decode(test::bytes_of("1f 20 03 d5 ff"), kAddress)->size == 4);
}

TEST_CASE("an architecture without a decoder is unsupported") {
    isa::Decoder decoder(Arch::s390x);
    CHECK(decoder.arch() == Arch::s390x);
    auto bytes = test::bytes_of("07 fe");
    CHECK(decoder.decode(bytes, kAddress).error().reason == Reason::unsupported_arch);
    CHECK(decoder.text(bytes, kAddress).error().reason == Reason::unsupported_arch);
}

TEST_CASE("a decoder can be moved") {
    isa::Decoder first(Arch::x86_64);
    isa::Decoder second(std::move(first));
    CHECK(second.decode(test::bytes_of("c3"), kAddress));
    second = isa::Decoder(Arch::aarch64);
    CHECK(second.decode(test::bytes_of(0x4e22d420), kAddress));
}

TEST_CASE("whatever the bytes are, what is said of them fits together") {
    std::mt19937_64 random(1);
    for (Arch arch : {Arch::x86_64, Arch::aarch64}) {
        isa::Decoder decoder(arch);
        std::size_t known = 0;
        for (int i = 0; i < 200000; ++i) {
            std::array<std::uint8_t, 16> bytes;
            for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
            auto instruction = decoder.decode(bytes, kAddress);
            if (!instruction) continue;
            ++known;
            REQUIRE(instruction->size > 0);
            REQUIRE(instruction->size <= 15);
            check_indices(*instruction);
            if (i % 16 == 0) {
                auto text = decoder.text(bytes, kAddress);
                if (text) REQUIRE(text->size() <= 100);
            }
        }
        CHECK(known > 50000);
    }
}

TEST_CASE("registers have names and numbers") {
    for (Arch arch : {Arch::x86_64, Arch::aarch64}) {
        unsigned count = arch == Arch::x86_64 ? 16 : 32;
        for (isa::Register r = 0; r < count; ++r)
            CHECK(isa::register_number(arch, isa::register_name(arch, r)) == r);
    }
    CHECK(isa::register_number(Arch::x86_64, "rdi") == isa::Register{7});
    CHECK(isa::register_number(Arch::x86_64, "r15") == isa::Register{15});
    CHECK(isa::register_number(Arch::aarch64, "sp") == isa::Register{31});
    CHECK_FALSE(isa::register_number(Arch::x86_64, "x0"));
    CHECK_FALSE(isa::register_number(Arch::aarch64, "xzr"));
    CHECK(isa::register_name(Arch::x86_64, 16).empty());
    CHECK(isa::stack_pointer(Arch::x86_64) == 4);
    CHECK(isa::stack_pointer(Arch::aarch64) == 31);
}

TEST_CASE("the calling conventions") {
    auto names = [](Arch arch) {
        std::string out;
        for (isa::Register r : isa::argument_registers(arch))
            out += std::string(isa::register_name(arch, r)) + " ";
        return out;
    };
    CHECK(names(Arch::x86_64) == "rdi rsi rdx rcx r8 r9 ");
    CHECK(names(Arch::aarch64) == "x0 x1 x2 x3 x4 x5 x6 x7 ");
    CHECK(test::registers(Arch::x86_64, isa::callee_saved(Arch::x86_64)) ==
          " rbx rbp r12 r13 r14 r15");
    CHECK(test::registers(Arch::aarch64, isa::callee_saved(Arch::aarch64)) ==
          " x19 x20 x21 x22 x23 x24 x25 x26 x27 x28 x29");
}
