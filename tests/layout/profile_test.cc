#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "catch.h"
#include "fakes/btf_writer.h"
#include "fakes/dump.h"
#include "layout/combined_types.h"
#include "layout/dump_identity.h"
#include "layout/kernel_layout.h"
#include "layout/module_sections.h"
#include "layout/profile_match.h"
#include "layout/profile_store.h"
#include "layout/profile_types.h"
#include "layout/vmcoreinfo_check.h"

using namespace nfstriage;
using namespace nfstriage::layout;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kText = 0xffffffff81000000;
constexpr std::uint64_t kShift = 0x12400000;
constexpr const char* kVersion = "#1 SMP Thu Jan 1 00:00:00 UTC 1970";

class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "nfstriage-profile-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { fs::remove_all(path_); }
    fs::path operator/(const std::string& name) const { return path_ / name; }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

void save(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

std::vector<LinkedSymbol> symbols(std::size_t functions) {
    std::vector<LinkedSymbol> result{{"_stext", kText, 'T', 0}, {"_text", kText, 'T', 0}};
    for (std::size_t i = 0; i < functions; ++i)
        result.push_back({"function_" + std::to_string(i), kText + 0x40 + i * 48, 't', 0});
    result.push_back({"_etext", kText + 0x40 + functions * 48, 'T', 0});
    result.push_back({"modules", kText + 0x1000000, 'D', 0});
    result.push_back({"cpu_number", 0x2ac40, 'D', 0});
    return result;
}

KernelIdentity identity() { return {Arch::x86_64, "4.19.90-made-up", kVersion, std::nullopt}; }

std::vector<std::uint8_t> types_with(std::uint32_t size_of_thing) {
    fakes::BtfWriter writer;
    auto u64 = writer.integer("unsigned long", 8);
    writer.structure("thing", size_of_thing, {{"last", u64, (size_of_thing - 8) * 8}});
    writer.structure("only_in_profile", 8, {{"a", u64, 0}});
    return writer.bytes();
}

std::vector<std::uint8_t> profile_bytes(const KernelIdentity& of, std::size_t functions = 3000) {
    auto all = symbols(functions);
    return write_profile(of, {{"", "", "", ""}, {"nfs", "", "ABCDEF", "4.19.90-made-up SMP"}},
                         {{ProfileSection::types, "", pack_types(types_with(64))},
                          {ProfileSection::symbols, "", encode_symbols(all)},
                          {ProfileSection::samples, "", encode_symbols(choose_samples(all))}});
}

const Kallsyms* none() { return nullptr; }

// The made-up kernel crashed: VMCOREINFO as of 4.19, no build id, no table of symbols.
fakes::FakeDump crashed(const std::string& version = kVersion) {
    fakes::FakeDump dump;
    std::string info = "OSRELEASE=4.19.90-made-up\nKERNELOFFSET=12400000\n";
    auto symbol = [&](const char* name, std::uint64_t link) {
        info += "SYMBOL(" + std::string(name) + ")=" + hex(VAddr{link + kShift}).substr(2) + "\n";
    };
    symbol("_stext", kText);
    symbol("function_7", kText + 0x40 + 7 * 48);
    symbol("function_8", kText + 0x40 + 8 * 48);
    symbol("modules", kText + 0x1000000);
    symbol("init_uts_ns", kText + 0x1100000);
    dump.info = dump::Vmcoreinfo::parse(info);
    std::vector<std::uint8_t> uts(4 + 6 * 65);  // a kref, then struct new_utsname
    auto put = [&](std::size_t field, std::string_view text) {
        std::copy(text.begin(), text.end(),
                  uts.begin() + static_cast<std::ptrdiff_t>(4 + field * 65));
    };
    put(0, "Linux");
    put(1, "host");
    put(2, "4.19.90-made-up");
    put(3, version);
    dump.kernel.put(VAddr{kText + kShift + 0x1100000}, std::move(uts));
    return dump;
}

}  // namespace

