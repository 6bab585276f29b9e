#include <elf.h>

#include <algorithm>
#include <map>
#include <random>

#include "addr2line/oracle.h"
#include "catch.h"
#include "compile.h"
#include "debuginfo/code_writer.h"
#include "leaks.h"

using namespace nfstriage;
using debuginfo::test::kCrossCompiler;
using debuginfo::test::Workshop;
using layout::Location;

namespace {

// Inlined three deep, calls inlined twice in one function, a cold part, a static name used twice.
constexpr const char* kSource = R"(
struct request { int count; struct request *next; };
extern int wait_for(struct request *request, int flags);
extern void complain(const char *why) __attribute__((cold));
static inline __attribute__((always_inline)) int get(struct request *r) {
    if (r->count < 0)
        complain("negative");
    return r->count++;
}
static inline __attribute__((always_inline)) int put(struct request *r) {
    int was = get(r);
    if (__builtin_expect(was == 7, 0)) {
        complain("seven");
        __builtin_trap();
    }
    return was - 1;
}
static inline __attribute__((always_inline)) int both(struct request *r) {
    return get(r) + put(r);
}
static __attribute__((noinline)) int helper(struct request *r, int flags) {
    return wait_for(r, flags + 1) + both(r);
}
int finish(struct request *request, int flags) {
    int sum = 0;
    for (; request; request = request->next) {
        sum += helper(request, flags);
        if (sum > 100)
            sum += both(request);
    }
    return sum;
}
)";
constexpr const char* kSecond = R"(
extern int first(int);
static __attribute__((noinline)) int helper(int x) { return first(x) * 3; }
int other(int x) { return helper(x) + helper(x + 1); }
)";

struct Opened {
    std::unique_ptr<debuginfo::ElfObject> elf;
    std::unique_ptr<debuginfo::DwarfObject> dwarf;
    debuginfo::CodeSection section;
    std::optional<layout::CodeTable> table;
};

Opened open(const std::filesystem::path& path,
            const debuginfo::CodeOptions& options = debuginfo::module_code_options()) {
    Opened out;
    auto elf = debuginfo::ElfObject::open(path);
    REQUIRE(elf);
    out.elf = std::move(*elf);
    auto dwarf = debuginfo::DwarfObject::open(*out.elf);
    REQUIRE(dwarf);
    out.dwarf = std::move(*dwarf);
    auto section = debuginfo::code_section(*out.dwarf, options);
    REQUIRE(section);
    out.section = std::move(*section);
    auto table = layout::CodeTable::open(out.section.bytes);
    REQUIRE(table);
    out.table = *table;
    return out;
}

// Asks both oracles about every byte of every section of code.
void compare_everywhere(const std::filesystem::path& path, const std::string& addr2line) {
    Opened object = open(path);
    std::size_t agreed = 0, deep = 0;
    for (const auto& section : object.elf->sections()) {
        if ((section.flags & SHF_EXECINSTR) == 0 || section.size == 0) continue;
        std::vector<test::Question> questions(section.size), second(section.size);
        for (std::size_t i = 0; i < section.size; i++)
            questions[i].address = second[i].address = section.address + i;
        REQUIRE(test::ask("eu-addr2line", path, section, object.elf->relocatable(), questions));
        REQUIRE(test::ask(addr2line, path, section, object.elf->relocatable(), second));
        for (std::size_t i = 0; i < section.size; i++) {
            auto ours = object.table->source_of(questions[i].address);
            if (!ours && test::no_code(questions[i].theirs)) continue;
            bool right =
                test::agrees(questions[i].theirs, ours) || test::agrees(second[i].theirs, ours);
            INFO(section.name << "+" << i << ": " << questions[i].theirs.front());
            REQUIRE(right);
            agreed++;
            deep += ours->size() > 2 ? 1 : 0;
        }
    }
    CHECK(agreed > 200);
    CHECK(deep > 10);
}

std::vector<std::string> compilers() {
    std::vector<std::string> out = {"cc"};
    if (Workshop::has(kCrossCompiler)) out.emplace_back(kCrossCompiler);
    return out;
}

std::string tool(const std::string& compiler, const std::string& name) {
    return compiler == "cc" ? name : "aarch64-linux-gnu-" + name;
}

}  // namespace

