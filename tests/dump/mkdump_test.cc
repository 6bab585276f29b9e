// Recipes and thinned copies.
#include <algorithm>

#include "dump/made.h"
#include "fakes/fake_types.h"
#include "layout/kallsyms_search.h"
#include "mkdump/recipe.h"
#include "mkdump/thin.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

TEST_CASE("a recipe becomes the dump it describes") {
    constexpr std::string_view kRecipe = R"(
        # two CPUs, one of them in user space
        kernel x86_64-5
        codec zstd
        flattened 9000
        release 6.6.1-test
        vmcoreinfo NUMBER(PG_lru)=4
        symbol panic_cpu 0xffffffff9a220000
        u64 0xff11000000005000 1 0x8000000000000000
        text 0xff11000000006ff8 over the border
        bytes 0x2000 de ad
        fill 0x4000 4096 0x5a
        filtered 0x4000
        map 0xff11000000200000 0x40000000 0x200000 0x200000
        cpu 7 rip=0xffffffff9a200010 rsp=0xffffc90000003f58
        cpu 0 rip=0x401000
    )";
    TemporaryFolder folder;
    auto files = mkdump::build_from_recipe(kRecipe, "recipe");
    REQUIRE(files);
    auto dump = Dump::open(save_all(*files, folder));
    REQUIRE(dump);
    CHECK((*dump)->format() == "kdump-compressed flattened");
    CHECK((*dump)->uname().release == "6.6.1-test");
    CHECK((*dump)->vmcoreinfo().number("PG_lru") == 4);
    CHECK((*dump)->vmcoreinfo().symbol("panic_cpu") == VAddr{0xffffffff9a220000});
    CHECK((*dump)->memory().u64(VAddr{0xff11000000005008}) == 0x8000000000000000);
    CHECK((*dump)->memory().cstring(VAddr{0xff11000000006ff8}, 99) ==
          std::string("over the border"));
    std::uint8_t two[2];
    REQUIRE((*dump)->read_physical(PAddr{0x2000}, two));
    CHECK((two[0] == 0xde && two[1] == 0xad));
    CHECK((*dump)->read_physical(PAddr{0x4000}, two).error().reason == Reason::filtered);
    CHECK((*dump)->translate(VAddr{0xff11000000212345})->value == 0x40012345);
    REQUIRE((*dump)->cpu_notes().size() == 2);
    CHECK((*dump)->cpu_notes()[0].registers.get("rsp") == 0xffffc90000003f58);
}

TEST_CASE("a wrong recipe names the line") {
    for (std::string recipe :
         {"codec zlib", "kernel riscv64-4K-48", "kernel x86_64-4\nfrobnicate 1",
          "kernel x86_64-4\nu64 here 1", "kernel x86_64-4\ncpu 1 rip", "kernel x86_64-4\ncodec rar",
          "", "kernel x86_64-4\nkernel x86_64-4"}) {
        INFO(recipe);
        auto files = mkdump::build_from_recipe(recipe, "recipe");
        REQUIRE_FALSE(files);
        CHECK(files.error().file == "recipe");
        bool second = recipe.find('\n') != std::string::npos;
        if (second) CHECK_THAT(files.error().expected, ContainsSubstring("line 2"));
    }
}

TEST_CASE("a thinned dump holds the chosen pages and calls the others filtered") {
    auto flattened = GENERATE(false, true);
    auto codec = GENERATE(Codec::none, Codec::lzo, Codec::zlib);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto file = mkdump::write_kdump(kernel.machine(), options).front();
    auto input = save(flattened ? mkdump::flatten(file, {}) : file, folder / "whole");
    std::vector<Pfn> pages;
    {
        auto dump = Dump::open({input});
        REQUIRE(dump);
        REQUIRE((*dump)->memory().bytes(VAddr{kData}, 4096));
        REQUIRE((*dump)->memory().bytes(VAddr{kData + 0x10000}, 4096));
        REQUIRE((*dump)->memory().cstring(VAddr{kernel.uts()}, 65));
        pages = (*dump)->pages_read();
    }
    auto wanted = pages;
    wanted.push_back({0x12345678});
    wanted.push_back(pages.front());
    auto kept = mkdump::thin(input, wanted, folder / "thin");
    REQUIRE(kept);
    CHECK(*kept == pages.size());
    auto dump = Dump::open({folder / "thin"});
    REQUIRE(dump);
    CHECK((*dump)->complete());
    CHECK((*dump)->format() == "kdump-compressed");
    CHECK((*dump)->cpu_notes().size() == 2);
    auto bytes = (*dump)->memory().bytes(VAddr{kData}, 4096);
    REQUIRE(bytes);
    CHECK(*bytes == pattern(5, 4096));
    CHECK((*dump)->memory().bytes(VAddr{kData + 0x10000}, 4096) == mkdump::File(4096));
    CHECK((*dump)->memory().cstring(VAddr{kernel.uts()}, 65) == std::string("Linux"));
    CHECK((*dump)->memory().u64(VAddr{kData + 4096}).error().reason == Reason::filtered);
}

