// Packing and reading back, and bytes that nobody packed.
#include <cstdint>
#include <limits>

#include "base/packed.h"
#include "catch.h"

namespace {

enum class Colour : std::uint8_t { red, blue };

struct Leaf {
    std::string text;
    Colour colour = Colour::red;
};

template <class Archive>
void fields(Archive& archive, Leaf& leaf) {
    archive(leaf.text, leaf.colour);
}

struct Tree {
    std::int64_t low = 0;
    std::uint64_t high = 0;
    bool flag = false;
    std::optional<std::string> there, absent;
    std::vector<Leaf> leaves;
    std::shared_ptr<const Tree> next;
};

template <class Archive>
void fields(Archive& archive, Tree& tree) {
    archive(tree.low, tree.high, tree.flag, tree.there, tree.absent, tree.leaves, tree.next);
}

Tree sample() {
    Tree inner;
    inner.low = -1;
    Tree tree;
    tree.low = std::numeric_limits<std::int64_t>::min();
    tree.high = std::numeric_limits<std::uint64_t>::max();
    tree.flag = true;
    tree.there = std::string("a\0b", 3);
    tree.leaves = {{std::string(300, 'x'), Colour::blue}, {"", Colour::red}};
    tree.next = std::make_shared<const Tree>(inner);
    return tree;
}

std::string packed(const Tree& tree) {
    nfstriage::PackWriter writer;
    writer(tree);
    return writer.take();
}

}  // namespace

TEST_CASE("what was packed is read back, extremes included") {
    const std::string bytes = packed(sample());
    nfstriage::PackReader reader(bytes);
    Tree tree;
    reader(tree);
    CHECK_FALSE(reader.failed());
    CHECK(reader.at_end());
    CHECK(tree.low == std::numeric_limits<std::int64_t>::min());
    CHECK(tree.high == std::numeric_limits<std::uint64_t>::max());
    CHECK(tree.flag);
    CHECK(tree.there == std::string("a\0b", 3));
    CHECK_FALSE(tree.absent);
    REQUIRE(tree.leaves.size() == 2);
    CHECK(tree.leaves[0].text.size() == 300);
    CHECK(tree.leaves[0].colour == Colour::blue);
    REQUIRE(tree.next);
    CHECK(tree.next->low == -1);
    CHECK(packed(tree) == bytes);
}

TEST_CASE("bytes that end early are noticed wherever they end") {
    const std::string bytes = packed(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        nfstriage::PackReader reader(std::string_view(bytes).substr(0, size));
        Tree tree;
        reader(tree);
        CHECK(reader.failed());
    }
}

TEST_CASE("a count that the bytes cannot hold reserves no memory") {
    const std::string bytes = std::string(9, '\xff') + '\x01';
    nfstriage::PackReader reader(bytes);
    std::vector<Leaf> leaves;
    reader(leaves);
    CHECK(reader.failed());
    CHECK(leaves.empty());
}
