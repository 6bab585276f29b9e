#include "catch.h"
#include "fakes/btf_writer.h"
#include "fakes/memory.h"
#include "layout/btf_types.h"
#include "layout/kernel_symbols.h"

using namespace nfstriage;
using namespace nfstriage::layout;
using fakes::BtfWriter;
using fakes::FakeMemory;

namespace {

constexpr VAddr kHead{0xffffffff82000000};

// struct module as before v6.4 (core_layout) or since (mem[]), cut down to what is read.
std::unique_ptr<BtfTypes> module_types(bool with_mem) {
    BtfWriter w;
    auto u32 = w.integer("unsigned int", 4);
    auto u64 = w.integer("unsigned long", 8);
    auto character = w.integer("char", 1);
    auto pointer = w.pointer(0);
    auto list = w.structure("list_head", 16, {{"next", pointer, 0}, {"prev", pointer, 64}});
    auto name = w.array(character, u32, 56);
    auto kallsyms = w.structure("mod_kallsyms", 32,
                                {{"symtab", pointer, 0},
                                 {"num_symtab", u32, 64},
                                 {"strtab", pointer, 128},
                                 {"typetab", pointer, 192}});
    auto kallsyms_pointer = w.pointer(kallsyms);
    std::vector<BtfWriter::Member> members = {{"list", list, 64},
                                              {"name", name, 192},
                                              {"kallsyms", kallsyms_pointer, 640},
                                              {"taints", u64, 704}};
    if (with_mem) {
        w.enumeration("mod_mem_type", {{"MOD_TEXT", 0}, {"MOD_DATA", 1}});
        auto part = w.structure("module_memory", 16, {{"base", pointer, 0}, {"size", u32, 64}});
        members.push_back({"mem", w.array(part, u32, 2), 768});
    } else {
        auto layout = w.structure(
            "module_layout", 16, {{"base", pointer, 0}, {"size", u32, 64}, {"text_size", u32, 96}});
        members.push_back({"core_layout", layout, 768});
    }
    w.structure("module", 256, members);
    return std::make_unique<BtfTypes>(std::move(Btf::parse(w.bytes()).value()));
}

struct Modules {
    FakeMemory memory;
    bool with_mem;
    explicit Modules(bool mem) : with_mem(mem) {}

    VAddr add(unsigned number, std::string_view name) {
        VAddr module{0xffffffffc0000000 + number * 0x100000};
        memory.put(module, std::vector<std::uint8_t>(256));
        memory.set_text(module + 24, name);
        memory.set<std::uint64_t>(module + 96, module.value + 0x1000);  // base of text
        memory.set<std::uint32_t>(module + 104, 0x2000);
        if (with_mem) {
            memory.set<std::uint64_t>(module + 112, module.value + 0x8000);
            memory.set<std::uint32_t>(module + 120, 0x1000);
        } else {
            memory.set<std::uint32_t>(module + 108, 0x1800);
        }
        memory.set<std::uint64_t>(module + 88, 1 << 12);
        return module;
    }
    void link(std::vector<VAddr> nodes) {
        for (std::size_t i = 0; i < nodes.size(); ++i)
            memory.set<std::uint64_t>(nodes[i], nodes[(i + 1) % nodes.size()].value);
    }
    void add_symbols(VAddr module, std::vector<std::pair<std::string, std::uint64_t>> symbols) {
        VAddr table = module + 0x9000, symtab = module + 0xa000, strtab = module + 0xb000;
        memory.set<std::uint64_t>(module + 80, table.value);
        memory.set<std::uint64_t>(table, symtab.value);
        memory.set<std::uint32_t>(table + 8, static_cast<std::uint32_t>(symbols.size() + 1));
        memory.set<std::uint64_t>(table + 16, strtab.value);
        memory.set<std::uint64_t>(table + 24, (module + 0xc000).value);
        std::vector<std::uint8_t> syms(24 * (symbols.size() + 1)), types(symbols.size() + 1, 't');
        std::string strings(1, '\0');
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            std::uint32_t name = static_cast<std::uint32_t>(strings.size());
            std::uint16_t section = 1;
            std::memcpy(&syms[24 * (i + 1)], &name, 4);
            std::memcpy(&syms[24 * (i + 1) + 6], &section, 2);
            std::memcpy(&syms[24 * (i + 1) + 8], &symbols[i].second, 8);
            strings += symbols[i].first + '\0';
        }
        memory.put(symtab, syms);
        strings.resize(4096);  // mapped to the end of its page
        memory.put(strtab, {strings.begin(), strings.end()});
        memory.put(module + 0xc000, types);
    }
};

