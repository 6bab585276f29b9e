#include "fleet/batch.h"

#include <chrono>
#include <ctime>
#include <unordered_map>
#include <utility>

namespace nfstriage::fleet {
namespace {

using Clock = std::chrono::steady_clock;

// Results wait for each other so that a sync of the disk is paid for many: so long, so many.
constexpr std::chrono::milliseconds kBetweenWrites{1000};
constexpr std::size_t kMostWaiting = 500, kMostWaitingBytes = 16 << 20;

class Batch {
public:
    Batch(Store& store, std::vector<Candidate> candidates, const JobContext& context,
          const BatchOptions& options, std::int64_t now_s, const BatchProgress& progress)
        : store_(store),
          candidates_(std::move(candidates)),
          context_(context),
          options_(options),
          now_s_(now_s),
          progress_(progress) {}

    BatchSummary run() {
        for (std::size_t i = 0; i < candidates_.size(); ++i) summary_.inputs += is_ours(i);
        PoolWork work;
        work.work = [this](std::size_t job, const Line& line) {
            read_job(candidates_[job], context_, line);
        };
        work.next = [this] { return next(); };
        work.wants = [this](std::size_t job, std::string_view identity) {
            return want(job, identity);
        };
        work.done = [this](Finished finished) { done(std::move(finished)); };
        work.tick = [this] { return tick(); };
        auto end = run_pool(options_.jobs, options_.limits, work);
        if (!end && !summary_.store_error) summary_.store_error = end.error();
        summary_.interrupted = end && *end == PoolEnd::interrupted;
        write();
        if (progress_) progress_(summary_);
        return std::move(summary_);
    }

private:
    bool is_ours(std::size_t index) const { return index % options_.of == options_.number; }

    std::optional<std::size_t> next() {
        while (next_ < candidates_.size()) {
            std::size_t index = next_++;
            if (is_ours(index) && !is_left_out(candidates_[index])) return index;
        }
        return std::nullopt;
    }

    bool is_left_out(const Candidate& candidate) {
        if (options_.since_s && candidate.changed_s < *options_.since_s) {
            ++summary_.older;
            return true;
        }
        if (options_.settle_s > 0 && candidate.changed_s > now_s_ - options_.settle_s) {
            ++summary_.unsettled;
            return true;
        }
        auto state = store_.source(context_.name_of(candidate));
        if (!state || state->stamp != candidate.stamp) return false;
        if (!state->has_verdict && options_.retry_failed) return false;
        ++(state->has_verdict ? summary_.known : summary_.failed);
        return true;
    }

    bool want(std::size_t job, std::string_view identity) {
        identities_[job] = identity;
        return !store_.has(identity);
    }

    void done(Finished finished) {
        const Candidate& candidate = candidates_[finished.job];
        const std::string name = context_.name_of(candidate);
        auto node = identities_.extract(finished.job);
        std::string identity = node ? std::move(node.mapped()) : std::string();
        std::int64_t seen_s = std::time(nullptr);
        if (finished.stopped) {
            duplicates_.push_back({name, candidate.stamp, identity, seen_s});
            return;
        }
        Entry entry{name, candidate.stamp, std::move(identity), seen_s,
                    outcome_of(finished, candidate, name)};
        if (entry.identity.empty() && std::holds_alternative<CrashResult>(entry.outcome))
            entry.outcome = Error{name, std::nullopt, "an identity was expected",
                                  "look at this input by itself: nfstriage analyze"};
        if (auto* result = std::get_if<CrashResult>(&entry.outcome)) {
            waiting_bytes_ += result->json.size();
        } else {
            keep(candidate, std::get<Error>(entry.outcome));
        }
        entries_.push_back(std::move(entry));
    }

    Outcome outcome_of(const Finished& finished, const Candidate& candidate,
                       const std::string& name) {
        if (!finished.why_died.empty())
            return Error{name, std::nullopt, "a verdict was expected, " + finished.why_died,
                         "give it more with --deadline and --memory and use --retry-failed"};
        // A file that grew meanwhile is analysed again the next time.
        if (stamp_now(candidate) != candidate.stamp)
            return Error{name, std::nullopt,
                         "a file that stays as it is was expected, it changed while it was read",
                         "run the batch again when its transfer is over"};
        auto outcome = outcome_from(finished.said.value_or(""), name);
        if (!outcome) return outcome.error();
        return std::move(*outcome);
    }

    void keep(const Candidate& candidate, const Error& error) {
        if (summary_.failures.size() < kMostFailuresKept)
            summary_.failures.push_back({candidate.path, error.file, error.expected, error.remedy});
    }

    bool tick() {
        if (progress_) progress_(summary_);
        bool full = entries_.size() + duplicates_.size() >= kMostWaiting ||
                    waiting_bytes_ >= kMostWaitingBytes;
        if (full || Clock::now() >= next_write_) write();
        return !summary_.store_error;
    }

    void write() {
        next_write_ = Clock::now() + kBetweenWrites;
        if ((entries_.empty() && duplicates_.empty()) || summary_.store_error) return;
        auto added = store_.add(entries_, duplicates_);
        if (!added) {
            summary_.store_error = added.error();
            return;
        }
        summary_.analysed += added->results;
        summary_.duplicates += added->duplicates;
        summary_.failed += added->failures;
        for (const Entry& entry : entries_) {
            const auto* result = std::get_if<CrashResult>(&entry.outcome);
            if (result == nullptr) continue;
            ++summary_.statuses[result->status];
            summary_.cut_short += result->cut_short;
        }
        entries_.clear();
        duplicates_.clear();
        waiting_bytes_ = 0;
    }

    Store& store_;
    std::vector<Candidate> candidates_;
    const JobContext& context_;
    const BatchOptions& options_;
    std::int64_t now_s_;
    const BatchProgress& progress_;
    BatchSummary summary_;
    std::size_t next_ = 0;
    std::unordered_map<std::size_t, std::string> identities_;  // of jobs at work
    std::vector<Entry> entries_;
    std::vector<Duplicate> duplicates_;
    std::size_t waiting_bytes_ = 0;
    Clock::time_point next_write_ = Clock::now() + kBetweenWrites;
};

}  // namespace

BatchSummary run_batch(Store& store, std::vector<Candidate> candidates, const JobContext& context,
                       const BatchOptions& options, std::int64_t now_s,
                       const BatchProgress& progress) {
    return Batch(store, std::move(candidates), context, options, now_s, progress).run();
}

}  // namespace nfstriage::fleet
