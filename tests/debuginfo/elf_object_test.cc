#include "debuginfo/elf_object.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <sstream>

#include "catch.h"
#include "compile.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::Workshop;

namespace {

constexpr const char* kSource = R"(
struct thing { int number; struct thing *next; };
struct thing first = {1, 0};
static struct thing second = {2, &first};
const char version[] __attribute__((section(".modinfo"), used)) = "vermagic=6.1.0 SMP\0name=thing";
__attribute__((section(".init.text"))) int start(void) { return first.number; }
int walk(struct thing *thing) { return thing ? walk(thing->next) + 1 : second.number; }
)";

std::string text_of(const ElfObject& elf, std::string_view section) {
    auto index = elf.find(section);
    REQUIRE(index);
    auto bytes = elf.bytes(*index);
    INFO((bytes ? std::string() : to_string(bytes.error())));
    REQUIRE(bytes);
    return {bytes->begin(), bytes->end()};
}

std::unique_ptr<ElfObject> opened(const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    INFO((elf ? std::string() : to_string(elf.error())));
    REQUIRE(elf);
    return std::move(*elf);
}

// Asks everything; errors are answers.
void ask_everything(const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    if (!elf) return;
    for (std::size_t i = 0; i < (*elf)->sections().size(); ++i) {
        auto bytes = (*elf)->bytes(i);
        if (bytes && !bytes->empty()) CHECK((*bytes)[0] + bytes->back() >= 0);
        (*elf)->forget(i);
    }
    (*elf)->symbols();
    (*elf)->build_id();
    (*elf)->alternate_link();
    (*elf)->module_info();
    (*elf)->memory(0, 16);
}

const char* const kCompilers[] = {"cc", test::kCrossCompiler.data()};

}  // namespace

TEST_CASE("a section reads the same however it is packed") {
    Workshop workshop;
    std::string packing = GENERATE("zlib", "zlib-gnu", "zstd");
    for (const char* compiler : kCompilers) {
        for (const char* options : {"-g -gdwarf-5 -c", "-g -gdwarf-4 -nostdlib -Wl,-e,walk"}) {
            auto plain = opened(workshop.compile("plain", kSource, options, compiler));
            std::string objcopy =
                compiler == kCompilers[0] ? "objcopy" : "aarch64-linux-gnu-objcopy";
            workshop.run(objcopy + " --compress-debug-sections=" + packing + " plain packed");
            // Short sections may stay as they are.
            auto packed = opened(workshop.path("packed"));
            auto info = *packed->find(".debug_info");
            CHECK(packed->sections()[info].file_size < packed->sections()[info].size);
            for (const char* name : {".debug_info", ".debug_abbrev", ".debug_str", ".debug_line"})
                CHECK(text_of(*packed, name) == text_of(*plain, name));
            packed->forget(info);
            CHECK(text_of(*packed, ".debug_info") == text_of(*plain, ".debug_info"));
        }
    }
}

TEST_CASE("a linked file's sections are given as they are, whatever relocations lie beside them") {
    Workshop workshop;
    workshop.compile("linked", kSource, "-g -nostdlib -Wl,-e,walk -Wl,--emit-relocs -no-pie");
    auto with = opened(workshop.path("linked"));
    CHECK(with->find(".rela.debug_info"));
    CHECK_FALSE(with->relocatable());
    workshop.compile("bare", kSource, "-g -nostdlib -Wl,-e,walk -no-pie");
    auto without = opened(workshop.path("bare"));
    std::string bare = text_of(*without, ".debug_abbrev");
    CHECK(text_of(*with, ".debug_abbrev") == bare);
    CHECK(with->bytes(*with->find(".debug_info"))->data() !=
          without->bytes(*without->find(".debug_info"))->data());
}