constexpr std::uint64_t kText = 0xffffffffc0101000;  // of the first module

// A kernel whose one module is nfs, with these symbols.
struct SymbolsOfNfs : Modules {
    explicit SymbolsOfNfs(std::vector<std::pair<std::string, std::uint64_t>> named)
        : Modules(true) {
        memory.put(kHead - 256, std::vector<std::uint8_t>(600));
        link({kHead, module + 8});
        add_symbols(module, std::move(named));
        auto list = read_modules(memory, *types, kHead, Budget(100)).value();
        symbols.set_modules(*types, list.modules, list.complete);
    }

    std::unique_ptr<BtfTypes> types = module_types(true);
    VAddr module = add(1, "nfs");
    KernelSymbols symbols{memory, std::nullopt};
};

}  // namespace

TEST_CASE("modules are listed from the head or from inside, with either layout of their text") {
    bool with_mem = GENERATE(false, true);
    Modules m(with_mem);
    auto types = module_types(with_mem);
    VAddr nfs = m.add(1, "nfs"), sunrpc = m.add(2, "sunrpc");
    m.memory.put(kHead - 256, std::vector<std::uint8_t>(600));
    m.link({kHead, nfs + 8, sunrpc + 8});
    auto list = read_modules(m.memory, *types, kHead, Budget(100)).value();
    CHECK(list.complete);
    REQUIRE(list.modules.size() == 2);
    CHECK(list.modules[0].name == "nfs");
    CHECK(list.modules[0].taints == 1 << 12);
    CHECK(list.modules[0].contains_text(nfs + 0x1100));
    CHECK_FALSE(list.modules[0].contains_text(nfs + (with_mem ? 0x8100 : 0x2900)));
    CHECK(list.modules[0].contains(nfs + (with_mem ? 0x8100 : 0x2900)));

    auto inside = read_modules(m.memory, *types, sunrpc + 8, Budget(100)).value();
    CHECK(inside.complete);
    CHECK(inside.modules.size() == 2);
}

TEST_CASE("a list of modules that loops or breaks off is said to be incomplete") {
    Modules m(true);
    auto types = module_types(true);
    VAddr nfs = m.add(1, "nfs"), sunrpc = m.add(2, "sunrpc");
    m.memory.put(kHead - 256, std::vector<std::uint8_t>(600));
    SECTION("it loops past the head") {
        m.link({kHead, nfs + 8, sunrpc + 8});
        m.memory.set<std::uint64_t>(sunrpc + 8, (nfs + 8).value);
        auto list = read_modules(m.memory, *types, kHead, Budget(100)).value();
        CHECK_FALSE(list.complete);
        CHECK_FALSE(list.why.empty());
    }
    SECTION("a page is missing") {
        m.link({kHead, nfs + 8, sunrpc + 8});
        m.memory.remove(sunrpc);
        auto list = read_modules(m.memory, *types, kHead, Budget(100)).value();
        CHECK_FALSE(list.complete);
        CHECK(list.modules.size() == 1);
    }
}

