// Variables of modules in a kernel whose tables name functions only.
#include "layout/module_variables.h"

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "fakes/loaded_module.h"
#include "layout/kernel_symbols.h"
#include "layout/module_symbols.h"
#include "layout/profile_symbols.h"
#include "layout/profile_verify.h"

using namespace nfstriage;
using namespace nfstriage::layout;
using fakes::FakeMemory;
using fakes::LoadedModule;
using fakes::SectionList;

namespace {

constexpr VAddr kLockd{0xffff800001000000};
constexpr const char* kBuildId = "0a0b0c0d0e0f1011";
const std::vector<std::uint8_t> kBuildIdBytes{0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11};

// lockd as its file has it: .data and .bss adjoin, .data..percpu and .init.data are not to be had.
const std::vector<LinkedSection> kSections{{".text", 0, 0x400},        {".data", 0x400, 0x100},
                                           {".bss", 0x500, 0x200},     {".init.data", 0x700, 0x80},
                                           {".dup", 0x780, 0x10},      {".dup", 0x790, 0x10},
                                           {".data..percpu", 0x7a0, 8}};
const std::vector<LinkedSymbol> kSymbols{
    {"lockd_up", 0x10, 'T', 0},       {"lockd_down", 0x80, 'T', 0},
    {"nlmsvc_serv", 0x408, 'd', 0},   {"nlm_timeout", 0x410, 'D', 0},
    {"no_size", 0x500, 'n', 0},       {"nlm_blocked", 0x500, 'b', 0},
    {"nlm_files", 0x540, 'b', 0},     {"also_nlm_files", 0x540, 'b', 0},
    {"nlm_blocked", 0x6f0, 'b', 0},   {"init_only", 0x700, 'd', 0},
    {"in_one_of_two", 0x788, 'd', 0}, {"per_cpu", 0x7a0, 'd', 0},
    {"behind_all", 0x900, 'd', 0}};

struct Kernel {
    FakeMemory memory;
    SectionList form;
    std::unique_ptr<BtfTypes> types;
    LoadedModule lockd{memory, kLockd, "lockd"};
    std::uint64_t data = lockd.part(0x8000), bss = lockd.part(0x2000);
    std::unique_ptr<Profile> profile;

    explicit Kernel(SectionList of = SectionList::bin_attribute)
        : form(of), types(fakes::loaded_module_types(of)) {
        lockd.tell_sections(form, {{".text", lockd.part(0)},
                                   {".data", data},
                                   {".bss", bss},
                                   {".init.data", kLockd.value + 0x900000},
                                   {".dup", lockd.part(0x9000)}});
        lockd.tell_symbols({{"lockd_up", lockd.part(0x10)}, {"lockd_down", lockd.part(0x80)}});
        lockd.tell_build_id(kBuildIdBytes);
        open_profile({{"", "", "", ""}, {"lockd", kBuildId, "", ""}}, encode_sections(kSections));
    }

    void open_profile(const std::vector<ProfileObject>& objects,
                      const std::vector<std::uint8_t>& sections) {
        std::vector<ProfilePart> parts{
            {ProfileSection::symbols, "lockd", encode_symbols(kSymbols)}};
        if (!sections.empty()) parts.push_back({ProfileSection::sections, "lockd", sections});
        std::string path =
            (std::filesystem::temp_directory_path() / "nfstriage-module-XXXXXX").string();
        int fd = mkstemp(path.data());
        REQUIRE(fd >= 0);
        close(fd);
        auto bytes = write_profile({}, objects, parts);
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        auto opened = Profile::open(path);
        std::filesystem::remove(path);
        REQUIRE(opened);
        profile = std::move(*opened);
    }

    Maybe<std::vector<Symbol>> variables() const {
        Module module = lockd.read(*types);
        auto known = read_module_symbols(memory, *types, module).value_or(SymbolList());
        std::vector<Symbol> functions;
        for (std::size_t i = 0; i < known.size(); ++i) functions.push_back(known[i]);
        return module_variables(memory, *types, *profile, module, functions);
    }
    std::string refusal() const {
        auto found = variables();
        REQUIRE_FALSE(found);
        CHECK(found.error().reason != Reason::corrupt);
        return found.error().what;
    }

