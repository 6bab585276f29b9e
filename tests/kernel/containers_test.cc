#include "kernel/containers.h"
#include "catch.h"
#include "kernel/containers_world.h"

using namespace nfstriage;
using kernel::Walk;
using test::ContainerWorld;

namespace {

constexpr std::uint64_t kHead = 0xffff888000001000;
// Far enough apart that each is on a page of its own.
constexpr std::uint64_t at(unsigned number) { return 0xffff888000010000 + number * 0x1000; }

struct Circle : ContainerWorld {
    // Objects 0..count-1 on the list at kHead, by their member `node` at 16.
    explicit Circle(unsigned count) {
        std::vector<std::uint64_t> nodes = {kHead};
        for (unsigned i = 0; i < count; ++i) nodes.push_back(at(i) + 16);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            std::uint64_t next = nodes[(i + 1) % nodes.size()];
            pages.put(nodes[i], next);
            pages.put(next + 8, nodes[i]);
        }
    }
    Walk walk(std::uint64_t steps = 100) {
        Budget budget(steps);
        return kernel::list(reader.object("struct list_head", VAddr{kHead}), "struct item", "node",
                            budget);
    }
    void next(unsigned number, std::uint64_t to) { pages.put(at(number) + 16, to); }
    void prev(unsigned number, std::uint64_t to) { pages.put(at(number) + 24, to); }
};

std::vector<unsigned> numbers(const Walk& walk) {
    std::vector<unsigned> out;
    for (const auto& object : walk.objects)
        out.push_back(static_cast<unsigned>((object.address().value - at(0)) / 0x1000));
    return out;
}

using Numbers = std::vector<unsigned>;

}  // namespace

TEST_CASE("a circular list gives its objects in order, once each") {
    Circle list(4);
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 2, 3});
    CHECK(walk.objects[2].address() == VAddr{at(2)});
    CHECK(walk.objects[2].type() == "struct item");
    CHECK(walk.complete);
    CHECK_FALSE(walk.damage);
}

TEST_CASE("a list is found as a member of its owner") {
    Circle list(3);
    Budget budget(100);
    auto owner = list.reader.object("struct owner", VAddr{kHead - 8});
    CHECK(numbers(kernel::list(owner, "items", "struct item", "node", budget)) == Numbers{0, 1, 2});
    Walk walk = kernel::list(owner, "renamed", "struct item", "node", budget);
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::no_type);
    walk = kernel::list(owner, "items", "struct item", "renamed", budget);
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::no_type);
}

TEST_CASE("a list that is empty or was never initialised has no objects") {
    Circle list(0);
    CHECK(list.walk().complete);
    list.pages.put<std::uint64_t>(kHead, 0);
    list.pages.put<std::uint64_t>(kHead + 8, 0);
    Walk walk = list.walk();
    CHECK(walk.complete);
    CHECK(walk.objects.empty());
    CHECK_FALSE(walk.damage);
    list.pages.remove(kHead);
    walk = list.walk();
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::filtered);
}

TEST_CASE("around a missing page a list is followed from both ends") {
    Circle list(6);
    list.pages.remove(at(2));
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 3, 4, 5});
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::filtered);
    CHECK_FALSE(walk.damage);
    list.pages.remove(at(4));
    CHECK(numbers(list.walk()) == Numbers{0, 1, 5});
}

TEST_CASE("a broken link forward is bridged by the links back") {
    Circle list(5);
    SECTION("null") { list.next(1, 0); }
    SECTION("poison") { list.next(1, 0xdead000000000100); }
    SECTION("garbage") { list.next(1, 0x1234567812345678); }
    SECTION("a loop") { list.next(1, at(0) + 16); }
    SECTION("a node that was taken off") {
        std::uint64_t removed = at(9) + 16;
        list.pages.put(removed, removed);
        list.pages.put(removed + 8, removed);
        list.next(1, removed);
    }
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 2, 3, 4});
    CHECK(walk.complete);
    CHECK(walk.damage);
}

TEST_CASE("a wrong link back is reported and hides nothing") {
    Circle list(4);
    list.prev(2, 0xdead000000000122);
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 2, 3});
    CHECK(walk.complete);
    REQUIRE(walk.damage);
    CHECK(walk.damage->node == VAddr{at(2) + 16});
    CHECK(walk.damage->found == VAddr{0xdead000000000122});
    CHECK(walk.damage->expected == VAddr{at(1) + 16});
}

TEST_CASE("a list broken at two places shows both ends and is incomplete") {
    Circle list(6);
    list.next(1, 0);
    list.prev(4, 0);
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 4, 5});
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::null);
}

TEST_CASE("a node that is being added is found by the link that leads to it") {
    Circle list(3);
    std::uint64_t added = at(7) + 16;  // __list_add() between 1 and 2, before its last store
    list.pages.put(added, at(2) + 16);
    list.pages.put(added + 8, at(1) + 16);
    list.prev(2, added);
    Walk walk = list.walk();
    CHECK(numbers(walk) == Numbers{0, 1, 7, 2});
    CHECK(walk.complete);
    CHECK(walk.damage);
}

