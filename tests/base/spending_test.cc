#include "base/spending.h"

#include "catch.h"

using namespace nfstriage;
using Limit = Spending::Limit;

TEST_CASE("without limits nothing is ever spent") {
    Spending spending({});
    for (int i = 0; i < 1000; ++i) CHECK((spending.read() && spending.take(1 << 30)));
    CHECK_FALSE(spending.hit());
    CHECK(spending.what_was_hit().empty());
}

TEST_CASE("a limit that was hit stays hit, and says which it is") {
    SpendingLimits limits;
    limits.bytes = 10 << 20;
    Spending bytes(limits);
    CHECK(bytes.take(10 << 20));
    CHECK_FALSE(bytes.take(1));
    CHECK_FALSE(bytes.take(0));
    CHECK_FALSE(bytes.read());
    CHECK(bytes.hit() == Limit::bytes);
    CHECK(bytes.what_was_hit() == "the limit of 10 MiB read");

    SpendingLimits reading;
    reading.reads = 1000;
    Spending reads(reading);
    unsigned done = 0;
    while (reads.read() && done < 10'000) ++done;
    CHECK(done >= 1000);
    CHECK(done < 1500);
    CHECK(reads.what_was_hit() == "the limit of 1000 reads of memory");
}

TEST_CASE("a deadline that is over and memory that is used up end it") {
    SpendingLimits limits;
    limits.time = std::chrono::milliseconds(0);
    Spending time(limits);
    CHECK_FALSE(time.take(1));
    CHECK(time.hit() == Limit::time);
    CHECK(time.what_was_hit() == "the deadline of 0 s");

    SpendingLimits small;
    small.memory_bytes = 1 << 20;  // a process of any use is larger
    Spending memory(small);
    CHECK_FALSE(memory.take(1));
    CHECK(memory.hit() == Limit::memory);
    CHECK(memory.what_was_hit() == "the limit of 1 MiB of memory");
}
