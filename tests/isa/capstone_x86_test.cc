// The decoder of static programs against that of all others (hand-checked encodings of both are in
// x86_64_test.cc).
#include <link.h>

#include <random>
#include <vector>

#include "catch.h"
#include "same_decoding.h"

using namespace nfstriage;

TEST_CASE("Capstone gives the answer of Zydis or none for random bytes") {
    constexpr std::uint8_t kPrefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e,
                                          0x36, 0x3e, 0x26, 0x64, 0x65};
    test::SameDecoding same;
    std::mt19937 random(20220607);
    auto byte = [&random] { return static_cast<std::uint8_t>(random()); };
    std::vector<std::uint8_t> bytes(15);
    for (unsigned round = 0; round < 400'000; ++round) {
        for (auto& each : bytes) each = byte();
        std::size_t at = 0;
        for (unsigned more = round % 4; more > 1; --more)
            bytes[at++] = kPrefixes[byte() % std::size(kPrefixes)];
        if (round % 3 == 0) bytes[at++] = static_cast<std::uint8_t>(0x40 | (byte() & 15));
        if (round % 5 < 2) bytes[at] = 0x0f;
        same.at(bytes, 0xffffffff81000000);
    }
    INFO(same.examples);
    CHECK(same.differences == 0);
    CHECK(same.decoded > 150'000);
}

TEST_CASE("Capstone decodes what a compiler writes, and as Zydis does") {
    // The text of this very program.
    struct Found {
        const std::uint8_t* data = nullptr;
        std::size_t size = 0;
    } found;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* out) {
            for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
                const auto& header = info->dlpi_phdr[i];
                if (header.p_type != PT_LOAD || !(header.p_flags & PF_X)) continue;
                *static_cast<Found*>(out) = {
                    reinterpret_cast<const std::uint8_t*>(info->dlpi_addr + header.p_vaddr),
                    header.p_memsz};
            }
            return 1;  // the program itself comes first
        },
        &found);
    REQUIRE(found.size > 100'000);
    test::SameDecoding same;
    same.all(ByteSpan(found.data, std::min<std::size_t>(found.size, 3 << 20)), 0x400000);
    INFO(same.examples);
    CHECK(same.differences == 0);
#ifdef __x86_64__
    CHECK(same.decoded * 100 > same.instructions * 95);
#endif
}

TEST_CASE("Capstone decodes what only kernels do") {
    test::SameDecoding same;
    std::size_t decoded = 0;
    for (const char* bytes : {
             "65 48 8b 04 25 00 00 00 00",  // mov    %gs:0x0,%rax
             "65 ff 0d 78 56 34 12",        // decl   %gs:0x12345678(%rip)
             "f0 48 0f b1 0a",              // lock cmpxchg %rcx,(%rdx)
             "2e e8 00 00 00 00",           // cs call, to a return thunk
             "2e 2e 2e 31 c0",              // xor %eax,%eax: a static call that gives 0
             "f3 48 a5",                    // rep movsq
             "f3 a5",                       // rep movsl
             "66 66 2e 0f 1f 84 00 00 00 00 00",
             "f3 0f 1e fa",  // endbr64
             "0f 01 ca",     // clac
             "0f 0b",        // ud2
             "0f 22 d8",     // mov    %rax,%cr3
             "0f 30",        // wrmsr
             "0f 01 ee",     // rdpkru
             "0f 01 ef",     // wrpkru
             "0f 01 e8"      // serialize
         }) {
        INFO(bytes);
        same.at(test::bytes_of(std::string(bytes)), 0xffffffff81000000);
        CHECK(same.decoded == ++decoded);
    }
    INFO(same.examples);
    CHECK(same.differences == 0);
}