TEST_CASE("a long list ends with the budget") {
    Circle list(30);
    Walk walk = list.walk(10);
    CHECK(walk.objects.size() == 10);
    CHECK_FALSE(walk.complete);
    CHECK(walk.why.reason == Reason::budget);
}

namespace {

struct Bucket : ContainerWorld {
    std::string type, node;
    std::uint64_t end;

    Bucket(std::string head_type, std::string node_member, std::uint64_t end_mark)
        : type(std::move(head_type)), node(std::move(node_member)), end(end_mark) {
        pages.put(kHead, at(0) + 16);
        for (unsigned i = 0; i < 3; ++i) {
            pages.put(at(i) + 16, i == 2 ? end : at(i + 1) + 16);
            pages.put(at(i) + 24, i == 0 ? kHead : at(i - 1) + 16);
        }
    }
    Walk walk() {
        Budget budget(20);
        return kernel::hlist(reader.object(type, VAddr{kHead}), "struct item", node, budget);
    }
};

}  // namespace

TEST_CASE("a hash chain is followed to its end, whatever its kind") {
    SECTION("hlist") {
        Bucket bucket("struct hlist_head", "hnode", 0);
        CHECK(numbers(bucket.walk()) == Numbers{0, 1, 2});
        CHECK(bucket.walk().complete);
    }
    SECTION("hlist_bl, locked") {
        Bucket bucket("struct hlist_bl_head", "blnode", 0);
        bucket.pages.put(kHead, at(0) + 17);
        CHECK(numbers(bucket.walk()) == Numbers{0, 1, 2});
        CHECK(bucket.walk().complete);
    }
    SECTION("hlist_nulls") {
        Bucket bucket("struct hlist_nulls_head", "nnode", 77);
        CHECK(numbers(bucket.walk()) == Numbers{0, 1, 2});
        CHECK(bucket.walk().complete);
        bucket.pages.put<std::uint64_t>(kHead, 1);
        CHECK(bucket.walk().complete);
        CHECK(bucket.walk().objects.empty());
    }
}

TEST_CASE("a hash chain that loops, breaks off or disagrees is incomplete") {
    Bucket bucket("struct hlist_head", "hnode", 0);
    SECTION("loop") {
        bucket.pages.put(at(2) + 16, at(1) + 16);
        Walk walk = bucket.walk();
        CHECK(numbers(walk) == Numbers{0, 1, 2});
        CHECK(walk.why.reason == Reason::corrupt);
        CHECK_FALSE(walk.complete);
    }
    SECTION("missing page") {
        bucket.pages.remove(at(1));
        Walk walk = bucket.walk();
        CHECK(numbers(walk) == Numbers{0});
        CHECK(walk.why.reason == Reason::filtered);
        CHECK_FALSE(walk.complete);
    }
    SECTION("link back") {
        bucket.pages.put<std::uint64_t>(at(2) + 24, 0);
        Walk walk = bucket.walk();
        CHECK(numbers(walk) == Numbers{0, 1});
        CHECK_FALSE(walk.complete);
        REQUIRE(walk.damage);
        CHECK(walk.damage->expected == VAddr{at(1) + 16});
    }
    SECTION("poison") {
        bucket.pages.put<std::uint64_t>(at(0) + 16, 0xdead000000000100);
        Walk walk = bucket.walk();
        CHECK(numbers(walk) == Numbers{0});
        CHECK(walk.why.reason == Reason::corrupt);
    }
}

TEST_CASE("single links are followed through nodes and from object to object") {
    ContainerWorld world;
    Budget budget(50);
    SECTION("llist_node") {
        world.pages.put(kHead, at(0) + 32);
        world.pages.put(at(0) + 32, at(1) + 32);
        world.pages.put<std::uint64_t>(at(1) + 32, 0);
        auto head = world.reader.object("struct llist_head", VAddr{kHead});
        Walk walk = kernel::llist(head, "struct item", "llnode", budget);
        CHECK(numbers(walk) == Numbers{0, 1});
        CHECK(walk.complete);
    }
    SECTION("pointers to the next object") {
        world.pages.put(kHead, at(0));
        world.pages.put(at(0) + 40, at(1));
        world.pages.put<std::uint64_t>(at(1) + 40, 0);
        auto head = world.reader.object("struct item *", VAddr{kHead});
        Walk walk = kernel::llist(head, "struct item", "following", budget);
        CHECK(numbers(walk) == Numbers{0, 1});
        CHECK(walk.complete);
        world.pages.put(at(1) + 40, at(0));
        walk = kernel::llist(head, "struct item", "following", budget);
        CHECK(numbers(walk) == Numbers{0, 1});
        CHECK_FALSE(walk.complete);
        CHECK(walk.why.reason == Reason::corrupt);
    }
}
