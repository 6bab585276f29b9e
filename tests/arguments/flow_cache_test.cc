#include "arguments/flow_cache.h"

#include "arguments/flow_build.h"
#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using namespace nfstriage::arguments::build;

TEST_CASE("a flow that was asked for before is the same one") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    FunctionCode code = function({copy(rbx, rdi), copy(rbx, rsi), ret()});
    auto first = cache.before(code, VAddr{place(1)});
    auto behind = cache.before(code, VAddr{place(2)});
    REQUIRE(first);
    REQUIRE(behind);
    CHECK((*first)->symbols[(*first)->state.registers[rbx].symbol].reg == rdi);
    CHECK((*behind)->symbols[(*behind)->state.registers[rbx].symbol].reg == rsi);
    CHECK(*cache.before(code, VAddr{place(1)}) == *first);
    CHECK(cache.size() == 2);
}

TEST_CASE("a function that was read with more parts is another one") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    auto without = cache.before(function({copy(rbx, rdi), ret()}), VAddr{place(1)});
    auto with = cache.before(function({copy(rbx, rsi), ret(), nop()}), VAddr{place(1)});
    REQUIRE(without);
    REQUIRE(with);
    CHECK((*without)->symbols[(*without)->state.registers[rbx].symbol].reg == rdi);
    CHECK((*with)->symbols[(*with)->state.registers[rbx].symbol].reg == rsi);
}

TEST_CASE("why there is no flow is kept as well") {
    fakes::FakeSymbols symbols;
    FlowCache cache(Arch::x86_64, symbols);
    FunctionCode code = function({ret()});
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
    auto first = cache.before(function({copy(rbx, rdi), ret()}), VAddr{place(1)});
    REQUIRE(first);
    for (std::size_t i = 0; i <= FlowCache::kMost; ++i) {
        FunctionCode code = function({ret()});
        code.instructions[0].address += 4 * i;
        code.entry = VAddr{code.instructions[0].address};
        REQUIRE(cache.before(code, code.entry));
        REQUIRE(cache.size() <= FlowCache::kMost);
    }
    CHECK((*first)->symbols[(*first)->state.registers[rbx].symbol].reg == rdi);
}
