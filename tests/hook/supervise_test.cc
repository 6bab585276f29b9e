#include "hook/supervise.h"

#include <sys/resource.h>
#include <unistd.h>
#include <csignal>
#include <vector>

#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::hook;
using std::chrono::milliseconds;

namespace {

// No limit of memory: sanitizers reserve more than any machine has.
constexpr std::uint64_t kAnyMemory = RLIM_INFINITY;
constexpr Limits kAmple{std::chrono::seconds(30), kAnyMemory};

[[noreturn]] void spin() {
    for (volatile bool forever = true;;)
        if (!forever) ::_exit(1);
}

}  // namespace

TEST_CASE("what the worker told last is kept") {
    auto outcome = supervise(kAmple, [](const Tell& tell) {
        tell("first");
        tell("second");
    });
    REQUIRE(outcome);
    CHECK(outcome->end == End::finished);
    CHECK(outcome->told == "second");
    CHECK(outcome->why.empty());
}

TEST_CASE("a worker that does not end is stopped at its deadline and what it told is kept") {
    auto outcome = supervise({milliseconds(200), kAnyMemory}, [](const Tell& tell) {
        tell("so far");
        spin();
    });
    REQUIRE(outcome);
    CHECK(outcome->end == End::deadline);
    CHECK(outcome->told == "so far");
    CHECK_THAT(outcome->why, ContainsSubstring("0.2 s"));
}

TEST_CASE("a worker that ignores every signal it can is stopped too") {
    auto outcome = supervise({milliseconds(200), kAnyMemory}, [](const Tell&) {
        for (int number = 1; number < 32; ++number) ::signal(number, SIG_IGN);
        spin();
    });
    REQUIRE(outcome);
    CHECK(outcome->end == End::deadline);
}

TEST_CASE("a process that the worker leaves behind with our pipe does not hold us") {
    auto outcome = supervise({milliseconds(300), kAnyMemory}, [](const Tell& tell) {
        tell("done");
        if (::fork() == 0) {
            ::sleep(2);
            ::_exit(0);
        }
    });
    REQUIRE(outcome);
    CHECK(outcome->told == "done");
}

TEST_CASE("a worker that dies is reported with its reason") {
    auto killed = supervise(kAmple, [](const Tell&) { ::raise(SIGKILL); });
    REQUIRE(killed);
    CHECK(killed->end == End::died);
    CHECK_THAT(killed->why, ContainsSubstring("signal 9"));

    auto threw = supervise(kAmple, [](const Tell&) { throw 1; });
    REQUIRE(threw);
    CHECK(threw->end == End::died);
}

#ifndef __SANITIZE_ADDRESS__  // which needs the whole address space
TEST_CASE("a worker that wants more memory than it may have is stopped and reported") {
    auto outcome = supervise({std::chrono::seconds(30), 256 << 20}, [](const Tell& tell) {
        std::vector<char> much(512 << 20);
        tell(much.data());
    });
    REQUIRE(outcome);
    CHECK(outcome->end == End::died);
    CHECK_THAT(outcome->why, ContainsSubstring("memory limit"));
}
#endif

TEST_CASE("a worker has limits on CPU time and core files") {
    auto outcome = supervise({std::chrono::seconds(7), kAnyMemory}, [](const Tell& tell) {
        rlimit cpu{}, core{};
        ::getrlimit(RLIMIT_CPU, &cpu);
        ::getrlimit(RLIMIT_CORE, &core);
        tell(std::to_string(cpu.rlim_max) + " " + std::to_string(core.rlim_max));
    });
    REQUIRE(outcome);
    CHECK(outcome->told == "8 0");
}

TEST_CASE("what is told is cut to its limit and cannot fake its end") {
    auto outcome = supervise(kAmple, [](const Tell& tell) {
        std::string text(kLongestTold + 1000, 'x');
        text[10] = '\0';
        tell(text);
    });
    REQUIRE(outcome);
    REQUIRE(outcome->told);
    CHECK(outcome->told->size() == kLongestTold - 1);
}