    KernelSymbols symbols() const {
        KernelSymbols result(memory, std::nullopt);
        result.set_linked_modules([this](const std::string& module) {
            return profile->section(ProfileSection::symbols, module).and_then(ProfileSymbols::open);
        });
        result.set_module_variables(
            [this](const Types& t, const Module& module, const std::vector<Symbol>& functions) {
                return module_variables(memory, t, *profile, module, functions);
            });
        result.set_modules(*types, {lockd.read(*types)}, true);
        return result;
    }
};

std::vector<std::string> names_of(const std::vector<Symbol>& symbols) {
    std::vector<std::string> names;
    for (const Symbol& symbol : symbols) names.push_back(symbol.name);
    return names;
}

}  // namespace

TEST_CASE("a module's variables are where the sections of the profile's file were loaded") {
    Kernel kernel(
        GENERATE(SectionList::own_name, SectionList::bin_attribute, SectionList::attribute_only));
    auto found = kernel.variables();
    REQUIRE(found);
    // .bss was loaded below .data here; what is freed, doubtful or per-CPU is left out.
    CHECK(names_of(*found) == std::vector<std::string>{"nlm_blocked", "nlm_files", "also_nlm_files",
                                                       "nlm_blocked", "nlmsvc_serv",
                                                       "nlm_timeout"});
    CHECK((*found)[0].address == VAddr{kernel.bss});
    CHECK((*found)[0].size == 0x40);
    CHECK((*found)[1].address == VAddr{kernel.bss + 0x40});
    CHECK((*found)[1].size == 0x1b0);
    CHECK((*found)[2].size == 0x1b0);
    CHECK((*found)[3].size == 0x10);  // to the end of the section
    CHECK((*found)[4].address == VAddr{kernel.data + 8});
    CHECK((*found)[4].module == "lockd");
    CHECK((*found)[5].size == 0xf0);
}

TEST_CASE("symbols of modules without variables are completed from the profile") {
    Kernel kernel;
    KernelSymbols symbols = kernel.symbols();
    CHECK(symbols.address("nlmsvc_serv") == VAddr{kernel.data + 8});
    CHECK(symbols.address("lockd_up") == VAddr{kernel.lockd.part(0x10)});
    CHECK(symbols.all("nlm_blocked").size() == 2);
    auto two = symbols.address("nlm_blocked");
    REQUIRE_FALSE(two);
    CHECK(two.error().what.find("several variables of lockd") != std::string::npos);
    CHECK_FALSE(symbols.proves_absence("nlm_blocked"));
    CHECK_FALSE(symbols.proves_absence("init_only"));
    CHECK_FALSE(symbols.address("init_only"));
    auto inside = symbols.find(VAddr{kernel.data + 0x12});
    REQUIRE(inside);
    CHECK(inside->symbol.name == "nlm_timeout");
    CHECK(inside->offset == 2);
    CHECK_FALSE(symbols.find(VAddr{kernel.data + 0x100}));  // behind .data
    // The last function ends with the text, as find_kallsyms_symbol() has it.
    CHECK(symbols.find(VAddr{kernel.lockd.part(0x90)})->symbol.size == 0x1000 - 0x80);
    CHECK_FALSE(symbols.find(VAddr{kernel.lockd.part(0x1010)}));
    CHECK(symbols.is_text(VAddr{kernel.lockd.part(0x90)}));
    CHECK_FALSE(symbols.is_text(VAddr{kernel.data + 8}));
}

TEST_CASE("a module's own table decides where it names variables") {
    Kernel kernel;
    kernel.lockd.tell_symbols({{"nlmsvc_serv", kernel.lockd.part(0x5000)}}, 'd');
    KernelSymbols symbols = kernel.symbols();
    CHECK(symbols.address("nlmsvc_serv") == VAddr{kernel.lockd.part(0x5000)});
    CHECK_FALSE(symbols.address("nlm_timeout"));
}