TEST_CASE("pointers in data of a module point to where its symbols are") {
    Workshop workshop;
    for (const char* compiler : kCompilers) {
        auto elf = opened(workshop.compile("thing.o", kSource, "-g -c", compiler));
        CHECK(elf->relocatable());
        CHECK(elf->arch() == (compiler == kCompilers[0] ? Arch::x86_64 : Arch::aarch64));
        auto symbols = elf->symbols();
        REQUIRE(symbols);
        auto address_of = [&](std::string_view name) {
            auto at = std::find_if(symbols->begin(), symbols->end(),
                                   [&](const ElfSymbol& symbol) { return symbol.name == name; });
            REQUIRE(at != symbols->end());
            return at->address;
        };
        auto pointer = elf->memory(address_of("second") + 8, 8);
        REQUIRE(pointer);
        CHECK(*Bytes(*pointer).get<std::uint64_t>(0) == address_of("first"));
        CHECK(address_of("walk") < address_of("start"));   // text, then .init text
        CHECK(address_of("start") < address_of("first"));  // then data
        CHECK_FALSE(elf->memory(address_of("second") + 8, 1 << 20));
    }
}

TEST_CASE("allocated sections of a module do not overlap and are aligned") {
    Workshop workshop;
    auto elf = opened(workshop.compile("thing.o", kSource, "-g -c -ffunction-sections"));
    std::vector<const ElfSection*> allocated;
    for (const ElfSection& section : elf->sections())
        if ((section.flags & SHF_ALLOC) != 0 && section.size != 0) allocated.push_back(&section);
    REQUIRE(allocated.size() > 3);
    std::sort(allocated.begin(), allocated.end(),
              [](auto* a, auto* b) { return a->address < b->address; });
    for (std::size_t i = 0; i < allocated.size(); ++i) {
        if (allocated[i]->alignment > 1)
            CHECK(allocated[i]->address % allocated[i]->alignment == 0);
        if (i != 0)
            CHECK(allocated[i - 1]->address + allocated[i - 1]->size <= allocated[i]->address);
    }
}

TEST_CASE("symbols of a linked file are where nm sees them") {
    Workshop workshop;
    auto elf = opened(workshop.compile("linked", kSource, "-g -nostdlib -Wl,-e,walk"));
    std::map<std::string, std::uint64_t> ours;
    auto symbols = elf->symbols();
    REQUIRE(symbols);
    for (const ElfSymbol& symbol : *symbols) ours[std::string(symbol.name)] = symbol.address;
    std::istringstream theirs(workshop.run("nm linked"));
    std::string address, type, name;
    std::size_t compared = 0;
    while (theirs >> address >> type >> name) {
        CHECK(ours.at(name) == std::stoull(address, nullptr, 16));
        ++compared;
    }
    CHECK(compared >= 5);
}

TEST_CASE("build id, module information and alternate link are read") {
    Workshop workshop;
    auto elf = opened(
        workshop.compile("linked", kSource, "-g -nostdlib -Wl,-e,walk -Wl,--build-id=0x1234abcd"));
    CHECK(elf->build_id() == "1234abcd");
    CHECK(elf->module_info().at("vermagic") == "6.1.0 SMP");
    CHECK(elf->module_info().at("name") == "thing");
    CHECK_FALSE(elf->alternate_link());
    workshop.write("link", std::string("common.debug\0\xab\xcd", 15));
    workshop.run("objcopy --add-section .gnu_debugaltlink=link linked other");
    auto link = opened(workshop.path("other"))->alternate_link();
    REQUIRE(link);
    CHECK(link->name == "common.debug");
    CHECK(link->build_id == "abcd");
}

