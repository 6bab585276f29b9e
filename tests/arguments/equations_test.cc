// Known values spreading over equations.
#include "arguments/equations.h"

#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::arguments;

TEST_CASE("a value spreads to everything that equals it up to a constant, both ways") {
    Equations equations;
    auto node = equations.add(4);
    equations.equal(node, node + 1, 8, Trust::orc);       // 1 = 0 + 8
    equations.equal(node + 2, node + 1, 16, Trust::orc);  // 1 = 2 + 16
    equations.set(node + 1, {0x1000, 64, Trust::registers, 0});
    equations.spread();
    REQUIRE(equations.known(node).size() == 1);
    CHECK(equations.known(node)[0].value == 0xff8);
    CHECK(equations.known(node + 2)[0].value == 0xff0);
    CHECK(equations.known(node + 3).empty());
}

TEST_CASE("a value is trusted no more than the weakest equation it came over") {
    Equations equations;
    auto node = equations.add(3);
    equations.equal(node, node + 1, 0, Trust::scan);
    equations.equal(node + 1, node + 2, 0, Trust::orc);
    equations.set(node, {5, 64, Trust::registers, 0});
    equations.spread();
    CHECK(equations.known(node + 2)[0].trust == Trust::scan);
    SECTION("unless the same word comes a better way") {
        equations.equal(node, node + 2, 0, Trust::cfi);
        equations.spread();
        REQUIRE(equations.known(node + 2).size() == 1);
        CHECK(equations.known(node + 2)[0].trust == Trust::cfi);
    }
}

TEST_CASE("words that contradict each other are all kept, the trusted one first") {
    Equations equations;
    auto node = equations.add(3);
    equations.equal(node, node + 1, 0, Trust::scan);
    equations.equal(node + 2, node + 1, 0, Trust::orc);
    equations.set(node, {5, 64, Trust::registers, 0});
    equations.set(node + 2, {7, 64, Trust::orc, 1});
    equations.spread();
    REQUIRE(equations.known(node + 1).size() == 2);
    CHECK(equations.known(node + 1)[0].value == 7);
    CHECK(equations.known(node + 1)[1].value == 5);
}

TEST_CASE("a copy of the low half tells only the low half of what it was made from") {
    Equations equations;
    auto node = equations.add(2);
    equations.low_half(node, node + 1, 0, Trust::orc);
    SECTION("backwards") {
        equations.set(node + 1, {0x9abcdef0, 64, Trust::orc, 0});
        equations.spread();
        REQUIRE(equations.known(node).size() == 1);
        CHECK(equations.known(node)[0].bits == 32);
        CHECK(equations.known(node)[0].value == 0x9abcdef0);
    }
    SECTION("forwards") {
        equations.set(node, {0x123456789abcdef0, 64, Trust::orc, 0});
        equations.spread();
        CHECK(equations.known(node + 1)[0].value == 0x9abcdef0);
        CHECK(equations.known(node + 1)[0].bits == 64);
    }
}

TEST_CASE("equations that contradict each other end, and give no more than they may") {
    Equations equations;
    auto node = equations.add(2);
    equations.equal(node, node + 1, 8, Trust::orc);
    equations.equal(node, node + 1, 16, Trust::orc);
    equations.set(node, {0, 64, Trust::orc, 0});
    equations.spread();
    CHECK(equations.known(node).size() <= Equations::kMost);
    CHECK(equations.known(node + 1).size() > 1);
}

TEST_CASE("what equals an unknown is found with its distance") {
    Equations equations;
    auto node = equations.add(4);
    equations.equal(node, node + 1, 8, Trust::orc);
    equations.equal(node + 1, node + 2, 8, Trust::orc);
    equations.low_half(node + 2, node + 3, 0, Trust::orc);
    auto found = equations.equals(node, 64);
    REQUIRE(found.size() == 3);
    CHECK(found[2] == std::pair<Equations::Node, std::uint64_t>{node + 2, 16});
    CHECK(equations.equals(node, 2).size() == 2);
}
