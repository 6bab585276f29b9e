#include "kernel/slab.h"
#include "catch.h"
#include "kernel/slab_world.h"

using namespace nfstriage;
using test::SlabWorld;

namespace {

Maybe<kernel::SlabObject> object(const SlabWorld& world, std::uint64_t at) {
    return kernel::Slabs(world, world.types, world.symbols).object_at(VAddr{at});
}

}  // namespace

TEST_CASE("an address in a slab is an object of its cache, with its begin and its place inside") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "nfs_page", 104, 128, 1, 2, {});
    auto found = object(world, begin + 40 * 128 + 0x38);  // on the slab's second page
    REQUIRE(found);
    CHECK(found->cache.name == "nfs_page");
    CHECK(found->cache.object_size == 104);
    CHECK(found->cache.shared == false);
    CHECK(found->begin == VAddr{begin + 40 * 128});
    CHECK(found->index == 40);
    CHECK(found->offset == 0x38);
    CHECK(found->is_inside);
    CHECK(found->free == false);
    auto behind = object(world, begin + 40 * 128 + 110);
    REQUIRE(behind);
    CHECK_FALSE(behind->is_inside);
}

TEST_CASE(
    "freelists are followed as they are stored: plain, hardened, hardened with swapped bytes") {
    struct Way {
        bool hardened, swapped;
    };
    for (const Way& way : {Way{false, false}, Way{true, false}, Way{true, true}}) {
        INFO(way.hardened << way.swapped);
        SlabWorld world;
        world.describe_cache(way.hardened);
        world.swapped = way.swapped;
        std::uint64_t begin = world.add_cache(1, "rpc_tasks", 240, 256, 1, 1, {3, 0, 7});
        for (unsigned index = 0; index < 16; ++index) {
            auto found = object(world, begin + index * 256);
            REQUIRE(found);
            REQUIRE(found->free);
            CHECK(*found->free == (index == 3 || index == 0 || index == 7));
        }
        CHECK(object(world, begin)->ground == "on the freelist of its slab");
    }
}

TEST_CASE("an object on a CPU's freelist is free; without per-CPU data that slab's are unknown") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "filp", 232, 256, 1, 1, {5}, true);
    CHECK(object(world, begin + 5 * 256)->free == true);
    CHECK(object(world, begin + 5 * 256)->ground == "on the freelist of CPU 0");
    CHECK(object(world, begin)->free == false);
    world.symbols = {};
    CHECK_FALSE(object(world, begin + 5 * 256)->free);
    CHECK_FALSE(object(world, begin)->free);
}

TEST_CASE(
    "a freelist that loops, leaves its slab or is not in the dump proves no object allocated") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "dentry", 192, 192, 1, 1, {1, 2});
    std::uint64_t last = begin + 2 * 192 + 8;
    SECTION("loop") { world.put64(last, world.encoded(begin + 192, last)); }
    SECTION("elsewhere") { world.put64(last, world.encoded(begin + 0x100000, last)); }
    SECTION("not at an object") { world.put64(last, world.encoded(begin + 3, last)); }
    CHECK(object(world, begin + 192)->free == true);
    CHECK(object(world, begin + 2 * 192)->free == true);
    CHECK_FALSE(object(world, begin)->free);
}

TEST_CASE("what is in no slab, behind the last object, or of a broken cache is no object") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "names", 1000, 1000, 1, 1, {});
    CHECK(object(world, begin + 4050).error().reason == Reason::unmapped);
    CHECK(object(world, SlabWorld::kLinear + 0x200000).error().reason == Reason::unmapped);
    CHECK(object(world, 0xffff900000000000).error().reason == Reason::unmapped);
    CHECK(object(world, 0x28).error().reason == Reason::null);
    SECTION("a name that is none") { world.put64(SlabWorld::kLinear + 0x121100, 0x0101); }
    SECTION("no size") { world.put64(SlabWorld::kLinear + 0x121008, 8); }
    SECTION("no objects") {
        world.put64(SlabWorld::kArray + (begin - SlabWorld::kLinear) / 64 + 40, 0);
    }
    auto broken = object(world, begin);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().reason == Reason::corrupt);
}