TEST_CASE("a page list is hexadecimal, one per line") {
    auto pages = mkdump::parse_page_list("1a # text\n\n  ff\n", "list");
    REQUIRE(pages);
    CHECK(*pages == std::vector<Pfn>{{0x1a}, {0xff}});
    CHECK_FALSE(mkdump::parse_page_list("1a\nxyz\n", "list"));
}

namespace {

constexpr std::string_view kScene = R"(
    kernel x86_64-4 image 0xffffffff8e400000 size 0x1000000 root 0xffffffff8f110000 init_uts_ns 0xffffffff8f120000 uts_name 4
    release 4.19.0-scene
    version_text #1 SMP PREEMPT # and a comment
    kaslr 0xd400000
    no_vmcoreinfo OFFSET(uts_namespace.name)
    symbols
      T _stext 0xffffffff8e400000
      T caller 0xffffffff8e401000 0x80
      invented T callee 0xffffffff8e402000 0x40
      T _etext 0xffffffff8e500000
      A runqueues 0x1c0
      D __per_cpu_offset 0xffffffff8f130000
      D log_buf 0xffffffff8f140000
      D log_buf_len 0xffffffff8f140008
      D log_first_idx 0xffffffff8f14000c
      D log_next_idx 0xffffffff8f140010
      D __log_buf 0xffffffff8f150000
    end
    kallsyms 0xffffffff8ec00000
    percpu 3 0xffff888012300000
    u64 runqueues@3+0x10 caller+0x20 __per_cpu_offset-8
    call caller+0x20 callee
    invented u64 0xffff888012340000 7
    log
      [   12.000345] a line with a # in it
      invented [   13.000000] another
    end
)";

}  // namespace

