#include "debuginfo/linked_module.h"

#include <elf.h>

#include <array>
#include <cstring>
#include <random>

#include "catch.h"
#include "compile.h"
#include "debuginfo/module_relocation.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::Workshop;

namespace {

constexpr const char* kSource = R"(
extern int elsewhere(int);
static int counter = 3;
static const char words[] = "made-up words";
const char *const table[] = {words, words + 5};
__attribute__((noinline)) static int helper(int x) { return elsewhere(x) + counter; }
int entry(int x) { return helper(x + 1) + table[x & 1][0]; }
)";
constexpr const char* kOptions = "-c -O1 -ffreestanding -fno-pic -fno-stack-protector";

std::uint32_t word_of(const std::array<std::uint8_t, 8>& bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), 4);
    return word;
}

// Everything that a kernel's scene asks; errors are answers. Whether it could be linked.
bool ask_everything(const std::filesystem::path& path) {
    auto module = LinkedModule::open(path);
    if (!module) return false;
    CHECK(module->size() <= 64u << 20);
    auto linked = module->link(0xffffffffc0000000, [](const std::string& name) {
        return 0xffffffffd0000000 + name.size() * 16;
    });
    if (!linked) return false;
    module->btf();
    module->read_only_data();
    for (const layout::Symbol& symbol : module->symbols()) {
        std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(symbol.size, 4096));
        if (!bytes.empty() && module->read(symbol.address, bytes)) {
            CHECK(module->contains(symbol.address));
            CHECK(module->contains(symbol.address + (bytes.size() - 1)));
        }
    }
    return true;
}

}  // namespace

TEST_CASE("relocations write the field that the psABI names, and only what fits") {
    std::array<std::uint8_t, 8> bytes{};
    constexpr std::uint64_t kPlace = 0xffffffffc0001000;
    auto x86 = [&](std::uint32_t kind, std::uint64_t value) {
        return apply_relocation(Arch::x86_64, kind, value, kPlace, bytes, 0);
    };
    CHECK(x86(R_X86_64_PLT32, kPlace + 0x1234 - 4) == 4u);
    CHECK(word_of(bytes) == 0x1230);
    CHECK(x86(R_X86_64_32S, 0xffffffffc0000010) == 4u);
    CHECK(word_of(bytes) == 0xc0000010);
    CHECK_FALSE(x86(R_X86_64_32S, 0x7fffffffc0000010));
    CHECK_FALSE(x86(R_X86_64_PC32, 0x7fff00000000));
    CHECK_FALSE(x86(R_X86_64_GOTPCREL, kPlace));
    CHECK_FALSE(apply_relocation(Arch::x86_64, R_X86_64_64, 1, kPlace, bytes, 1));

    constexpr std::uint64_t kArm = 0xffffc00000010000;
    auto arm = [&](std::uint32_t kind, std::uint32_t instruction, std::uint64_t value) {
        bytes = {};
        std::memcpy(bytes.data(), &instruction, 4);
        auto done = apply_relocation(Arch::aarch64, kind, value, kArm, bytes, 0);
        return done ? word_of(bytes) : 0u;
    };
    CHECK(arm(R_AARCH64_CALL26, 0x94000000, kArm + 0x40) == 0x94000010);
    CHECK(arm(R_AARCH64_JUMP26, 0x14000000, kArm - 4) == 0x17ffffff);
    CHECK(arm(R_AARCH64_CALL26, 0x94000000, kArm + (128u << 20)) == 0);
    CHECK(arm(R_AARCH64_CALL26, 0x94000000, kArm + 2) == 0);
    CHECK(arm(R_AARCH64_ADR_PREL_PG_HI21, 0x90000000, kArm + 0x5abc) == 0xb0000020);
    CHECK(arm(R_AARCH64_ADD_ABS_LO12_NC, 0x91000000, kArm + 0xabc) == 0x912af000);
    CHECK(arm(R_AARCH64_LDST64_ABS_LO12_NC, 0xf9400000, kArm + 0xab8) == 0xf9455c00);
    CHECK(arm(R_AARCH64_LDST64_ABS_LO12_NC, 0xf9400000, kArm + 0xabc) == 0);
    CHECK(arm(R_AARCH64_TSTBR14, 0x36000000, kArm + 8) == 0x36000040);
    CHECK(arm(R_AARCH64_CONDBR19, 0x54000000, kArm + 8) == 0x54000040);
}