TEST_CASE("what is no ELF file of a known machine is refused with what was found") {
    Workshop workshop;
    auto refusal = [&](const std::string& content) {
        auto elf = ElfObject::open(workshop.write("file", content));
        REQUIRE_FALSE(elf);
        CHECK(elf.error().file == workshop.path("file").string());
        CHECK_FALSE(elf.error().remedy.empty());
        return elf.error().expected;
    };
    CHECK_THAT(refusal("hello"), ContainsSubstring("ELF"));
    refusal("");
    std::string object = test::read_whole(workshop.compile("thing.o", kSource, "-g -c"));
    object[EI_CLASS] = ELFCLASS32;
    CHECK_THAT(refusal(object), ContainsSubstring("64-bit"));
    object[EI_CLASS] = ELFCLASS64;
    object[18] = EM_S390;
    CHECK_THAT(refusal(object), ContainsSubstring("machine 22"));
    CHECK_FALSE(ElfObject::open(workshop.path("absent")));
    CHECK_FALSE(ElfObject::open(workshop.path(".")));
}

TEST_CASE("a packed section that promises more than its bytes can hold is refused unread") {
    Workshop workshop;
    workshop.compile("thing.o", kSource, "-g -c -gz=zlib");
    std::string content = test::read_whole(workshop.path("thing.o"));
    auto elf = opened(workshop.path("thing.o"));
    const ElfSection& section = elf->sections()[*elf->find(".debug_info")];
    for (std::uint64_t size : {std::uint64_t{1} << 30, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        std::memcpy(content.data() + section.offset + 8, &size, sizeof size);
        auto hostile = opened(workshop.write("hostile", content));
        CHECK_FALSE(hostile->bytes(*hostile->find(".debug_info")));
    }
}

TEST_CASE("names without an end, and more symbol tables than one, are refused") {
    // All sections and symbols may name the same bytes: unbounded these cost their product.
    Workshop workshop;
    workshop.compile("thing.o", kSource, "-c");
    workshop.run("objcopy --rename-section .data=." + std::string(5000, 'x') + " thing.o long.o");
    auto elf = ElfObject::open(workshop.path("long.o"));
    REQUIRE_FALSE(elf);
    CHECK_THAT(elf.error().expected, ContainsSubstring("too long"));
    workshop.run("objcopy --redefine-sym walk=" + std::string(5000, 'x') + " thing.o symbol.o");
    auto symbols = opened(workshop.path("symbol.o"))->symbols();
    REQUIRE_FALSE(symbols);
    CHECK_THAT(symbols.error().expected, ContainsSubstring("too long"));

    std::string content = test::read_whole(workshop.path("thing.o"));
    Elf64_Ehdr header;
    std::memcpy(&header, content.data(), sizeof header);
    auto at =
        header.e_shoff + *opened(workshop.path("thing.o"))->find(".shstrtab") * sizeof(Elf64_Shdr);
    const std::uint32_t type = SHT_SYMTAB;
    std::memcpy(content.data() + at + offsetof(Elf64_Shdr, sh_type), &type, sizeof type);
    auto two = opened(workshop.write("two.o", content))->symbols();
    REQUIRE_FALSE(two);
    CHECK_THAT(two.error().expected, ContainsSubstring("one symbol table"));
}

TEST_CASE("a file cut anywhere, or with any byte of its headers changed, gives errors at most") {
    Workshop workshop;
    auto path = workshop.compile("thing.o", kSource, "-g -c -gz=zlib");
    const std::string whole = test::read_whole(path);
    for (std::size_t size = 1; size < whole.size(); size += whole.size() / 150 + 1)
        ask_everything(workshop.write("cut", whole.substr(0, size)));
    auto header = *Bytes({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()})
                       .get<Elf64_Ehdr>(0);
    std::mt19937 random(1);
    for (int round = 0; round < 600; ++round) {
        std::string damaged = whole;
        std::size_t table = header.e_shnum * sizeof(Elf64_Shdr);
        std::size_t at =
            round % 4 == 0 ? random() % sizeof(Elf64_Ehdr) : header.e_shoff + random() % table;
        damaged[at] = static_cast<char>(random());
        if (round % 3 == 0) damaged[at] = '\xff';
        ask_everything(workshop.write("damaged", damaged));
    }
    SUCCEED();
}