TEST_CASE("variables are not taken from the profile of another build of the module") {
    Kernel kernel;
    SECTION("its build id differs") {
        auto other = kBuildIdBytes;
        other.back() ^= 1;
        kernel.lockd.tell_build_id(other);
        CHECK(kernel.refusal().find("build id") != std::string::npos);
    }
    SECTION("its srcversion differs") {
        kernel.lockd.tell_srcversion("AAAA");
        kernel.open_profile({{"lockd", kBuildId, "BBBB", ""}}, encode_sections(kSections));
        CHECK(kernel.refusal().find("srcversion AAAA") != std::string::npos);
    }
    SECTION("neither is known") {
        kernel.memory.remove(kLockd + 0x211000);
        CHECK(kernel.refusal().find("neither build id nor srcversion") != std::string::npos);
    }
    SECTION("a function lies elsewhere") {
        kernel.lockd.tell_symbols(
            {{"lockd_up", kernel.lockd.part(0x10)}, {"lockd_down", kernel.lockd.part(0x84)}});
        CHECK(kernel.refusal().find("lockd_down lies elsewhere") != std::string::npos);
    }
    SECTION("it is not in the profile") {
        kernel.open_profile({{"nfs", kBuildId, "", ""}}, encode_sections(kSections));
        CHECK(kernel.refusal().find("no module lockd") != std::string::npos);
    }
    CHECK_FALSE(kernel.symbols().address("nlmsvc_serv"));
    CHECK(kernel.symbols().address("lockd_up"));
    CHECK_FALSE(kernel.symbols().proves_absence("nlmsvc_serv"));
}

TEST_CASE("the same srcversion identifies a module that has no build id") {
    Kernel kernel;
    kernel.memory.remove(kLockd + 0x211000);
    kernel.lockd.tell_srcversion("AAAA");
    kernel.open_profile({{"lockd", "", "AAAA", ""}}, encode_sections(kSections));
    CHECK(kernel.variables());
}

TEST_CASE("a profile that does not tell of sections says so and remains of use") {
    Kernel kernel;
    kernel.open_profile({{"lockd", kBuildId, "", ""}}, {});
    CHECK(verify_profile(*kernel.profile).empty());
    KernelSymbols symbols = kernel.symbols();
    auto variable = symbols.address("nlmsvc_serv");
    REQUIRE_FALSE(variable);
    CHECK(variable.error().reason == Reason::no_symbol);
    CHECK(variable.error().what.find("make it again") != std::string::npos);
    // A name that the module does not have is simply none.
    CHECK(symbols.address("nothing").error().what == "no symbol nothing");
    CHECK(symbols.address("lockd_up"));
}

TEST_CASE("what the dump or the profile lost of a module's sections takes its variables only") {
    Kernel kernel(GENERATE(SectionList::bin_attribute, SectionList::attribute_only));
    SECTION("the list") { kernel.memory.remove(kLockd + 0x220000); }
    SECTION("a name in it") { kernel.memory.remove(kLockd + 0x231000); }
    SECTION("the module never had one") { kernel.memory.set<std::uint64_t>(kLockd + 96, 0); }
    SECTION("the profile's part is damaged") {
        std::string text = "0 400 .text\n400 zz .data\n";
        kernel.open_profile({{"lockd", kBuildId, "", ""}}, {text.begin(), text.end()});
        CHECK_FALSE(verify_profile(*kernel.profile).empty());
    }
    CHECK_FALSE(kernel.variables());
    KernelSymbols symbols = kernel.symbols();
    CHECK_FALSE(symbols.address("nlmsvc_serv"));
    CHECK_FALSE(symbols.proves_absence("nlmsvc_serv"));
    CHECK(symbols.address("lockd_up"));
}

TEST_CASE("a list of sections that is none is refused without reading on") {
    auto form = GENERATE(SectionList::bin_attribute, SectionList::attribute_only);
    Kernel kernel(form);
    if (form == SectionList::bin_attribute)
        kernel.memory.set<std::uint32_t>(kLockd + 0x220000 + 16, 0xffffffff);
    else
        kernel.memory.set<std::uint64_t>(kLockd + 0x240000 + 8, kLockd.value);
    auto found = kernel.variables();
    REQUIRE_FALSE(found);
    CHECK(found.error().reason == Reason::corrupt);
}

TEST_CASE("a module's symbol with a name that no kernel can have is left out") {
    // Any number of symbols may name one string that fills its table.
    Kernel kernel;
    kernel.lockd.tell_symbols({{std::string(512, 'x'), kernel.lockd.part(0x10)},
                               {std::string(511, 'y'), kernel.lockd.part(0x20)},
                               {"lockd_down", kernel.lockd.part(0x80)}});
    auto symbols =
        read_module_symbols(kernel.memory, *kernel.types, kernel.lockd.read(*kernel.types));
    REQUIRE(symbols);
    REQUIRE(symbols->size() == 2);
    CHECK((*symbols)[0].name == std::string(511, 'y'));
    CHECK((*symbols)[1].name == "lockd_down");
}