TEST_CASE("a profile gives back what was written into it") {
    Folder folder;
    save(folder / "a.nfsprofile", profile_bytes(identity()));
    auto profile = Profile::open(folder / "a.nfsprofile");
    REQUIRE(profile);
    CHECK((*profile)->identity().arch == Arch::x86_64);
    CHECK((*profile)->identity().release == "4.19.90-made-up");
    CHECK((*profile)->identity().version == kVersion);
    CHECK_FALSE((*profile)->identity().build_id);
    REQUIRE((*profile)->objects().size() == 2);
    CHECK((*profile)->objects()[1].name == "nfs");
    CHECK((*profile)->objects()[1].srcversion == "ABCDEF");
    CHECK(unpack_types(**profile) == types_with(64));
    CHECK((*profile)->section(ProfileSection::types, "nfs").error().reason == Reason::no_type);
}

TEST_CASE("the symbols of a profile are found by address and by name") {
    auto bytes = encode_symbols(symbols(3000));
    auto table = ProfileSymbols::open(bytes);
    REQUIRE(table);
    CHECK(table->blocks() == 12);
    for (std::size_t i : {0u, 1020u, 1023u, 1024u, 2999u}) {
        std::string name = "function_" + std::to_string(i);
        auto found = table->find(name);
        REQUIRE(found);
        REQUIRE(found->size() == 1);
        CHECK(found->front().address == kText + 0x40 + i * 48);
        auto at = table->at(kText + 0x40 + i * 48 + 47);
        REQUIRE(at);
        CHECK(at->name == name);
        CHECK(at->size == 48);
    }
    CHECK(table->at(kText + 5)->name == "_stext");
    CHECK(table->at(0x100).error().reason == Reason::no_symbol);
    CHECK(table->find("function_3000")->empty());
}

TEST_CASE("the clones of a function are found by its name, and are nobody else's") {
    std::vector<LinkedSymbol> all = symbols(3000);
    all.push_back({"function_7.cold", kText + 0x900000, 't', 0});
    all.push_back({"function_7.part.0", kText + 0x900040, 't', 0});
    all.push_back({"function_7.part.0.cold", kText + 0x900080, 't', 0});
    all.push_back({"function_77.cold", kText + 0x9000c0, 't', 0});
    all.push_back({"function_7.table", kText + 0x900100, 'd', 0});
    all.push_back({".function_7", kText + 0x900140, 't', 0});
    auto bytes = encode_symbols(all);
    auto table = ProfileSymbols::open(bytes);
    REQUIRE(table);
    auto clones = table->clones("function_7");
    REQUIRE(clones);
    std::vector<std::string> names;
    for (const LinkedSymbol& clone : *clones) names.push_back(clone.name);
    CHECK(names == std::vector<std::string>{"function_7.cold", "function_7.part.0",
                                            "function_7.part.0.cold"});
    CHECK(table->find("function_7")->size() == 1);
    CHECK(table->find("function_7.cold")->size() == 1);
    CHECK(table->find("function_7.")->empty());
    CHECK(table->clones("function_7.part")->empty());
    CHECK(table->clones("function_8")->empty());
    CHECK(table->clones("")->empty());
}

TEST_CASE("an index of names that leads out of the symbols is refused") {
    auto good = encode_symbols(symbols(40));
    std::uint32_t names = 0;
    std::memcpy(&names, good.data() + 4, sizeof names);
    REQUIRE(names == symbols(40).size());
    // Four buckets of 16 names or so, their first names and one more, then u16 and u32 of each.
    const std::size_t numbers = 8 + 5 * 4 + names * 2;
    for (std::size_t i = 0; i < names; ++i) good[numbers + i * 4 + 3] = 0x80;
    auto table = ProfileSymbols::open(good);
    REQUIRE(table);
    CHECK(table->find("function_3").error().reason == Reason::corrupt);
    auto cut = encode_symbols(symbols(40));
    cut.resize(numbers);
    CHECK_FALSE(ProfileSymbols::open(cut));
}

