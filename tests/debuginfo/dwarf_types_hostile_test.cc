// Damaged debug information: an error or fewer types, never a crash, never without end.
#include <elf.h>

#include <random>

#include "catch.h"
#include "compile.h"
#include "leaks.h"
#include "types_of.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::LeaksAllowed;
using test::Workshop;

namespace {

constexpr const char* kSource = R"(
typedef struct { int counter; } atomic_t;
struct node { struct node *next; atomic_t count; unsigned flags : 3; int grid[3][4];
    union { int number; char *text; }; int (*call)(struct node *, int); } first;
enum state { IDLE = 1, BUSY = -2 } state;
int walk(struct node *node) { return node ? walk(node->next) + 1 : 0; }
)";

// Whatever comes out is BTF that can be read.
bool collects(const std::filesystem::path& path) {
    LeaksAllowed allowed;
    auto elf = ElfObject::open(path);
    if (!elf) return false;
    auto dwarf = DwarfObject::open(**elf);
    if (!dwarf) return false;
    TypeOptions options;
    options.roots = {"struct node", "enum state", "struct s*"};
    options.enumerators = {"I*"};
    auto types = collect_types({dwarf->get()}, options);
    if (!types) return false;
    CHECK(layout::Btf::parse(types->btf));
    return true;
}

}  // namespace

TEST_CASE("debug information cut or changed anywhere gives fewer types or an error") {
    Workshop workshop;
    std::string form = GENERATE("-c", "-nostdlib -Wl,-e,walk");
    std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
    auto path = workshop.compile("file", kSource, "-g " + version + " " + form);
    const std::string whole = test::read_whole(path);
    REQUIRE(collects(path));
    for (std::size_t size = 1; size < whole.size(); size += whole.size() / 60 + 1)
        collects(workshop.write("cut", whole.substr(0, size)));

    auto elf = ElfObject::open(path);
    REQUIRE(elf);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> targets;  // offset and size
    for (const ElfSection& section : (*elf)->sections())
        for (std::string_view name :
             {".debug_info", ".debug_abbrev", ".debug_str", ".rela.debug_info", ".debug_line_str"})
            if (section.name == name && section.file_size != 0)
                targets.emplace_back(section.offset, section.file_size);
    REQUIRE(targets.size() >= 3);
    std::mt19937 random(20);
    int understood = 0;
    for (int round = 0; round < 400; ++round) {
        std::string damaged = whole;
        int changes = 1 + static_cast<int>(random() % 3);
        for (int change = 0; change < changes; ++change) {
            auto [offset, size] = targets[random() % targets.size()];
            char& byte = damaged[offset + random() % size];
            byte = static_cast<char>(round % 2 == 0 ? random() : byte ^ (1 << random() % 8));
        }
        understood += collects(workshop.write("damaged", damaged)) ? 1 : 0;
    }
    CHECK(understood > 0);
}

TEST_CASE("a type that holds itself by value is left out") {
    // DW_TAG_typedef "loop" of itself, and a structure with a member of it, in DWARF 4.
    Workshop workshop;
    workshop.write("loop.s", R"(
        .section .debug_abbrev,"",@progbits
        .byte 1, 0x11, 1, 0, 0
        .byte 2, 0x16, 0, 3, 8, 0x49, 0x13, 0, 0
        .byte 3, 0x13, 1, 3, 8, 0x0b, 0x0b, 0, 0
        .byte 4, 0x0d, 0, 3, 8, 0x49, 0x13, 0x38, 0x0b, 0, 0
        .byte 5, 0x24, 0, 3, 8, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0
        .byte 0
        .section .debug_info,"",@progbits
start:  .long end - begin
begin:  .value 4
        .long .debug_abbrev
        .byte 8
        .byte 1
loop:   .byte 2
        .string "loop"
        .long loop - start
number: .byte 5
        .string "int"
        .byte 4, 5
        .byte 3
        .string "holder"
        .byte 8
        .byte 4
        .string "bad"
        .long loop - start
        .byte 0, 0
        .byte 3
        .string "sound"
        .byte 4
        .byte 4
        .string "value"
        .long number - start
        .byte 0, 0
        .byte 0
end:
)");
    workshop.run("cc -c -o loop.o loop.s");
    test::Files files({workshop.path("loop.o")});
    TypeOptions options;
    options.roots = {"struct holder", "struct sound"};
    auto types = files.collect(options);
    REQUIRE(types);
    CHECK(types->missing == std::vector<std::string>{"struct holder"});
    REQUIRE(types->remarks.size() == 1);
    CHECK_THAT(types->remarks[0], ContainsSubstring("struct holder cannot be read"));
    CHECK(test::types_of(*types).offset_of("struct sound", "value").value() == 0);
}
