// From a module's file to the addresses of its variables: what the profile keeps of a module that
// the compiler at hand made, against what readelf says of it.
#include "layout/module_variables.h"

#include <map>
#include <sstream>

#include "catch.h"
#include "debuginfo/build_profile.h"
#include "debuginfo/compile.h"
#include "debuginfo/find_debuginfo.h"
#include "debuginfo/made_kernel.h"
#include "fakes/loaded_module.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

constexpr VAddr kModule{0xffff800001000000};
const std::vector<std::uint8_t> kBuildId{0xaa, 0x01, 0xaa, 0x01};

// Two files of a module: variables of every section, one name that both have, one variable of no
// size that ends its section.
constexpr const char* kOne = R"(
struct empty {};
struct nfs_page {
    int wb_flags;
} page;
int initialized = 4;
static int twice = 1;
static long in_bss[8];
const char read_only[40] = "text";
int late __attribute__((section(".data..ro_after_init"))) = 7;
int first_only __attribute__((section(".init.data"))) = 9;
struct empty nothing __attribute__((section(".data..ro_after_init")));
int use(int i) { static int counter; return twice + (int)in_bss[i] + counter++; }
)";
constexpr const char* kTwo = R"(
static int twice = 2;
static int other_bss;
int *points = &other_bss;
int use2(void) { return twice++ + other_bss++; }
static const char info0[] __attribute__((section(".modinfo"), used, aligned(1))) = "name=nfs";
static const char info1[] __attribute__((section(".modinfo"), used, aligned(1))) =
    "vermagic=4.19.90-made.x86_64 SMP mod_unload ";
int this_module __attribute__((section(".gnu.linkonce.this_module")));
)";

fs::path linked_module(const debuginfo::test::Workshop& shop) {
    shop.compile("one.o", kOne, "-g -c -fno-common");
    shop.compile("two.o", kTwo, "-g -c -fno-common");
    shop.run("cc -r -nostdlib -Wl,--build-id=0xaa01aa01 -o nfs.ko one.o two.o");
    return shop.path("nfs.ko");
}

// Section number -> name, of `readelf -SW`.
std::map<unsigned, std::string> sections_of(const debuginfo::test::Workshop& shop) {
    std::map<unsigned, std::string> result;
    std::istringstream lines(shop.run("readelf -SW nfs.ko"));
    for (std::string line; std::getline(lines, line);) {
        std::size_t open = line.find('['), close = line.find(']');
        if (open == std::string::npos || close == std::string::npos) continue;
        std::istringstream number(line.substr(open + 1)), rest(line.substr(close + 1));
        unsigned index = 0;
        std::string name;
        if (number >> index && rest >> name) result[index] = name;
    }
    return result;
}

struct Variable {
    std::string name, section;
    std::uint64_t offset;
};

// Objects of `readelf -sW` by what the symbol table itself says: section and offset.
std::vector<Variable> variables_of(const debuginfo::test::Workshop& shop) {
    auto sections = sections_of(shop);
    std::vector<Variable> result;
    std::istringstream lines(shop.run("readelf -sW nfs.ko"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string number, value, size, type, binding, visibility, section, name;
        if (!(fields >> number >> value >> size >> type >> binding >> visibility >> section >>
              name))
            continue;
        if (type != "OBJECT") continue;
        result.push_back({name, sections.at(static_cast<unsigned>(std::stoul(section))),
                          std::stoull(value, nullptr, 16)});
    }
    return result;
}

}  // namespace

TEST_CASE("a profile places the variables of a module as its symbol table does") {
    debuginfo::test::Workshop shop;
    fs::path file = linked_module(shop);
    MadeKernel kernel;
    shop.write("vmlinux", vmlinux(kernel));
    bool separate = GENERATE(false, true);
    if (separate) {
        shop.run("objcopy --only-keep-debug nfs.ko nfs.ko.debug");
        fs::remove(file);
        shop.run("cp nfs.ko.debug nfs.ko");
        fs::remove(shop.path("nfs.ko.debug"));
    }
    auto files = debuginfo::find_debuginfo({shop.path("vmlinux").parent_path()}, {}, {});
    if (!files) FAIL(to_string(files.error()));
    REQUIRE(files->modules.count("nfs") == 1);
    auto built = debuginfo::build_profile(*files, {}, {});
    if (!built) FAIL(to_string(built.error()));
    TestFolder out;
    auto path = out.write("made.nfsprofile", {reinterpret_cast<const char*>(built->bytes.data()),
                                              built->bytes.size()});
    auto profile = layout::Profile::open(path);
    REQUIRE(profile);

    // Loaded in another order, far apart.
    fakes::FakeMemory memory;
    fakes::LoadedModule nfs(memory, kModule, "nfs");
    std::map<std::string, std::uint64_t> at;
    std::uint64_t next = 0xf0000;
    for (const auto& [index, name] : sections_of(shop)) at[name] = nfs.part(next -= 0x3000);
    at[".init.data"] = kModule.value + 0x900000;  // not the module's any more
    nfs.tell_sections(fakes::SectionList::bin_attribute, {at.begin(), at.end()});
    nfs.tell_build_id(kBuildId);
    auto types = fakes::loaded_module_types(fakes::SectionList::bin_attribute);
    auto found = layout::module_variables(memory, *types, **profile, nfs.read(*types), {});
    if (!found) FAIL(to_string(found.error()));

    std::multimap<std::string, std::uint64_t> placed, expected;
    for (const layout::Symbol& symbol : *found) placed.emplace(symbol.name, symbol.address.value);
    for (const Variable& variable : variables_of(shop)) {
        bool skipped = variable.section == ".init.data" || variable.name == "nothing" ||
                       variable.name.starts_with("counter.");
        if (!skipped) expected.emplace(variable.name, at.at(variable.section) + variable.offset);
    }
    CHECK(expected.count("twice") == 2);
    CHECK(expected.count("in_bss") == 1);
    CHECK(expected.count("read_only") == 1);
    CHECK(expected.count("late") == 1);
    // Names of one address each, in any order.
    auto sorted = [](const auto& map) {
        std::vector<std::pair<std::string, std::uint64_t>> all(map.begin(), map.end());
        std::sort(all.begin(), all.end());
        return all;
    };
    CHECK(sorted(placed) == sorted(expected));
}
