#include "fleet/batch_report.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "report/follows_schema.h"

using namespace nfstriage;

namespace {

fleet::BatchSummary summary() {
    fleet::BatchSummary summary;
    summary.inputs = 9;
    summary.analysed = 4;
    summary.cut_short = 1;
    summary.failed = 2;
    summary.known = summary.duplicates = summary.older = 1;
    summary.statuses = {{verdict::Status::known_bug, 3}, {verdict::Status::not_nfs, 1}};
    summary.failures = {{"/up/a\x1b[31m", "/up/a\x1b[31m", "a dump was expected", "try another"}};
    summary.store_error = Error{"s", std::nullopt, "space was expected", "make room"};
    return summary;
}

}  // namespace

TEST_CASE("what a batch did follows its schema, with failures and without") {
    const std::map<std::string, std::uint64_t> left_out = {{"symbolic links", 3}};
    const std::vector<Error> folders = {{"/up/closed", std::nullopt, "a folder", "permit it"}};
    const std::map<std::string, std::uint64_t> nothing_left_out;
    const std::vector<Error> all_read;
    const fleet::BatchSummary full = summary(), empty;
    for (const fleet::BatchReport& report :
         {fleet::BatchReport{full, left_out, folders, "s\n", 1.5},
          fleet::BatchReport{empty, nothing_left_out, all_read, "s", 0}}) {
        std::string json = fleet::to_json(report);
        INFO(json);
        CHECK(test::follows_schema(nlohmann::json::parse(json),
                                   "../../tools/fleet/batch.schema.json"));
        CHECK(json.find('\x1b') == std::string::npos);
        CHECK(fleet::to_text(report).find('\x1b') == std::string::npos);
    }
    auto read = nlohmann::json::parse(fleet::to_json({full, left_out, folders, "s", 1.5}));
    CHECK(read["failures"].size() == 2);
    CHECK(read["left_out"]["symbolic links"] == 3);
    CHECK(read["cut_short"] == 1);
    CHECK(fleet::to_text({full, left_out, folders, "s", 1.5})
              .starts_with("9 inputs: 4 analysed, 1 of them cut short by a limit, 1 known"));
}