TEST_CASE("a damaged profile is refused, never misread") {
    Folder folder;
    auto whole = profile_bytes(identity(), 300);
    std::mt19937 random(11);
    std::size_t opened = 0;
    for (int round = 0; round < 600; ++round) {
        auto bytes = whole;
        if (round % 3 == 0)
            bytes.resize(random() % bytes.size());
        else
            bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        save(folder / "b.nfsprofile", bytes);
        auto profile = Profile::open(folder / "b.nfsprofile");
        if (!profile) {
            CHECK_FALSE(profile.error().expected.empty());
            continue;
        }
        ++opened;
        for (auto kind : {ProfileSection::types, ProfileSection::symbols, ProfileSection::samples})
            if (auto section = (*profile)->section(kind)) {
                auto before = Profile::open(folder / "b.nfsprofile");
                CHECK((*before)->section(kind)->size() == section->size());
            }
    }
    CHECK(opened > 0);
    // Symbols whose bytes are damaged behind the back of the check sum.
    auto table = encode_symbols(symbols(2000));
    for (int round = 0; round < 2000; ++round) {
        auto bytes = table;
        bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        if (auto damaged = ProfileSymbols::open(bytes)) {
            (void)damaged->find("function_7");
            (void)damaged->at(kText + random() % 0x20000);
        }
    }
}

TEST_CASE("a profile is of a dump's kernel when release, version and symbols are the same") {
    Folder folder;
    save(folder / "a.nfsprofile", profile_bytes(identity()));
    auto profile = Profile::open(folder / "a.nfsprofile");
    REQUIRE(profile);
    auto dump = crashed();
    auto of_dump = identify(dump).kernel;
    CHECK(of_dump.version == kVersion);
    auto match = match_profile(**profile, dump, of_dump, none);
    REQUIRE(match);
    CHECK(match->shift == kShift);

    SECTION("another build of the same release is refused, both are named") {
        auto other = crashed("#2 SMP Fri Jan 2 00:00:00 UTC 1970");
        auto refused = match_profile(**profile, other, identify(other).kernel, none);
        REQUIRE_FALSE(refused);
        std::string text = to_string(refused.error());
        CHECK(text.find("#1 SMP") != std::string::npos);
        CHECK(text.find("#2 SMP") != std::string::npos);
    }
    SECTION("a symbol that lies elsewhere is refused although the names agree") {
        auto moved = crashed();
        auto lines = moved.info.lines();
        std::string info;
        for (auto& [key, value] : lines)
            info += key + "=" + (key == "SYMBOL(function_8)" ? "ffffffff93400999" : value) + "\n";
        moved.info = dump::Vmcoreinfo::parse(info);
        auto refused = match_profile(**profile, moved, of_dump, none);
        REQUIRE_FALSE(refused);
        CHECK(to_string(refused.error()).find("function_8") != std::string::npos);
    }
    SECTION("without symbols to compare it is refused") {
        auto bare = crashed();
        bare.info =
            dump::Vmcoreinfo::parse("OSRELEASE=4.19.90-made-up\nSYMBOL(_stext)=ffffffff93400000\n");
        CHECK_FALSE(match_profile(**profile, bare, of_dump, none));
    }
}

TEST_CASE("the samples of a profile tell builds apart: unique functions, spread over the text") {
    auto all = symbols(5000);
    all.push_back({"function_0", kText + 0x900000, 't', 0});  // now there are two of that name
    auto samples = choose_samples(all);
    CHECK(samples.size() == 65);
    CHECK(samples.front().name == "_stext");
    for (const LinkedSymbol& sample : samples) CHECK(sample.name != "function_0");
    CHECK(samples.back().address - samples[1].address > 4900 * 48);
}

