// Data flow over functions written by hand.
#include "arguments/flow.h"

#include "catch.h"
#include "flow_build.h"

using namespace nfstriage;
using namespace nfstriage::arguments;
using namespace nfstriage::arguments::build;

TEST_CASE("at its entry a function holds what its caller gave it") {
    Flowed f(function({nop(), ret()}), place(0));
    CHECK(f(rdi) == "entry 7");
    CHECK(f(rsp) == "frame-8");
    CHECK(f.all_paths_seen());
    Flowed arm(function({nop(), ret()}), place(0), Arch::aarch64);
    CHECK(arm(sp) == "frame");
    CHECK(arm(x30) == "entry 30");
}

TEST_CASE("an argument is followed into a callee-saved register, a slot and back") {
    Flowed f(function({push(rbx), add(rsp, rsp, -16), copy(rbx, rdi), store(at(rsp, 8), rsi),
                       call(), load(rdx, at(rsp, 8)), add(rdx, rdx, 40), call(), ret()}),
             place(7));
    CHECK(f(rbx) == "entry 7");
    CHECK(f.at_slot(-16) == "entry 3");
    CHECK(f.at_slot(-24) == "entry 6");
    CHECK(f(rdx) == "entry 6+40");
    CHECK(f(rsp) == "frame-32");
    CHECK(f(rax) == "result 0");
    CHECK(f(rdi) == "result 7");
}

TEST_CASE("an instruction that is none, or that nothing leads to, has no state") {
    FunctionCode code = function({jump(place(2)), nop(), ret()});
    CHECK(Flowed(code, place(0) + 2).error().reason == Reason::corrupt);
    CHECK(Flowed(code, place(1)).error().reason == Reason::corrupt);
    CHECK(Flowed(code, place(2)).known());
}