TEST_CASE(
    "every address of a compiled file has the functions, inlined calls and lines of addr2line") {
    Workshop shop;
    for (const std::string& compiler : compilers())
        for (const char* dwarf : {"-gdwarf-4", "-gdwarf-5"}) {
            INFO(compiler << " " << dwarf);
            shop.compile("one.o", kSource, std::string(dwarf) + " -O2 -c", compiler);
            shop.compile("two.o", kSecond, std::string(dwarf) + " -O2 -c", compiler);
            compare_everywhere(shop.path("one.o"), tool(compiler, "addr2line"));
            shop.run(tool(compiler, "ld") + " -r -o both.o one.o two.o");
            compare_everywhere(shop.path("both.o"), tool(compiler, "addr2line"));
            shop.run(tool(compiler, "ld") +
                     " --unresolved-symbols=ignore-all -e finish -o linked one.o two.o");
            compare_everywhere(shop.path("linked"), tool(compiler, "addr2line"));
        }
}

TEST_CASE("a static name that two files use is found twice, a cold part is no entry") {
    Workshop shop;
    shop.compile("one.o", kSource, "-g -O2 -c");
    shop.compile("two.o", kSecond, "-g -O2 -c");
    shop.run("ld -r -o both.o one.o two.o");
    Opened object = open(shop.path("both.o"));
    CHECK(object.table->entries("helper").size() == 2);
    CHECK(object.table->entries("finish").size() == 1);
    CHECK(object.table->entries("get").empty());
    std::map<std::string, std::uint64_t> symbols;
    auto all = object.elf->symbols();
    REQUIRE(all);
    for (const auto& symbol : *all) symbols[std::string(symbol.name)] = symbol.address;
    CHECK(object.table->entries("finish").front() == symbols.at("finish"));
    // GCC moves the trap out of the way, into a range of its own.
    REQUIRE(symbols.count("finish.cold") == 1);
    auto cold = object.table->function_at(symbols.at("finish.cold"));
    REQUIRE(cold);
    CHECK(cold->name == "finish");
    CHECK(cold->entry == symbols.at("finish"));
    CHECK(cold->begin != cold->entry);
    CHECK(cold->parameters.size() == 2);
}

TEST_CASE("parameters are where the calling convention puts them") {
    Workshop shop;
    for (const std::string& compiler : compilers()) {
        INFO(compiler);
        bool arm = compiler != "cc";
        shop.compile("one.o", kSource, "-g -O2 -c", compiler);
        Opened object = open(shop.path("one.o"));
        auto entry = object.table->entries("finish");
        REQUIRE(entry.size() == 1);
        auto function = object.table->function_at(entry[0]);
        REQUIRE(function);
        REQUIRE(function->parameters.size() == 2);
        CHECK(function->parameters[0].name == "request");
        CHECK(function->parameters[0].type == "struct request *");
        CHECK(function->parameters[1].name == "flags");
        CHECK(function->parameters[1].type == "int");
        for (std::size_t i = 0; i < 2; i++) {
            const auto& locations = function->parameters[i].locations;
            REQUIRE(!locations.empty());
            CHECK(locations[0].kind == Location::Kind::in_register);
            CHECK(locations[0].begin == entry[0]);
            CHECK(locations[0].reg == (arm ? i : i == 0 ? 5u : 4u));  // x0, x1; rdi, rsi
        }
        // Later the second is only known as what the register was at the entry, or saved.
        CHECK(std::any_of(function->parameters[1].locations.begin(),
                          function->parameters[1].locations.end(), [](const Location& each) {
                              return each.kind == Location::Kind::entry_value ||
                                     each.kind == Location::Kind::in_register;
                          }));
    }
}

TEST_CASE("without optimisation parameters are in memory at the canonical frame address") {
    Workshop shop;
    shop.compile("plain.o", "int plain(int a, char *b) { return a + *b; }", "-g -O0 -c");
    Opened object = open(shop.path("plain.o"));
    auto function = object.table->function_at(object.table->entries("plain").at(0));
    REQUIRE(function);
    REQUIRE(function->parameters.size() == 2);
    for (const auto& parameter : function->parameters) {
        REQUIRE(parameter.locations.size() == 1);
        CHECK(parameter.locations[0].kind == Location::Kind::at_frame);
        CHECK(parameter.locations[0].offset < 0);
        CHECK(parameter.locations[0].begin == 0);
        CHECK(parameter.locations[0].end == UINT64_MAX);
    }
    CHECK(function->parameters[1].type == "char *");
}

TEST_CASE("calls tell what they pass in registers") {
    Workshop shop;
    for (const char* dwarf : {"-gdwarf-4", "-gdwarf-5"}) {
        INFO(dwarf);
        shop.compile("call.o",
                     "extern int callee(int a, int b);\n"
                     "int caller(int x) { return callee(x, 42) + 1; }\n",
                     std::string(dwarf) + " -O2 -c");
        Opened object = open(shop.path("call.o"));
        auto function = object.table->function_at(object.table->entries("caller").at(0));
        REQUIRE(function);
        std::size_t calls = 0;
        for (std::uint64_t at = function->begin; at <= function->end; at++) {
            auto arguments = object.table->call_arguments(at);
            if (!arguments) continue;
            calls++;
            bool constant = false, own = false;
            for (const auto& argument : *arguments) {
                constant = constant ||
                           (argument.reg == 4 && argument.value.kind == Location::Kind::constant &&
                            argument.value.offset == 42);
                own = own ||
                      (argument.reg == 5 && argument.value.kind == Location::Kind::entry_value &&
                       argument.value.reg == 5);
            }
            CHECK(constant);
            CHECK(own);
        }
        CHECK(calls == 1);
    }
}