TEST_CASE("module symbols give function, offset and size as the kernel prints them") {
    const SymbolsOfNfs nfs({{"nfs_wb_page", kText + 0x200},
                            {"$x", kText + 0x210},
                            {"nfs_commit_end", kText + 0x400},
                            {"nfs_first", kText}});

    auto inside = nfs.symbols.find(VAddr{kText + 0x22b}).value();
    CHECK(inside.symbol.name == "nfs_wb_page");
    CHECK(inside.symbol.module == "nfs");
    CHECK(inside.offset == 0x2b);
    CHECK(inside.symbol.size == 0x200);
    CHECK(nfs.symbols.find(VAddr{kText + 0x1fff}).value().symbol.size == 0x1c00);
    CHECK(nfs.symbols.address("nfs_commit_end").value() == VAddr{kText + 0x400});
    CHECK_FALSE(nfs.symbols.address("nfs_nothing"));
    CHECK_FALSE(nfs.symbols.find(VAddr{kText + 0x3000}));
    CHECK(nfs.symbols.is_text(VAddr{kText + 0x10}));
    CHECK_FALSE(nfs.symbols.is_text(nfs.module + 0x8010));
    CHECK_FALSE(nfs.symbols.complete_for_data());
}

TEST_CASE("a damaged symbol that lies outside of its module names nothing in it") {
    const SymbolsOfNfs nfs({{"nfs_file_fsync", 0}, {"nfs_wb_page", kText + 0x200}});
    CHECK_FALSE(nfs.symbols.find(VAddr{kText + 0x10}));
    CHECK(nfs.symbols.find(VAddr{kText + 0x210}).value().symbol.name == "nfs_wb_page");
}

TEST_CASE("a name is absent for sure only if the table of every module could hold it") {
    Modules m(true);
    auto types = module_types(true);
    VAddr nfs = m.add(1, "nfs"), nfsd = m.add(2, "nfsd");
    m.memory.put(kHead - 256, std::vector<std::uint8_t>(600));
    m.link({kHead, nfs + 8, nfsd + 8});
    auto add = [&](VAddr module, const std::string& function, bool with_data) {
        m.add_symbols(module, {{"__this_module", (module + 0x8000).value},
                               {function, (module + 0x1000).value}});
        if (with_data) m.memory.set<std::uint8_t>(module + 0xc001, 'd');
    };
    auto vmlinux = encode_symbols(
        {{"schedule", 0xffffffff81000000, 'T', 0}, {"modules", kHead.value, 'D', 0}});
    auto of_nfsd = encode_symbols({{"nfsd", 0, 't', 0}, {"nfsd_file_rhash_tbl", 0x8040, 'b', 0}});
    auto list = read_modules(m.memory, *types, kHead, Budget(100)).value();
    REQUIRE(list.modules.size() == 2);
    KernelSymbols symbols(m.memory, std::nullopt);
    auto set = [&](bool with_profile, bool complete) {
        if (with_profile) symbols.set_profile(ProfileSymbols::open(vmlinux).value(), 0);
        symbols.set_modules(*types, list.modules, complete);
    };
    add(nfs, "nfs_wb_page", true);
    SECTION("all have data symbols") {
        add(nfsd, "nfsd", true);
        set(true, true);
        CHECK(symbols.complete_for_data());
        CHECK(symbols.proves_absence("nfs_nothing"));
        CHECK_FALSE(symbols.proves_absence("nfs_wb_page"));
        CHECK_FALSE(symbols.proves_absence("schedule"));
    }
    SECTION("vmlinux has no table") {
        add(nfsd, "nfsd", true);
        set(false, true);
        CHECK_FALSE(symbols.complete_for_data());
        CHECK_FALSE(symbols.proves_absence("nfs_nothing"));
    }
    SECTION("the list of modules is cut short") {
        add(nfsd, "nfsd", true);
        set(true, false);
        CHECK_FALSE(symbols.complete_for_data());
        CHECK_FALSE(symbols.proves_absence("nfs_nothing"));
    }
    SECTION("nobody has looked at modules") {
        symbols.set_profile(ProfileSymbols::open(vmlinux).value(), 0);
        CHECK_FALSE(symbols.complete_for_data());
        CHECK_FALSE(symbols.proves_absence("nfs_nothing"));
    }
    SECTION("one has functions only") { add(nfsd, "nfsd", false); }
    SECTION("the table of one was not dumped") {
        add(nfsd, "nfsd", true);
        m.memory.remove(nfsd + 0xa000);
    }
    if (symbols.modules().empty()) {
        set(true, true);
        CHECK_FALSE(symbols.complete_for_data());
        CHECK_FALSE(symbols.proves_absence("nfs_nothing"));
        CHECK_FALSE(symbols.proves_absence("nfsd_file_rhash_tbl"));
        // A profile of that module names its variables, though not where they are.
        symbols.set_linked_modules([&](const std::string& module) -> Maybe<ProfileSymbols> {
            if (module != "nfsd") return unknown(Reason::no_type, module);
            return ProfileSymbols::open(of_nfsd);
        });
        CHECK_FALSE(symbols.complete_for_data());
        CHECK(symbols.proves_absence("nfs_nothing"));
        CHECK_FALSE(symbols.proves_absence("nfsd_file_rhash_tbl"));
        CHECK_FALSE(symbols.address("nfsd_file_rhash_tbl"));
    }
}

