#include "fleet/merge.h"

namespace nfstriage::fleet {
namespace {

constexpr std::int64_t kStep = 2000;  // rows in one transaction

class Merge {
public:
    Merge(Store& into, Store& from, const Progress& progress)
        : into_(into), from_(from), progress_(progress) {}

    Result<Added> run() {
        total_ = count("result") + count("source");
        if (auto done = results(); !done) return tl::unexpected<Error>(done.error());
        if (auto done = sources(); !done) return tl::unexpected<Error>(done.error());
        return added_;
    }

private:
    std::uint64_t count(const std::string& table) {
        Statement all = from_.database().prepare("SELECT count(*) FROM " + table);
        return all.row() ? static_cast<std::uint64_t>(all.number(0)) : 0;
    }

    Result<void> results() {
        Statement next = from_.database().prepare(
            "SELECT id, identity, added, facts, json FROM result"
            " JOIN verdict ON verdict.result = result.id WHERE id > ?1 ORDER BY id LIMIT ?2");
        std::int64_t last = 0;
        for (;;) {
            std::vector<Entry> entries;
            next.bind(last, kStep);
            while (next.row()) {
                last = next.number(0);
                auto result = result_from(next.text(3));
                if (!result) {
                    result.error().file = from_.path().string();
                    return tl::unexpected<Error>(result.error());
                }
                result->json = next.text(4);
                Entry entry;
                entry.identity = next.text(1);
                entry.seen_s = next.number(2);
                entry.outcome = std::move(*result);
                entries.push_back(std::move(entry));
            }
            if (auto fine = from_.database().check(); !fine) return fine;
            if (entries.empty()) return {};
            if (auto done = add(entries, {}); !done) return done;
        }
    }

    Result<void> sources() {
        Statement next = from_.database().prepare(
            "SELECT path, stamp, tried, identity, expected, remedy FROM source"
            " LEFT JOIN result ON result.id = source.result"
            " WHERE path > ?1 ORDER BY path LIMIT ?2");
        std::string last;
        for (;;) {
            std::vector<Entry> failures;
            std::vector<Duplicate> links;
            next.bind(last, kStep);
            while (next.row()) {
                last = next.text(0);
                if (!next.is_null(3))
                    links.push_back({last, next.text(1), next.text(3), next.number(2)});
                else
                    failures.push_back({last, next.text(1), "", next.number(2),
                                        Error{last, std::nullopt, next.text(4), next.text(5)}});
            }
            if (auto fine = from_.database().check(); !fine) return fine;
            if (failures.empty() && links.empty()) return {};
            if (auto done = add(failures, links); !done) return done;
        }
    }

    Result<void> add(const std::vector<Entry>& entries, const std::vector<Duplicate>& links) {
        auto step = into_.add(entries, links);
        if (!step) return tl::unexpected<Error>(step.error());
        added_.results += step->results;
        added_.failures += step->failures;
        // What the results add is linked by its source afterwards, which is no second finding.
        if (links.empty()) added_.duplicates += step->duplicates;
        done_ += entries.size() + links.size();
        if (progress_) progress_("merging stores", done_, total_);
        return {};
    }

    Store& into_;
    Store& from_;
    const Progress& progress_;
    Added added_;
    std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<Added> merge(Store& into, Store& from, const Progress& progress) {
    return Merge(into, from, progress).run();
}

}  // namespace nfstriage::fleet