TEST_CASE("of several symbols at an address the function is named, not the linker's mark") {
    // As Debian 12's vmlinux for arm64 has them, in the order of its ELF table.
    std::vector<LinkedSymbol> all{{"_stext", kText, 'T', 0},
                                  {"__do_softirq", kText, 'T', 0},
                                  {"__softirqentry_text_start", kText, 'T', 0},
                                  {"__sched_text_start", kText + 0x400, 'T', 0},
                                  {"__switch_to", kText + 0x400, 'T', 0},
                                  {"schedule", kText + 0x800, 'T', 0},
                                  {"__sched_text_end", kText + 0x900, 'T', 0},
                                  {"__pi_memcpy", kText + 0xa00, 'T', 0},
                                  {"__memcpy", kText + 0xa00, 'T', 0},
                                  {"memcpy", kText + 0xa00, 'W', 0},
                                  {"same_code", kText + 0xb00, 't', 0},
                                  {"also_that", kText + 0xb00, 't', 0},
                                  {"__cpuidle_text_start", kText + 0xc00, 'T', 0},
                                  {"_einittext", kText + 0xd00, 'T', 0}};
    auto bytes = encode_symbols(all);
    auto table = ProfileSymbols::open(bytes);
    REQUIRE(table);
    auto name = [&](std::uint64_t offset) { return table->at(kText + offset)->name; };
    CHECK(name(0x10) == "__do_softirq");
    CHECK(name(0x4f4) == "__switch_to");
    CHECK(table->at(kText + 0x4f4)->size == 0x400);
    CHECK(name(0x810) == "schedule");
    CHECK(name(0x910) == "__sched_text_end");  // nothing else begins there
    CHECK(name(0xa10) == "__pi_memcpy");       // a weak one stands behind
    CHECK(name(0xb04) == "same_code");
    CHECK(name(0xc04) == "__cpuidle_text_start");
    // By name all are found.
    CHECK(table->find("__sched_text_start")->size() == 1);
}

TEST_CASE("symbols at one address are told apart over the blocks of a profile") {
    std::vector<LinkedSymbol> all;
    for (std::size_t i = 0; i < 255; ++i)
        all.push_back({"function_" + std::to_string(i), kText + i * 16, 't', 0});
    all.push_back({"the_function", kText + 0x2000, 'T', 0});
    for (std::size_t i = 0; i < 600; ++i)  // more than two blocks of marks
        all.push_back({"__start_part_" + std::to_string(i), kText + 0x2000, 'T', 0});
    all.push_back({"next", kText + 0x3000, 't', 0});
    auto bytes = encode_symbols(all);
    auto table = ProfileSymbols::open(bytes);
    REQUIRE(table);
    CHECK(table->blocks() == 4);
    CHECK(table->at(kText + 0x2008)->name == "the_function");
    CHECK(table->at(kText + 0x3000)->name == "next");
    CHECK(table->at(kText + 254 * 16)->name == "function_254");
}

TEST_CASE("the layout of a kernel without BTF and kallsyms comes from its profile") {
    Folder folder;
    fs::create_directory(folder / "cache");
    auto name = profile_file_name(identity());
    REQUIRE(name);
    CHECK(name->starts_with("4.19.90-made-up-"));
    save(folder / ("cache/" + *name), profile_bytes(identity()));
    save(folder / ("cache/4.19.90-made-up-0.nfsprofile"), {'n', 'o'});
    auto find = [&](const KernelIdentity& kernel) -> Result<std::shared_ptr<const Profile>> {
        StoredProfile stored = find_stored({folder / "missing", folder / "cache"}, kernel);
        if (stored.profile) return stored.profile;
        if (!stored.rejected.empty()) return tl::unexpected<Error>(stored.rejected.front());
        return nullptr;
    };
    auto dump = crashed();
    KernelLayout layout = load_kernel_layout(dump, find);
    REQUIRE(layout.profile);
    CHECK(layout.types->source() == "profile");
    CHECK(layout.types->size_of("struct thing") == 64u);
    CHECK(layout.symbols->address("modules") == VAddr{kText + kShift + 0x1000000});
    CHECK(layout.symbols->address("cpu_number") == VAddr{0x2ac40});  // per-CPU: not moved
    auto at = layout.symbols->find(VAddr{kText + kShift + 0x40 + 5 * 48 + 3});
    REQUIRE(at);
    CHECK(at->symbol.name == "function_5");
    CHECK(at->offset == 3);
    CHECK(layout.symbols->is_text(VAddr{kText + kShift + 0x50}));
    CHECK(layout.symbols->vmlinux_is_complete());
    // Its modules are not known: the list was not dumped.
    CHECK_FALSE(layout.symbols->complete_for_data());
    CHECK_FALSE(layout.symbols->proves_absence("nfs_nothing"));

    auto other = crashed("#2 SMP Fri Jan 2 00:00:00 UTC 1970");
    KernelLayout without = load_kernel_layout(other, find);
    CHECK_FALSE(without.profile);
    CHECK(without.types->source() == "none");
    bool told = false;
    for (const std::string& remark : without.remarks)
        told = told || remark.find("no profile") != std::string::npos;
    CHECK(told);
}