TEST_CASE("copies that the compiler made of a function are found by its name") {
    const SymbolsOfNfs nfs({{"nfs_wb_page", kText + 0x200},
                            {"nfs_wb_page.part.0", kText + 0x300},
                            {"nfs_wb_page_cancel", kText + 0x400},
                            {"nfs_end.constprop.1", kText + 0x500}});
    auto names = [&](std::string_view of) {
        std::vector<std::string> found;
        for (const Symbol& symbol : nfs.symbols.clones(of)) found.push_back(symbol.name);
        return found;
    };
    CHECK(names("nfs_wb_page") == std::vector<std::string>{"nfs_wb_page", "nfs_wb_page.part.0"});
    CHECK(names("nfs_end") == std::vector<std::string>{"nfs_end.constprop.1"});
    CHECK(names("nfs_wb").empty());
}

TEST_CASE("the build id of a loaded module is read from the note kept for sysfs") {
    BtfWriter w;
    auto u64 = w.integer("unsigned long", 8);
    auto pointer = w.pointer(0);
    auto attribute = w.structure("attribute", 16, {{"name", pointer, 0}, {"mode", u64, 64}});
    auto bin = w.structure("bin_attribute", 40,
                           {{"attr", attribute, 0}, {"size", u64, 128}, {"private", pointer, 192}});
    w.structure("module_notes_attrs", 16, {{"dir", pointer, 0}, {"attrs", bin, 128}});
    w.structure("module", 64, {{"notes_attrs", pointer, 256}});
    BtfTypes types(std::move(Btf::parse(w.bytes()).value()));

    FakeMemory memory;
    Module module;
    module.name = "nfs";
    module.address = VAddr{0xffffffffc0001000};
    VAddr list{0xffffffffc0002000}, names{0xffffffffc0003000}, note{0xffffffffc0004000};
    memory.put(module.address, std::vector<std::uint8_t>(64));
    CHECK(read_module_build_id(memory, types, module).error().reason == Reason::no_symbol);

    memory.set<std::uint64_t>(module.address + 32, list.value);
    memory.put(list, std::vector<std::uint8_t>(16 + 3 * 40));
    std::string text = std::string(".note.Linux") + '\0' + ".note.gnu.build-id" + '\0';
    text.resize(4096);
    memory.put(names, {text.begin(), text.end()});
    memory.set<std::uint64_t>(list + 16, names.value);
    memory.set<std::uint64_t>(list + 56, (names + 12).value);
    memory.set<std::uint64_t>(list + 56 + 16, 20);
    memory.set<std::uint64_t>(list + 56 + 24, note.value);
    memory.put(note,
               {4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xab, 0x01, 0x9f, 0xff});
    CHECK(read_module_build_id(memory, types, module) == "ab019fff");

    memory.set<std::uint32_t>(note + 4, 400);  // more than the note holds
    CHECK(read_module_build_id(memory, types, module).error().reason == Reason::corrupt);
    memory.set<std::uint64_t>(list + 56 + 16, 1ull << 40);
    CHECK(read_module_build_id(memory, types, module).error().reason == Reason::corrupt);
}