TEST_CASE("types of parameters are spelled as in C") {
    Workshop shop;
    shop.compile("types.o",
                 "typedef unsigned long size; enum color { red }; union word { int i; };\n"
                 "int f(const char *a, size b, enum color c, union word *d, void (*e)(int),\n"
                 "      char **g, const void *h, void *const i, _Bool j, int k[4])\n"
                 "{ return 0; }\n",
                 "-g -O0 -c");
    Opened object = open(shop.path("types.o"));
    auto function = object.table->function_at(object.table->entries("f").at(0));
    REQUIRE(function);
    std::vector<std::string> types;
    for (const auto& parameter : function->parameters) types.push_back(parameter.type);
    CHECK(types == std::vector<std::string>{"const char *", "size", "enum color", "union word *",
                                            "void (*)()", "char **", "const void *", "void * const",
                                            "_Bool", "int *"});
}

TEST_CASE("units of folders that are left out are not read, others keep lines without parameters") {
    Workshop shop;
    std::filesystem::create_directories(shop.path("drivers"));
    std::filesystem::create_directories(shop.path("lib"));
    shop.write("drivers/a.c", "int in_driver(int x) { return x; }\n");
    shop.write("lib/b.c", "int in_library(int x) { return x; }\n");
    shop.run(
        "cc -g -O1 -c -o a.o drivers/a.c && cc -g -O1 -c -o b.o lib/b.c && "
        "ld -r -o all.o a.o b.o");
    debuginfo::CodeOptions options;
    options.left_out_folders = {"drivers/"};
    options.parameter_folders = {"fs/"};
    Opened object = open(shop.path("all.o"), options);
    CHECK(object.table->entries("in_driver").empty());
    REQUIRE(object.table->entries("in_library").size() == 1);
    auto function = object.table->function_at(object.table->entries("in_library")[0]);
    REQUIRE(function);
    CHECK(function->parameters.empty());
    auto source = object.table->source_of(function->entry);
    REQUIRE(source);
    CHECK(source->front().file == "lib/b.c");
    CHECK(source->front().line == 1);
}

TEST_CASE("assembly is named by its symbols") {
    Workshop shop;
    shop.write("entry.S",
               ".text\n.globl start_here\n.type start_here, @function\nstart_here:\n"
               "nop\nnop\nret\n.size start_here, .-start_here\n");
    shop.run("cc -gdwarf-4 -c -o entry.o entry.S");
    Opened object = open(shop.path("entry.o"));
    auto source = object.table->source_of(object.table->entries("start_here").at(0) + 1);
    REQUIRE(source);
    REQUIRE(source->size() == 1);
    CHECK(source->front().function == "start_here");
    CHECK(source->front().file == "entry.S");
    CHECK(source->front().line == 6);
}

TEST_CASE("damaged debug sections give an error or a smaller table, never a crash") {
    Workshop shop;
    shop.compile("one.o", kSource, "-g -O2 -c");
    std::string good = debuginfo::test::read_whole(shop.path("one.o"));
    auto elf = debuginfo::ElfObject::open(shop.path("one.o"));
    REQUIRE(elf);
    std::size_t answered = 0;
    std::mt19937 random(7);
    debuginfo::test::LeaksAllowed allowed;
    for (const auto& section : (*elf)->sections()) {
        if (!section.name.starts_with(".debug_") || section.type == SHT_RELA) continue;
        for (int round = 0; round < 60; round++) {
            std::string bad = good;
            for (int k = 0; k < 3; k++)
                bad[section.offset + random() % section.file_size] = static_cast<char>(random());
            auto path = shop.write("bad.o", bad);
            auto damaged = debuginfo::ElfObject::open(path);
            if (!damaged) continue;
            auto dwarf = debuginfo::DwarfObject::open(**damaged);
            if (!dwarf) continue;
            auto code = debuginfo::code_section(**dwarf, {});
            if (!code) continue;
            auto table = layout::CodeTable::open(code->bytes);
            REQUIRE(table);
            answered += table->source_of(0) ? 1 : 0;
        }
    }
    CHECK(answered > 100);
}
