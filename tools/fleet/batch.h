// Many inputs into one store. Each is analysed in a process of its own (pool.h); what is in the
// store already, by the file's name, size and times or by its content, is not analysed again, so
// that a batch which was stopped goes on where it was. Memory does not grow with the number of
// inputs beyond their names.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fleet/find_inputs.h"
#include "fleet/pool.h"
#include "fleet/read_job.h"
#include "fleet/store.h"

namespace nfstriage::fleet {

struct BatchOptions {
    unsigned jobs = 1;
    ProcessLimits limits;
    bool retry_failed = false;
    // Files that changed before are left out.
    std::optional<std::int64_t> since_s;
    // Files that changed less than so long ago are left for the next time: they may still grow.
    std::int64_t settle_s = 0;
    // Of every `of` inputs the one that is `number`th: an array of batches shares a list so.
    std::uint64_t number = 0, of = 1;
};

struct Failure {
    std::string path;                    // of the input
    std::string name, expected, remedy;  // as results have them
};

struct BatchSummary {
    std::uint64_t inputs = 0;      // that are this batch's
    std::uint64_t analysed = 0;    // of which a verdict came out now
    std::uint64_t cut_short = 0;   // of those, by a limit
    std::uint64_t duplicates = 0;  // their content was known under another name
    std::uint64_t known = 0;       // were in the store, with a verdict
    std::uint64_t failed = 0;      // gave no verdict, now or when they were tried before
    std::uint64_t older = 0, unsettled = 0;
    std::map<verdict::Status, std::uint64_t> statuses;  // of those analysed now
    std::vector<Failure> failures;                      // the first of those that failed now
    std::optional<Error> store_error;                   // what stopped it
    bool interrupted = false;

    std::uint64_t done() const {
        return analysed + duplicates + known + failed + older + unsettled;
    }
};

inline constexpr std::size_t kMostFailuresKept = 100;

// How far it is. Called some times in a second.
using BatchProgress = std::function<void(const BatchSummary&)>;

// `now_s`: the time. Errors stand in the summary: what was done before them is in the store.
BatchSummary run_batch(Store& store, std::vector<Candidate> candidates, const JobContext& context,
                       const BatchOptions& options, std::int64_t now_s,
                       const BatchProgress& progress = {});

}  // namespace nfstriage::fleet
