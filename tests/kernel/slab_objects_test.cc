#include "catch.h"
#include "kernel/objects.h"
#include "kernel/pointer_kind.h"
#include "kernel/slab_world.h"

using namespace nfstriage;
using kernel::PointerKind;
using test::SlabWorld;

namespace {

struct World : SlabWorld {
    World() {
        types.add("struct nfs_page", 104,
                  {{"wb_head", 72, 8, 0, 0, "struct nfs_page"},
                   {"wb_this_page", 80, 8, 0, 0, "struct nfs_page"}});
        types.add("struct inode", 600, {{"i_ino", 64}});
        types.add("struct nfs_inode", 1000, {{"vfs_inode", 400, 600}});
    }
    kernel::Objects objects() const { return kernel::Objects(*this, types, symbols); }
};

}  // namespace

TEST_CASE("the slab cache of its own proves a type, another cache of another size disproves it") {
    World world;
    std::uint64_t pages = world.add_cache(1, "nfs_page", 104, 128, 1, 1, {});
    std::uint64_t other = world.add_cache(2, "dentry", 192, 192, 1, 1, {});
    auto objects = world.objects();
    CHECK(objects.looks_like("struct nfs_page", VAddr{pages + 128}) == Tri::yes);
    CHECK(objects.looks_like("struct nfs_page", VAddr{pages + 128 + 8}) == Tri::no);
    CHECK(objects.looks_like("struct nfs_page", VAddr{other}) == Tri::no);
    CHECK(objects.looks_like("struct nfs_page", VAddr{0x28}) == Tri::no);
    CHECK(objects.looks_like("struct nfs_page", VAddr{0xffff900000000000}) == Tri::no);
    CHECK(objects.looks_like("struct nfs_page", VAddr{SlabWorld::kLinear + 0x100000}) == Tri::no);
    CHECK(objects.looks_like("struct unheard_of", VAddr{pages}) == Tri::unknown);
}

TEST_CASE("a cache that several kinds share proves nothing; members that agree do") {
    World world;
    std::uint64_t begin = world.add_cache(1, "kernfs_node_cache", 128, 128, 3, 1, {});
    auto objects = world.objects();
    CHECK(objects.looks_like("struct nfs_page", VAddr{begin}) == Tri::unknown);
    world.put64(begin + 72, begin);
    world.put64(begin + 80, begin);
    auto found = objects.likeness("struct nfs_page", VAddr{begin});
    CHECK(found.answer == Tri::yes);
    CHECK(found.ground == "wb_this_page->wb_head is wb_head");
}

TEST_CASE("an inode is found inside of its filesystem's object and nowhere else there") {
    World world;
    std::uint64_t begin = world.add_cache(1, "nfs_inode_cache", 1000, 1000, 1, 1, {});
    auto objects = world.objects();
    CHECK(objects.looks_like("struct inode", VAddr{begin + 400}) == Tri::yes);
    CHECK(objects.looks_like("struct inode", VAddr{begin}) == Tri::no);
    CHECK(objects.looks_like("struct nfs_inode", VAddr{begin}) == Tri::yes);
}

TEST_CASE("values that are no pointers are named with their ground") {
    struct Case {
        std::uint64_t value;
        PointerKind kind;
        const char* text;
    };
    const Case cases[] = {
        {0, PointerKind::null, "NULL"},
        {0x28, PointerKind::null, "NULL + 0x28"},
        {0xfffffffffffffff4, PointerKind::error, "ERR_PTR(-ENOMEM)"},
        {0xfffffffffffffdf0, PointerKind::error, "ERR_PTR(-EJUKEBOX)"},
        {0xfffffffffffff001, PointerKind::error, "ERR_PTR(-4095)"},
        {0xdead000000000100, PointerKind::poison, "LIST_POISON1"},
        {0xdead000000000122, PointerKind::poison, "LIST_POISON2"},
        {0xdead0000000000c8, PointerKind::poison, "a poison pointer + 0xc8"},
        {0x6b6b6b6b6b6b6b6b, PointerKind::poison, "POISON_FREE"},
        {0x6b6b6b6b6b6b6ba3, PointerKind::poison, "POISON_FREE + 0x38"},
        {0x5a5a5a5a5a5a5a5a, PointerKind::poison, "POISON_INUSE"},
        {0x0123456789abcdef, PointerKind::non_canonical, "not canonical"},
        {0x00007f0012345678, PointerKind::user, "a user address"},
        {0xffff888012345678, PointerKind::kernel, "a kernel address"},
    };
    for (const Case& c : cases) {
        INFO(hex(c.value));
        auto words = kernel::pointer_words(c.value, Arch::x86_64, std::nullopt);
        CHECK(words.kind == c.kind);
        CHECK(words.text == c.text);
    }
    CHECK(kernel::pointer_words(0xdffffc0000000002, Arch::x86_64, std::nullopt).text ==
          "KASAN's shadow of NULL + 0x10");
    CHECK(kernel::pointer_words(0x6c616e69665f6140, Arch::x86_64, std::nullopt).hint ==
          "text was written over it: its bytes are \"@a_final\"");
    CHECK(kernel::pointer_words(0x00ff800000000000, Arch::x86_64, 48).kind ==
          PointerKind::non_canonical);
    CHECK(kernel::pointer_words(0x00ff800000000000, Arch::x86_64, 57).kind == PointerKind::user);
    CHECK(kernel::pointer_words(0xffff000012345678, Arch::aarch64, 48).kind == PointerKind::kernel);
    CHECK(kernel::pointer_words(0x00ff000012345678, Arch::aarch64, 48).kind ==
          PointerKind::non_canonical);
}

TEST_CASE("a dump tells freed objects, symbols and addresses that nothing is mapped at") {
    World world;
    world.symbols.add("jiffies", SlabWorld::kLinear + 0x300000, 8, 'D');
    std::uint64_t begin = world.add_cache(1, "nfs_page", 104, 128, 1, 1, {4});
    auto objects = world.objects();
    auto words = [&](std::uint64_t value) {
        return kernel::pointer_words(value, "struct nfs_page", world, world.symbols, objects);
    };
    CHECK(words(begin + 4 * 128).kind == PointerKind::freed);
    CHECK(words(begin + 4 * 128).sentence() ==
          "a freed object of slab cache nfs_page (on the freelist of its slab)");
    CHECK(words(begin).kind == PointerKind::object);
    CHECK_FALSE(words(begin).is_bad());
    CHECK(words(SlabWorld::kLinear + 0x300000).text == "jiffies");
    CHECK(words(0xffff900000000000).kind == PointerKind::unmapped);
    CHECK(words(SlabWorld::kArray + 64).kind == PointerKind::page);
}

TEST_CASE("a flipped bit is a hint where exactly one leads to a live object of the type") {
    World world;
    std::uint64_t begin = world.add_cache(1, "nfs_page", 104, 128, 1, 1, {});
    auto objects = world.objects();
    std::uint64_t value = (begin + 128) ^ std::uint64_t{1} << 45;
    auto words = kernel::pointer_words(value, "struct nfs_page", world, world.symbols, objects);
    CHECK(words.kind == PointerKind::unmapped);
    CHECK(words.hint ==
          "one bit flipped: it differs in bit 45 from " + hex(begin + 128) + ", a struct nfs_page");
    CHECK(kernel::pointer_words(value, "", world, world.symbols, objects).hint.empty());
}
