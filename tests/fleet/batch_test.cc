#include "fleet/batch.h"

#include "made.h"

using namespace nfstriage;
using test::made_store;
using test::number_of;

TEST_CASE("inputs that a limit cuts short have a verdict and are counted") {
    auto catalogue = Catalogue::built_in();
    REQUIRE(catalogue);
    fleet::FoundInputs found;
    fleet::add_input(NFSTRIAGE_SOURCE_DIR "/samples/cases/002/vmcore", found);
    for (std::uint64_t reads : {50, 1'000'000}) {
        CAPTURE(reads);
        test::TemporaryFolder folder;
        auto store = made_store(folder.path() / "s");
        fleet::JobContext context{*catalogue, {}};
        context.reading.limits.reads = reads;
        fleet::BatchSummary summary =
            fleet::run_batch(*store, found.candidates, context, {}, test::kSunday);
        CHECK(summary.analysed == 1);
        CHECK(summary.cut_short == (reads == 50 ? 1 : 0));
        CHECK(number_of(*store, "SELECT cut_short FROM day_status") == (reads == 50 ? 1 : 0));
    }
}
