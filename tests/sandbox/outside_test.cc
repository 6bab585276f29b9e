// Services of the process outside of a sandbox.
#include "process/outside.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <stdexcept>
#include <string>

#include "catch.h"
#include "process/sandbox.h"

using namespace nfstriage;

TEST_CASE("a service is done by the process that offered it, and here before there is another") {
    Outside outside;
    auto who =
        outside.offer([](const std::string& text) { return text + std::to_string(::getpid()); });
    const std::string here = std::to_string(::getpid());
    CHECK(who("a") == "a" + here);
    auto status =
        outside.run([&] { return who("b") == "b" + here && who("c") == "c" + here ? 0 : 1; });
    REQUIRE(status);
    CHECK(*status == 0);
    CHECK(who("d") == "d" + here);
}

TEST_CASE("services can be asked from the strict sandbox, with much to say") {
    if (!missing_of_sandbox().empty()) return;
    Outside outside;
    auto twice = outside.offer([](const std::string& text) { return text + text; });
    auto status = outside.run([&] {
        if (!enter_sandbox(Sandbox::strict, {})) return 1;
        const std::string much(3 << 20, 'x');
        return twice(much) == much + much && twice("").empty() ? 0 : 2;
    });
    REQUIRE(status);
    CHECK((WIFEXITED(*status) && WEXITSTATUS(*status) == 0));
}

TEST_CASE("a service that throws answers nothing, and the next question is answered") {
    Outside outside;
    auto throws =
        outside.offer([](const std::string&) -> std::string { throw std::runtime_error("no"); });
    auto good = outside.offer([](const std::string&) { return std::string("yes"); });
    auto status = outside.run([&] { return throws("x").empty() && good("x") == "yes" ? 0 : 1; });
    REQUIRE(status);
    CHECK(*status == 0);
}

TEST_CASE("how the confined process ended is told") {
    Outside outside;
    auto status = outside.run([] { return 3; });
    REQUIRE(status);
    CHECK((WIFEXITED(*status) && WEXITSTATUS(*status) == 3));
    status = outside.run([]() -> int {
        ::signal(SIGTERM, SIG_DFL);
        ::raise(SIGTERM);
        return 0;
    });
    REQUIRE(status);
    CHECK((WIFSIGNALED(*status) && WTERMSIG(*status) == SIGTERM));
}
