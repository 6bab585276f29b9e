#include "catch.h"
#include "kernel/containers.h"
#include "kernel/containers_world.h"

using namespace nfstriage;
using kernel::Entries;
using kernel::Walk;
using test::ContainerWorld;

namespace {

constexpr std::uint64_t kRoot = 0xffff888000001000;
constexpr std::uint64_t at(unsigned number) { return 0xffff888000010000 + number * 0x1000; }

struct RbTree : ContainerWorld {
    // Objects 1..7 as a full tree: 4 above 2 and 6, these above 1, 3, 5 and 7.
    RbTree() {
        pages.put(kRoot, node(4));
        put(4, 0, 2, 6);
        put(2, 4, 1, 3);
        put(6, 4, 5, 7);
        for (unsigned leaf : {1, 3, 5, 7}) put(leaf, leaf < 4 ? 2 : 6, 0, 0);
    }
    static std::uint64_t node(unsigned number) { return number == 0 ? 0 : at(number) + 16; }
    void put(unsigned number, unsigned parent, unsigned left, unsigned right) {
        pages.put(node(number), node(parent) | number % 2);  // some black, some red
        pages.put(node(number) + 8, node(right));
        pages.put(node(number) + 16, node(left));
    }
    Walk walk(std::uint64_t steps = 100, std::string type = "struct rb_root") {
        Budget budget(steps);
        return kernel::rbtree(reader.object(type, VAddr{kRoot}), "struct item", "rb", budget);
    }
};

std::vector<unsigned> numbers(const Walk& walk) {
    std::vector<unsigned> out;
    for (const auto& object : walk.objects)
        out.push_back(static_cast<unsigned>((object.address().value - at(0)) / 0x1000));
    return out;
}

using Numbers = std::vector<unsigned>;

}  // namespace

TEST_CASE("a red-black tree is walked in its order") {
    RbTree tree;
    CHECK(numbers(tree.walk()) == Numbers{1, 2, 3, 4, 5, 6, 7});
    CHECK(tree.walk(100, "struct rb_root_cached").objects.size() == 7);
    CHECK(tree.walk().complete);
    tree.pages.put<std::uint64_t>(kRoot, 0);
    CHECK(tree.walk().complete);
    CHECK(tree.walk().objects.empty());
}

TEST_CASE("a subtree that cannot be read or is not one is left out") {
    RbTree tree;
    SECTION("missing page") {
        tree.pages.remove(at(2));
        Walk walk = tree.walk();
        CHECK(numbers(walk) == Numbers{4, 5, 6, 7});
        CHECK(walk.why.reason == Reason::filtered);
    }
    SECTION("another parent") {
        tree.pages.put(RbTree::node(6), RbTree::node(3));
        Walk walk = tree.walk();
        CHECK(numbers(walk) == Numbers{1, 2, 3, 4});
        CHECK(walk.why.reason == Reason::corrupt);
        REQUIRE(walk.damage);
        CHECK(walk.damage->node == VAddr{RbTree::node(6)});
    }
    SECTION("the same child on both sides") {
        tree.put(6, 4, 5, 5);
        CHECK(numbers(tree.walk()) == Numbers{1, 2, 3, 4, 5, 6});
    }
    SECTION("a child that is its grandparent") {
        tree.put(7, 6, 4, 0);
        CHECK(numbers(tree.walk()) == Numbers{1, 2, 3, 4, 5, 6, 7});
    }
    SECTION("budget") { CHECK(tree.walk(3).objects.size() == 3); }
    CHECK_FALSE(tree.walk(tree.walk().objects.size() == 7 ? 3 : 100).complete);
}

namespace {

struct Slots : ContainerWorld {
    bool is_xarray;
    explicit Slots(bool xarray) : is_xarray(xarray) {}