TEST_CASE("a profile of an earlier version is used only where there is no later one") {
    Folder folder;
    auto name = profile_file_name(identity());
    REQUIRE(name);
    fs::create_directory(folder / "old");
    fs::create_directory(folder / "new");
    save(folder / ("old/" + *name), profile_bytes(identity()));
    std::vector<fs::path> folders{folder / "old", folder / "new"};
    auto chosen = [&] {
        StoredProfile stored = find_stored(folders, identity());
        REQUIRE(stored.profile);
        return stored.profile->path();
    };
    CHECK(chosen() == folder / ("old/" + *name));
    save(folder / ("new/" + *name),
         write_profile(identity(), {{"", "", "", ""}, {"nfs", "", "ABCDEF", ""}},
                       {{ProfileSection::sections, "nfs", encode_sections({{".text", 0, 16}})}}));
    CHECK(chosen() == folder / ("new/" + *name));
}

TEST_CASE("two sources of types: the second is read when needed, a disagreement is told") {
    auto parse = [](std::uint32_t size, const char* source) {
        auto btf = Btf::parse(types_with(size));
        REQUIRE(btf);
        return std::make_unique<BtfTypes>(std::move(*btf), source);
    };
    int read = 0;
    CombinedTypes types(parse(64, "profile"), {"struct gone"}, [&] {
        ++read;
        return parse(72, "btf");
    });
    CHECK(types.offset_of("struct thing", "last") == 56u);
    CHECK(read == 0);
    CHECK(types.disagreements().empty());
    CHECK_FALSE(types.offset_of("struct thing", "no_such_member"));
    CHECK_FALSE(types.type("struct gone"));
    CHECK_FALSE(types.offset_of("struct gone", "last"));
    CHECK(read == 0);
    CHECK_FALSE(types.type("struct absent"));
    CHECK(read == 1);
    CHECK(types.offset_of("struct thing", "last") == 56u);
    CHECK(types.source_of("struct thing") == "profile");
    REQUIRE(types.disagreements().size() == 1);
    CHECK(types.disagreements().front().find("struct thing.last is at byte 56 by profile") == 0);
    CHECK(types.has_member("struct thing", "first") == false);
    CHECK(types.sources() == std::vector<std::string_view>{"profile", "btf"});
}

TEST_CASE("types that contradict VMCOREINFO are told, and a profile with such types is refused") {
    auto btf = Btf::parse(types_with(64));
    REQUIRE(btf);
    BtfTypes types(std::move(*btf));
    auto check = [&](const char* lines) {
        return contradictions(dump::Vmcoreinfo::parse(lines), types);
    };
    CHECK(check("SIZE(thing)=64\nOFFSET(thing.last)=56\nSIZE(unheard_of)=3\n").empty());
    CHECK(check("SIZE(thing)=72\n").size() == 1);
    CHECK(check("OFFSET(thing.last)=48\n").size() == 1);

    Folder folder;
    save(folder / "a.nfsprofile", profile_bytes(identity()));
    auto dump = crashed();
    std::string info = "SIZE(thing)=72\n";
    for (auto& [key, value] : dump.info.lines()) info += key + "=" + value + "\n";
    dump.info = dump::Vmcoreinfo::parse(info);
    KernelLayout layout = load_kernel_layout(
        dump, [&](const KernelIdentity&) -> Result<std::shared_ptr<const Profile>> {
            return std::shared_ptr<const Profile>(*Profile::open(folder / "a.nfsprofile"));
        });
    CHECK_FALSE(layout.profile);
    REQUIRE_FALSE(layout.remarks.empty());
    CHECK(to_string(Unknown{Reason::corrupt, layout.remarks[layout.remarks.size() - 1]})
              .find("struct thing is 72 by VMCOREINFO and 64 by profile") != std::string::npos);
}
