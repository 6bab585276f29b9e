#include "base/nearest.h"

#include <algorithm>

namespace nfstriage {

std::size_t edit_distance_within(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > limit) return limit + 1;
    std::vector<std::size_t> row(a.size() + 1);
    for (std::size_t i = 0; i <= a.size(); ++i) row[i] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
        // Only cells this near to the diagonal can stay within the limit.
        const std::size_t first = j > limit ? j - limit : 1;
        const std::size_t last = std::min(a.size(), j + limit);
        std::size_t diagonal = row[first - 1];
        row[first - 1] = first == 1 ? j : limit + 1;
        std::size_t best = row[first - 1];
        for (std::size_t i = first; i <= last; ++i) {
            const bool beyond = i == j + limit && i != 0;  // the row above has no cell here
            const std::size_t above = beyond ? limit + 1 : row[i];
            row[i] = std::min({above + 1, row[i - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
            best = std::min(best, row[i]);
        }
        if (best > limit) return limit + 1;
    }
    return std::min(row[a.size()], limit + 1);
}

NearestNames::NearestNames(std::string_view name, std::size_t most)
    : name_(name), most_(most), limit_(std::max<std::size_t>(2, name.size() / 4)) {}

void NearestNames::offer(std::string_view candidate) {
    const std::size_t limit = kept_.size() < most_ ? limit_ : kept_.back().first;
    const std::size_t distance = edit_distance_within(name_, candidate, limit);
    if (distance > limit) return;
    std::pair<std::size_t, std::string> found(distance, candidate);
    auto at = std::lower_bound(kept_.begin(), kept_.end(), found);
    if (at != kept_.end() && *at == found) return;
    kept_.insert(at, std::move(found));
    if (kept_.size() > most_) kept_.pop_back();
}

std::vector<std::string> NearestNames::take() && {
    std::vector<std::string> names;
    for (auto& [distance, name] : kept_) names.push_back(std::move(name));
    return names;
}

}  // namespace nfstriage
