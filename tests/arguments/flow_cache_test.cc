#include "arguments/flow_cache.h"

#include "arguments/flow_build.h"
#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using namespace nfstriage::arguments::build;

namespace {

FlowCache::Code shared(FunctionCode code) {
    return std::make_shared<const FunctionCode>(std::move(code));
}

}  // namespace

TEST_CASE("a flow that was asked for before is the same one") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    auto code = shared(function({copy(rbx, rdi), copy(rbx, rsi), ret()}));
    auto first = cache.before(code, VAddr{place(1)});
    auto behind = cache.before(code, VAddr{place(2)});
    REQUIRE(first);
    REQUIRE(behind);
    CHECK((*first)->symbols[(*first)->state.registers[rbx].symbol].reg == rdi);
    CHECK((*behind)->symbols[(*behind)->state.registers[rbx].symbol].reg == rsi);
    CHECK(*cache.before(code, VAddr{place(1)}) == *first);
    CHECK(cache.size() == 2);
}

TEST_CASE("functions at the same address are kept apart") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    auto one = cache.before(shared(function({copy(rbx, rdi), ret()})), VAddr{place(1)});
    auto other = cache.before(shared(function({copy(rbx, rsi), ret()})), VAddr{place(1)});
    REQUIRE(one);
    REQUIRE(other);
    CHECK((*one)->symbols[(*one)->state.registers[rbx].symbol].reg == rdi);
    CHECK((*other)->symbols[(*other)->state.registers[rbx].symbol].reg == rsi);
}

TEST_CASE("why there is no flow is kept as well") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    auto code = shared(function({ret()}));
    for (int i = 0; i < 2; ++i) {
        auto nowhere = cache.before(code, VAddr{place(7)});
        REQUIRE_FALSE(nowhere);
        CHECK(nowhere.error().reason == Reason::corrupt);
    }
    CHECK(cache.size() == 1);
}

TEST_CASE("no more flows are kept than were promised, and those given out live on") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    auto first = cache.before(shared(function({copy(rbx, rdi), ret()})), VAddr{place(1)});
    REQUIRE(first);
    for (std::size_t i = 0; i <= FlowCache::kMost; ++i) {
        REQUIRE(cache.before(shared(function({ret()})), VAddr{place(0)}));
        REQUIRE(cache.size() <= FlowCache::kMost);
    }
    CHECK((*first)->symbols[(*first)->state.registers[rbx].symbol].reg == rdi);
}
