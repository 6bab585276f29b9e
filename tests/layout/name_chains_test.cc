#include "layout/name_chains.h"
#include "catch.h"

using namespace nfstriage::layout;

namespace {

std::vector<std::uint32_t> items(const NameChains& chains, std::uint32_t hash) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t item : chains.of(hash)) found.push_back(item);
    return found;
}

}  // namespace

TEST_CASE("items of one hash come in their order when they are added from the last on") {
    NameChains chains(6, 5);
    for (std::uint32_t item : {5u, 4u, 3u, 1u, 0u}) chains.add(item < 4 ? 7 : 0x9000'0001, item);
    CHECK(items(chains, 7) == std::vector<std::uint32_t>{0, 1, 3});
    CHECK(items(chains, 0x9000'0001) == std::vector<std::uint32_t>{4, 5});
}

TEST_CASE("many items share few chains, and each is in the one of its hash") {
    constexpr std::uint32_t kItems = 10'000;
    NameChains chains(kItems, kItems);
    for (std::uint32_t item = kItems; item-- > 0;) chains.add(item * 2654435769u, item);
    std::size_t longest = 0;
    for (std::uint32_t item = 0; item < kItems; ++item) {
        auto found = items(chains, item * 2654435769u);
        REQUIRE(std::find(found.begin(), found.end(), item) != found.end());
        longest = std::max(longest, found.size());
    }
    CHECK(longest < 20);
}

TEST_CASE("chains without items are empty") {
    CHECK(items(NameChains(), 0).empty());
    CHECK(items(NameChains(), ~0u).empty());
    CHECK(items(NameChains(3, 0), 1).empty());
}
