#include "base/arrange.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <string>

#include "catch.h"

using namespace nfstriage;

TEST_CASE("items are put where the order says, whatever cycles it has") {
    std::mt19937 random(7);
    for (std::size_t size = 0; size < 60; ++size) {
        std::vector<std::size_t> from(size);
        std::iota(from.begin(), from.end(), std::size_t{0});
        std::shuffle(from.begin(), from.end(), random);
        std::deque<std::string> items;
        for (std::size_t i = 0; i < size; ++i) items.push_back("item " + std::to_string(i));
        const std::deque<std::string> before = items;
        arrange(items, from);
        REQUIRE(items.size() == size);
        for (std::size_t i = 0; i < size; ++i) CHECK(items[i] == before[from[i]]);
    }
}

TEST_CASE("an order that changes nothing moves nothing") {
    std::vector<std::string> items{"a", "b"};
    arrange(items, {0, 1});
    CHECK(items == std::vector<std::string>{"a", "b"});
}
