#include <algorithm>
#include <map>
#include <set>

#include "catch.h"
#include "compile.h"
#include "debuginfo/code_writer.h"
#include "layout/code_table.h"

using namespace nfstriage;
using debuginfo::test::kCrossCompiler;
using debuginfo::test::Workshop;
using layout::Location;

namespace {

// Each function that is to be inlined stops in a call, so that its object lives in a register that
// calls keep.
constexpr const char* kSource = R"(
struct page { long flags; };
struct request { int count; struct request *next; struct page *page; };
extern int wait_for(const void *what, int flags);
extern void tell(const void *a, const void *b);
#define INLINED static inline __attribute__((always_inline))
INLINED int lock_page(struct page *page, int how) {
    int error = wait_for(page, how);
    if (error)
        tell(page, 0);
    page->flags |= 1;
    return error;
}
INLINED int lock(struct request *req, const struct request *head, int how) {
    int error = lock_page(req->page, how);
    if (head)
        tell(head, req);
    req->count++;
    return error;
}
int finish(struct request *request, int flags) {
    int sum = wait_for(request, 1);
    for (; request; request = request->next)
        sum += lock(request, 0, flags);
    return sum;
}
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

std::vector<std::string> compilers() {
    std::vector<std::string> out = {"cc"};
    if (Workshop::has(kCrossCompiler)) out.emplace_back(kCrossCompiler);
    return out;
}

const Location* at(const layout::Parameter& parameter, std::uint64_t address) {
    for (const Location& each : parameter.locations)
        if (address >= each.begin && address < each.end) return &each;
    return nullptr;
}

}  // namespace

TEST_CASE("parameters of inlined functions have names, types and places") {
    Workshop shop;
    for (const std::string& compiler : compilers())
        for (const char* dwarf : {"-gdwarf-4", "-gdwarf-5"}) {
            INFO(compiler << " " << dwarf);
            shop.compile("one.o", kSource, std::string(dwarf) + " -O2 -c", compiler);
            Opened object = open(shop.path("one.o"));
            auto finish = object.table->function_at(object.table->entries("finish").at(0));
            REQUIRE(finish);
            std::size_t pages = 0, same_as_outer = 0, constants = 0, deep = 0;
            for (std::uint64_t address = finish->begin; address < finish->end; address++) {
                auto inlined = object.table->inlined_at(address);
                auto source = object.table->source_of(address);
                REQUIRE(inlined);
                REQUIRE(source);
                REQUIRE(inlined->size() + 1 == source->size());
                deep += inlined->size() == 2 ? 1 : 0;
                for (std::size_t i = 0; i < inlined->size(); i++) {
                    const layout::InlinedFunction& function = (*inlined)[i];
                    REQUIRE(function.name == (*source)[i].function);
                    if (function.name == "lock_page") {
                        REQUIRE(function.parameters.size() == 2);
                        CHECK(function.parameters[0].name == "page");
                        CHECK(function.parameters[0].type == "struct page *");
                        CHECK(function.parameters[1].name == "how");
                        CHECK(function.parameters[1].type == "int");
                        CHECK(function.parameters[1].locations.empty());
                        pages += at(function.parameters[0], address) != nullptr ? 1 : 0;
                        continue;
                    }
                    REQUIRE(function.name == "lock");
                    REQUIRE(function.parameters.size() == 3);
                    CHECK(function.parameters[0].name == "req");
                    CHECK(function.parameters[1].name == "head");
                    CHECK(function.parameters[1].type == "const struct request *");
                    // It is finish()'s own request, where that has not moved on.
                    const Location* inner = at(function.parameters[0], address);
                    const Location* outer = at(finish->parameters[0], address);
                    if (inner != nullptr && outer != nullptr && inner->kind == outer->kind &&
                        inner->kind == Location::Kind::in_register && inner->reg == outer->reg)
                        same_as_outer++;
                    const Location* head = at(function.parameters[1], address);
                    if (head != nullptr && head->kind == Location::Kind::constant &&
                        head->offset == 0)
                        constants++;
                }
            }
            CHECK(pages > 5);
            CHECK(same_as_outer > 5);
            CHECK(constants > 5);
            CHECK(deep > 5);
        }
}

TEST_CASE("parameters of inlined functions are read without optimisation, too") {
    Workshop shop;
    shop.compile("plain.o", kSource, "-g -O0 -c");
    Opened object = open(shop.path("plain.o"));
    auto finish = object.table->function_at(object.table->entries("finish").at(0));
    REQUIRE(finish);
    std::set<std::int64_t> slots;
    for (std::uint64_t address = finish->begin; address < finish->end; address++) {
        auto inlined = object.table->inlined_at(address);
        REQUIRE(inlined);
        for (const layout::InlinedFunction& function : *inlined) {
            REQUIRE(!function.parameters.empty());
            const Location* place = at(function.parameters[0], address);
            REQUIRE(place != nullptr);
            CHECK(place->kind == Location::Kind::at_frame);
            slots.insert(place->offset);
        }
    }
    CHECK(slots.size() == 2);  // of req and of page
}

TEST_CASE("inlined functions of files that are left out are named without parameters") {
    Workshop shop;
    std::filesystem::create_directories(shop.path("include"));
    std::filesystem::create_directories(shop.path("fs"));
    std::filesystem::create_directories(shop.path("mm"));
    shop.write("include/list.h",
               "struct node { struct node *next; };\nextern void used(const void *);\n"
               "static inline __attribute__((always_inline)) void add(struct node *node)\n"
               "{ used(node); node->next = node; used(node); }\n");
    constexpr const char* kUnit =
        "#include \"../include/list.h\"\n"
        "static inline __attribute__((always_inline)) void twice(struct node *list)\n"
        "{ used(list); add(list->next); used(list); }\n";
    shop.write("fs/a.c", std::string(kUnit) + "void in_fs(struct node *n) { twice(n); }\n");
    shop.write("mm/b.c", std::string(kUnit) + "void in_mm(struct node *n) { twice(n); }\n");
    shop.run("cc -g -O2 -c -o a.o fs/a.c && cc -g -O2 -c -o b.o mm/b.c && ld -r -o all.o a.o b.o");
    debuginfo::CodeOptions options;
    options.inlined_units = {"fs/"};
    options.inlined_left_out = {"include/"};
    Opened object = open(shop.path("all.o"), options);
    std::map<std::string, std::set<std::size_t>> parameters;  // how many, by function
    for (const char* name : {"in_fs", "in_mm"}) {
        auto function = object.table->function_at(object.table->entries(name).at(0));
        REQUIRE(function);
        for (std::uint64_t address = function->begin; address < function->end; address++) {
            auto inlined = object.table->inlined_at(address);
            REQUIRE(inlined);
            for (const layout::InlinedFunction& each : *inlined)
                parameters[std::string(name) + " " + each.name].insert(each.parameters.size());
        }
    }
    CHECK(parameters.at("in_fs twice") == std::set<std::size_t>{1});
    CHECK(parameters.at("in_fs add") == std::set<std::size_t>{0});
    CHECK(parameters.at("in_mm twice") == std::set<std::size_t>{0});
    CHECK(parameters.at("in_mm add") == std::set<std::size_t>{0});
}
