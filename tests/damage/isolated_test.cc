// That a crash and a hang are seen, named by their place, and stop nobody else.
#include "damage/isolated.h"

#include <unistd.h>
#include <cstdlib>
#include <map>

#include "catch.h"

using namespace nfstriage::damage;

namespace {

std::map<std::size_t, Ended> run(std::size_t jobs, const Job& job, Limits limits = {}) {
    std::vector<std::size_t> places(jobs);
    for (std::size_t i = 0; i < jobs; ++i) places[i] = 100 + i;
    std::map<std::size_t, Ended> ends;
    run_isolated(places, job, limits,
                 [&](const Ended& ended) { CHECK(ends.emplace(ended.place, ended).second); });
    CHECK(ends.size() == jobs);
    return ends;
}

}  // namespace

TEST_CASE("every job runs once and what it says is reported") {
    auto ends = run(200, [](std::size_t place, unsigned) { return std::string(place, 'x'); });
    for (const auto& [place, ended] : ends) {
        CHECK(ended.end == End::finished);
        CHECK(ended.said == std::string(place, 'x'));
        CHECK(ended.peak_bytes > 0);
    }
}

TEST_CASE("jobs that crash, exit or throw are named and the others run") {
    auto ends = run(9, [](std::size_t place, unsigned) -> std::string {
        if (place == 102) std::abort();
        if (place == 103) _exit(7);
        if (place == 108) throw 1;
        return "done";
    });
    CHECK(ends.at(102).end == End::died);
    CHECK(ends.at(103).end == End::died);
    CHECK(ends.at(103).said == "exit 7");
    CHECK(ends.at(108).end == End::died);
    CHECK(ends.at(104).end == End::finished);
    CHECK(ends.at(107).said == "done");
}

TEST_CASE("a job that goes on for ever is ended and called hung") {
    Limits limits;
    limits.deadline = std::chrono::milliseconds(200);
    auto ends = run(
        3,
        [](std::size_t place, unsigned) -> std::string {
            for (volatile bool forever = place == 101; forever;) continue;
            return "done";
        },
        limits);
    CHECK(ends.at(101).end == End::hung);
    CHECK(ends.at(100).said == "done");
    CHECK(ends.at(102).said == "done");
}