TEST_CASE("a scene holds symbols, calls, per-CPU data and a log as a 4.19 kernel does") {
    TemporaryFolder folder;
    auto built = mkdump::build_scene(kScene, "scene", nullptr);
    REQUIRE(built);
    auto dump = Dump::open(save_all(built->files, folder));
    REQUIRE(dump);
    const Memory& memory = (*dump)->memory();
    const Vmcoreinfo& info = (*dump)->vmcoreinfo();
    CHECK(info.text("OSRELEASE") == "4.19.0-scene");
    CHECK(memory.cstring(VAddr{0xffffffff8f120004}, 65) == std::string("Linux"));
    CHECK(memory.cstring(VAddr{0xffffffff8f120004 + 3 * 65}, 65) == std::string("#1 SMP PREEMPT"));
    CHECK((*dump)->uname().version == "#1 SMP PREEMPT");
    CHECK(info.text("KERNELOFFSET") == "d400000");
    CHECK_FALSE(info.offset("uts_namespace.name"));
    CHECK_FALSE(info.symbol("kallsyms_names"));
    CHECK(memory.u64(VAddr{0xffff8880123001d0}) == 0xffffffff8e401020);
    CHECK(memory.u64(VAddr{0xffff8880123001d8}) == 0xffffffff8f12fff8);
    CHECK(memory.u64(VAddr{0xffffffff8f130018}) == 0xffff888012300000);
    auto code = memory.bytes(VAddr{0xffffffff8e40101b}, 5);
    REQUIRE(code);  // e8, 0x8e402000 - 0x8e401020
    CHECK(*code == mkdump::File{0xe8, 0xe0, 0x0f, 0, 0});
    CHECK(memory.u32(VAddr{0xffffffff8f140008}) == 1u << 17);
    CHECK(memory.u64(VAddr{0xffffffff8f150000}) == 12'000'345'000);
    CHECK(memory.cstring(VAddr{0xffffffff8f150010}, 22) == std::string("a line with a # in it"));
    auto is_shown = [&](std::uint64_t address) {
        return std::any_of(built->shown.begin(), built->shown.end(), [&](const VRange& range) {
            return VAddr{address} >= range.begin && VAddr{address} - range.begin < range.size;
        });
    };
    CHECK(is_shown(0xffff8880123001d0));
    CHECK_FALSE(is_shown(0xffff888012340000));
    CHECK_FALSE(is_shown(0xffffffff8ec00000));  // kallsyms
    CHECK(built->shown_log_lines == std::vector<unsigned>{1});

    auto places = layout::search_kallsyms(memory, VAddr{0xffffffff8e400000}, 16 << 20);
    REQUIRE(places);
    auto table = layout::Kallsyms::load(memory, *places, {{"_stext", VAddr{0xffffffff8e400000}}});
    REQUIRE(table);
    CHECK(table->size() >= 1024);
    auto found = table->at(VAddr{0xffffffff8e402010});
    REQUIRE(found);
    CHECK(table->name(*found) == "callee");
    CHECK(table->extent(*found) == 0x40);
    REQUIRE(table->find("runqueues").size() == 1);
    CHECK(table->address(table->find("runqueues")[0]) == VAddr{0x1c0});
}

TEST_CASE("objects, rings and modules lie as the types say") {
    fakes::FakeTypes types;
    types.add("struct list_head", 16, {});
    types.add("struct node", 64, {{"list", 8, 16}, {"count", 40, 4}, {"name", 44, 8}});
    std::string recipe =
        "kernel aarch64-4K-48\n"
        "object 0xffff800012345000 struct node\n"
        "count 0x12\ninvented name \"abc\"\nend\n"
        "ring struct node list 0xffff800012346000 0xffff800012345000\n";
    TemporaryFolder folder;
    auto built = mkdump::build_scene(recipe, "scene", &types);
    REQUIRE(built);
    auto dump = Dump::open(save_all(built->files, folder));
    REQUIRE(dump);
    const Memory& memory = (*dump)->memory();
    CHECK(memory.u32(VAddr{0xffff800012345028}) == 0x12u);
    CHECK(memory.cstring(VAddr{0xffff80001234502c}, 8) == std::string("abc"));
    CHECK(memory.u64(VAddr{0xffff800012346000}) == 0xffff800012345008);
    CHECK(memory.u64(VAddr{0xffff800012345008}) == 0xffff800012346000);
    for (const VRange& range : built->shown) CHECK(range.begin != VAddr{0xffff80001234502c});
    auto refused = [&](const std::string& line, const layout::Types* given) {
        auto wrong = mkdump::build_scene("kernel aarch64-4K-48\n" + line, "scene", given);
        INFO(line);
        REQUIRE_FALSE(wrong);
        return wrong.error().expected;
    };
    CHECK_THAT(refused("object 0xffff800012345000 struct node\ncount 1\nend", nullptr),
               ContainsSubstring("--types"));
    CHECK_THAT(refused("object 0xffff800012345000 struct node\nsize 1\nend", &types),
               ContainsSubstring("line 3"));
    CHECK_THAT(refused("object 0xffff800012345000 struct node\ncount 1", &types),
               ContainsSubstring("end"));
    CHECK_THAT(refused("u64 nowhere 1", &types), ContainsSubstring("line 2"));
    CHECK_THAT(refused("percpu 0 0x1000", &types), ContainsSubstring("__per_cpu_offset"));
    CHECK_THAT(refused("log\nno time\nend", &types), ContainsSubstring("SECONDS"));
}

TEST_CASE("a linker script puts a scene's symbols at their link addresses") {
    auto script = mkdump::linker_script(kScene, "scene");
    REQUIRE(script);
    CHECK_THAT(*script, ContainsSubstring(".text 0xffffffff81000000"));
    CHECK_THAT(*script, ContainsSubstring(". = 0x1000; caller = .;"));
    CHECK_THAT(*script, ContainsSubstring(". = 0x1c0; runqueues = .;"));
}