    std::uint64_t mark(std::uint64_t node) const { return node | (is_xarray ? 2 : 1); }
    void head(std::uint64_t entry) { pages.put(kRoot + 8, entry); }
    void node(std::uint64_t node, std::uint8_t shift, std::uint8_t offset, std::uint64_t parent) {
        pages.map(node, 576);
        pages.put(node, shift);
        pages.put(node + 1, offset);
        pages.put(node + 8, parent);
    }
    void slot(std::uint64_t node, unsigned number, std::uint64_t entry) {
        pages.put(node + 24 + number * 8, entry);
    }
    Entries walk(std::uint64_t steps = 1000) {
        Budget budget(steps);
        const char* type = is_xarray ? "struct xarray" : "struct radix_tree_root";
        return kernel::xarray(reader.object(type, VAddr{kRoot}), budget);
    }
    // Two levels: entries at 3, 64 + 63 and 130.
    void two_levels() {
        head(mark(at(0)));
        node(at(0), 6, 0, 0);
        for (unsigned i = 0; i < 3; ++i) {
            slot(at(0), i, mark(at(i + 1)));
            node(at(i + 1), 0, static_cast<std::uint8_t>(i), at(0));
        }
        slot(at(1), 3, 0xffff888000a00000);
        slot(at(2), 63, 0xffff888000b00000);
        slot(at(3), 2, 0xffff888000c00000);
    }
};

std::vector<std::uint64_t> indices(const Entries& entries) {
    std::vector<std::uint64_t> out;
    for (const auto& entry : entries.entries) out.push_back(entry.index);
    return out;
}

using Indices = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("xarrays and radix trees give their pointers by index") {
    const bool xarray = GENERATE(true, false);
    Slots tree(xarray);
    tree.head(0);
    CHECK(tree.walk().complete);
    CHECK(tree.walk().entries.empty());
    tree.head(0xffff888000d00000);  // a single entry needs no node
    CHECK(indices(tree.walk()) == Indices{0});

    tree.two_levels();
    Entries all = tree.walk();
    CHECK(all.complete);
    CHECK(indices(all) == Indices{3, 127, 130});
    CHECK(all.entries[1].pointer == VAddr{0xffff888000b00000});

    SECTION("values are no pointers") {
        tree.slot(at(2), 5, xarray ? 0x1235 : 0x1236);
        CHECK(indices(tree.walk()) == Indices{3, 127, 130});
        CHECK(tree.walk().complete);
    }
    SECTION("an entry of several slots counts once") {
        tree.slot(at(2), 4, 0xffff888000e00000);
        std::uint64_t sibling = xarray ? 4 << 2 | 2 : (at(2) + 24 + 4 * 8) | 1;
        for (unsigned i = 5; i < 8; ++i) tree.slot(at(2), i, sibling);
        CHECK(indices(tree.walk()) == Indices{3, 68, 127, 130});
        CHECK(tree.walk().complete);
    }
    SECTION("an entry of a whole node stands above it") {
        tree.slot(at(0), 1, 0xffff888000e00000);
        CHECK(indices(tree.walk()) == Indices{3, 64, 130});
    }
    SECTION("a missing node leaves its entries out") {
        tree.pages.remove(at(2));
        CHECK(indices(tree.walk()) == Indices{3, 130});
        CHECK(tree.walk().why.reason == Reason::filtered);
        CHECK_FALSE(tree.walk().complete);
    }
    SECTION("a node of another tree, and one that leads back up") {
        tree.slot(at(0), 1, tree.mark(at(3)));
        CHECK(indices(tree.walk()) == Indices{3, 130});
        tree.slot(at(0), 1, tree.mark(at(0)));
        CHECK(indices(tree.walk()) == Indices{3, 130});
        CHECK_FALSE(tree.walk().complete);
        CHECK(tree.walk().why.reason == Reason::corrupt);
    }
    SECTION("budget") {
        CHECK(tree.walk(4).entries.size() == 2);
        CHECK(tree.walk(4).why.reason == Reason::budget);
    }
}

TEST_CASE("slots that are reserved or being replaced hold no object") {
    Slots tree(true);
    tree.two_levels();
    tree.slot(at(1), 7, 257 << 2 | 2);  // XA_ZERO_ENTRY
    tree.slot(at(1), 8, 256 << 2 | 2);  // XA_RETRY_ENTRY
    CHECK(indices(tree.walk()) == Indices{3, 127, 130});
    CHECK(tree.walk().complete);
}

TEST_CASE("numbers of an idr count from its base") {
    Slots tree(true);
    tree.two_levels();
    tree.pages.put<std::uint32_t>(kRoot + 16, 1);
    Budget budget(100);
    auto idr = tree.reader.object("struct idr", VAddr{kRoot});
    CHECK(indices(kernel::xarray(idr, budget)) == Indices{4, 128, 131});
}

namespace {

struct Hash : ContainerWorld {
    static constexpr std::uint64_t kTable = 0xffff888000002000;
    bool locked;
    explicit Hash(bool locked_buckets) : ContainerWorld(locked_buckets), locked(locked_buckets) {
        pages.put(kRoot, kTable);
        pages.put(kRoot + 8, 1u);
        table(kTable, 4, 0, 0);
    }
    std::uint64_t end(std::uint64_t bucket) const { return bucket | 1; }
    void table(std::uint64_t where, std::uint32_t size, std::uint32_t nest, std::uint64_t future) {
        pages.put(where, size);
        pages.put(where + 4, nest);
        pages.put(where + 8, future);
        if (nest == 0) fill(where + 16, size);
    }
    void fill(std::uint64_t buckets, std::uint32_t size) {
        for (unsigned i = 0; i < size; ++i)
            pages.put(buckets + i * 8, locked ? 0 : end(buckets + i * 8));
    }
    void chain(std::uint64_t bucket, const Numbers& objects, bool lock = false) {
        std::uint64_t from = bucket;
        for (unsigned number : objects) {
            pages.put(from, (at(number) + 16) | (lock && from == bucket ? 1 : 0));
            from = at(number) + 16;
        }
        pages.put(from, end(bucket));
    }
    Walk walk(std::string_view node = "rhash", std::uint64_t steps = 10000) {
        Budget budget(steps);
        const char* type = node == "rhash" ? "struct rhashtable" : "struct rhltable";
        return kernel::rhashtable(reader.object(type, VAddr{kRoot}), "struct item", node, budget);
    }
};

}  // namespace

TEST_CASE("all chains of an rhashtable are walked, in both of its shapes") {
    const bool locked = GENERATE(true, false);
    Hash hash(locked);
    CHECK(hash.walk().complete);
    CHECK(hash.walk().objects.empty());
    hash.chain(Hash::kTable + 16, {1, 2}, locked);
    hash.chain(Hash::kTable + 16 + 24, {3});
    CHECK(numbers(hash.walk()) == Numbers{1, 2, 3});
    CHECK(hash.walk().complete);

    SECTION("while it is resized") {
        hash.pages.put<std::uint64_t>(Hash::kTable + 8, 0xffff888000003000);
        hash.table(0xffff888000003000, 8, 0, 0);
        hash.chain(0xffff888000003000 + 16 + 8, {4});
        CHECK(numbers(hash.walk()) == Numbers{1, 2, 3, 4});
        hash.pages.put(0xffff888000003000 + 8, Hash::kTable);
        CHECK(hash.walk().objects.size() == 4);
        CHECK_FALSE(hash.walk().complete);
    }
    SECTION("a missing page or a loop") {
        hash.pages.put(at(2) + 16, at(1) + 16);
        CHECK(numbers(hash.walk()) == Numbers{1, 2, 3});
        CHECK_FALSE(hash.walk().complete);
        hash.pages.remove(at(2));
        CHECK(numbers(hash.walk()) == Numbers{1, 3});
        CHECK(hash.walk().why.reason == Reason::filtered);
    }
}

TEST_CASE("an rhashtable that counts nothing has nothing, wherever its freed buckets were") {
    Hash hash(true);
    hash.pages.put<std::uint64_t>(kRoot, 0x44d5b5692d458000);
    CHECK_FALSE(hash.walk().complete);
    hash.pages.put(kRoot + 8, 0u);
    CHECK(hash.walk().complete);
    CHECK(hash.walk("rhlist").complete);
}

TEST_CASE("an rhashtable whose buckets are nested is walked through its pages") {
    Hash hash(true);
    hash.table(Hash::kTable, 2048, 1, 0);  // two pages of 512 pages of two buckets
    hash.pages.put<std::uint64_t>(Hash::kTable + 16, 0xffff888000100000);
    hash.pages.put<std::uint64_t>(0xffff888000100008, 0xffff888000110000);
    hash.pages.map(0xffff888000110000, 4096);
    hash.pages.put<std::uint64_t>(0xffff888000110000 + 511 * 8, 0xffff888000120000);
    hash.pages.map(0xffff888000120000, 4096);
    hash.chain(0xffff888000120000 + 8, {5, 6});
    CHECK(numbers(hash.walk()) == Numbers{5, 6});
    CHECK(hash.walk().complete);
}

TEST_CASE("objects with the same key in an rhltable are found behind the first") {
    Hash hash(true);
    hash.chain(Hash::kTable + 16, {1, 2});
    hash.pages.put<std::uint64_t>(at(1) + 24, at(7) + 16);
    hash.pages.put<std::uint64_t>(at(7) + 24, 0);
    hash.pages.put<std::uint64_t>(at(2) + 24, 0);
    CHECK(numbers(hash.walk("rhlist")) == Numbers{1, 7, 2});
    CHECK(hash.walk("rhlist").complete);
}

TEST_CASE("a table of an impossible size is no table, a large one ends with the budget") {
    Hash hash(true);
    hash.pages.put<std::uint32_t>(Hash::kTable, 0);
    CHECK(hash.walk().why.reason == Reason::corrupt);
    hash.pages.put<std::uint32_t>(Hash::kTable, 0x80000000);
    CHECK(hash.walk().why.reason == Reason::not_dumped);
    CHECK_FALSE(hash.walk().complete);
    Walk walk = hash.walk("rhash", 3);
    CHECK_FALSE(walk.complete);
}