TEST_CASE("a module reads as if it were loaded: pointers and calls lead where they should") {
    Workshop workshop;
    const char* compilers[] = {"cc", test::kCrossCompiler.data()};
    for (const char* compiler : compilers) {
        auto path = workshop.compile("made.ko", kSource, kOptions, compiler);
        auto module = LinkedModule::open(path);
        REQUIRE(module);
        CHECK(module->imports() == std::set<std::string, std::less<>>{"elsewhere"});
        bool arm = module->elf().arch() == Arch::aarch64;
        std::uint64_t base = arm ? 0xffffc00000000000 : 0xffffffffc0000000;
        REQUIRE(module->link(base, [&](const std::string&) { return base + 0x100000; }));
        std::optional<layout::Symbol> table, words;
        for (const layout::Symbol& symbol : module->symbols()) {
            if (symbol.name == "table") table = symbol;
            if (symbol.name == "words") words = symbol;
            CHECK(symbol.name != "elsewhere");
            CHECK(symbol.name.front() != '$');
        }
        REQUIRE(table);
        std::array<std::uint8_t, 16> bytes{};
        REQUIRE(module->read(table->address, bytes));
        std::uint64_t first = 0, second = 0;
        std::memcpy(&first, bytes.data(), 8);
        std::memcpy(&second, bytes.data() + 8, 8);
        CHECK(second == first + 5);
        std::array<std::uint8_t, 14> text{};
        REQUIRE(module->read(VAddr{first}, text));
        CHECK(std::string(text.begin(), text.end()) == std::string("made-up words") + '\0');
        CHECK(module->read(VAddr{base - 1}, bytes).error().reason == Reason::unmapped);
        CHECK_FALSE(module->read(VAddr{base + module->size() - 1}, bytes));
        CHECK(module->read(VAddr{base + module->size() - 16}, bytes));  // zeros behind the last
    }
}

TEST_CASE("what a relocation does not reach is absent, not wrong") {
    Workshop workshop;
    auto path = workshop.compile("made.ko", kSource, kOptions, test::kCrossCompiler);
    auto module = LinkedModule::open(path);
    REQUIRE(module);
    // A branch spans 128 MiB.
    REQUIRE(
        module->link(0xffffc00000000000, [](const std::string&) { return 0xffff000000000000; }));
    for (const layout::Symbol& symbol : module->symbols()) {
        if (symbol.name != "helper") continue;
        std::vector<std::uint8_t> bytes(symbol.size);
        CHECK(module->read(symbol.address, bytes).error().reason == Reason::unsupported_arch);
    }
}

TEST_CASE("modules that are cut or damaged anywhere give errors or holes") {
    Workshop workshop;
    auto path = workshop.compile("made.ko", kSource, kOptions);
    const std::string whole = test::read_whole(path);
    for (std::size_t size = 1; size < whole.size(); size += whole.size() / 100 + 1)
        CHECK_FALSE(ask_everything(workshop.write("cut.ko", whole.substr(0, size))));
    std::mt19937 random(1);
    int linked = 0;
    constexpr int kRounds = 1500;
    for (int round = 0; round < kRounds; ++round) {
        std::string damaged = whole;
        for (int i = 0; i < 1 + round % 4; ++i) {
            std::size_t at = random() % damaged.size();
            damaged[at] = round % 3 == 0 ? '\xff' : static_cast<char>(random());
        }
        linked += ask_everything(workshop.write("damaged.ko", damaged)) ? 1 : 0;
    }
    // Damage to code and names is borne, damage to the headers refused.
    CHECK(linked > 0);
    CHECK(linked < kRounds);
}