TEST_CASE("without VMCOREINFO of memory sections or without types there is no answer") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "nfs_page", 104, 128, 1, 1, {});
    SECTION("no sections") {
        world.info = dump::Vmcoreinfo::parse("SIZE(page)=64\n");
        CHECK(object(world, begin).error().reason == Reason::no_symbol);
    }
    SECTION("no types") {
        world.types = {};
        CHECK(object(world, begin).error().reason == Reason::no_type);
    }
    SECTION("the struct page is not in the dump") {
        world.lose(SlabWorld::kArray + (begin - SlabWorld::kLinear) / 64);
        CHECK(object(world, begin).error().reason == Reason::filtered);
    }
}

TEST_CASE(
    "slab pages are told by their type since the flag is gone, and sections by trying sizes") {
    SlabWorld world;
    std::uint64_t begin = world.add_cache(1, "nfs_page", 104, 128, 1, 1, {});
    std::uint64_t page = SlabWorld::kArray + (begin - SlabWorld::kLinear) / 64;
    std::string text =
        "SYMBOL(mem_section)=ffff888000100000\nLENGTH(mem_section)=2048\nSIZE(mem_section)=16\n"
        "OFFSET(mem_section.section_mem_map)=0\nSIZE(page)=64\nOFFSET(page.compound_head)=8\n"
        "OFFSET(page._mapcount)=48\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=";
    world.put64(page, 0);
    SECTION("one type in the highest byte") {
        world.info = dump::Vmcoreinfo::parse(text + "4110417920\n");  // 0xf5000000
        world.put64(page + 48, 0xf5000017);
        CHECK(object(world, begin));
        world.put64(page + 48, 0xf0000000);
        CHECK_FALSE(object(world, begin));
    }
    SECTION("one type, a bit that is clear") {
        world.info = dump::Vmcoreinfo::parse(text + "-4097\n");  // ~0x1000
        world.put64(page + 48, 0xffffefff);
        CHECK(object(world, begin));
        world.put64(page + 48, 0xffffffff);
        CHECK_FALSE(object(world, begin));
    }
}

TEST_CASE("struct pages are those of present sections, on an element's boundary") {
    SlabWorld world;
    kernel::PageMap pages(world, world.types);
    CHECK(pages.is_page(VAddr{SlabWorld::kArray + 64}).value() == true);
    CHECK(pages.is_page(VAddr{SlabWorld::kArray + 65}).value() == false);
    CHECK(pages.is_page(VAddr{SlabWorld::kArray + 0x40000000}).value() == false);
    CHECK(pages.is_page(VAddr{SlabWorld::kLinear}).value() == false);
}

TEST_CASE("page cache and anonymous memory are told from what the kernel took for itself") {
    SlabWorld world;
    std::uint64_t slab = world.add_cache(1, "nfs_page", 104, 128, 1, 2, {});
    world.info = dump::Vmcoreinfo::parse(
        "SYMBOL(mem_section)=ffff888000100000\nLENGTH(mem_section)=2048\nSIZE(mem_section)=16\n"
        "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\nSIZE(page)=64\n"
        "OFFSET(page.compound_head)=8\nNUMBER(PG_slab)=9\nNUMBER(PG_lru)=4\n"
        "OFFSET(page.mapping)=24\n");
    kernel::PageMap pages(world, world.types);
    auto is_user = [&](std::uint64_t frame) {
        auto page = pages.page_of_frame({frame});
        REQUIRE(page);
        auto user = pages.is_user_data(*page);
        REQUIRE(user);
        return *user;
    };
    auto page = [](std::uint64_t frame) { return SlabWorld::kArray + frame * 64; };
    CHECK_FALSE(is_user(0x300));
    world.put64(page(0x300) + 24, SlabWorld::kLinear + 0x9000);  // an address_space
    CHECK(is_user(0x300));
    world.put64(page(0x301) + 24, SlabWorld::kLinear + 0x9001);  // an anon_vma
    CHECK(is_user(0x301));
    world.put64(page(0x302), 1 << 4);  // on a list of pages that can be reclaimed
    CHECK(is_user(0x302));
    world.put64(page(0x303) + 8, page(0x302) + 1);  // behind the head of a folio
    CHECK(is_user(0x303));
    // What a slab keeps in place of the mapping is none, in its other pages neither.
    const std::uint64_t first = (slab - SlabWorld::kLinear) / 4096;
    CHECK_FALSE(is_user(first));
    CHECK_FALSE(is_user(first + 1));
    world.lose(page(0x304));
    CHECK_FALSE(pages.page_of_frame({0x304}));
}
