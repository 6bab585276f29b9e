// Names nearest to one that was misspelt, out of as many as a kernel has symbols.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nfstriage {

// Insertions, deletions and replacements that make `a` of `b`; limit + 1 where it takes more than
// `limit`.
std::size_t edit_distance_within(std::string_view a, std::string_view b, std::size_t limit);

class NearestNames {
public:
    // At most `most` are kept. A quarter of the name's length may differ, two letters at least.
    explicit NearestNames(std::string_view name, std::size_t most = 3);

    void offer(std::string_view candidate);
    // Nearest first, of equal ones by name; each once.
    std::vector<std::string> take() &&;

private:
    std::string name_;
    std::size_t most_, limit_;
    std::vector<std::pair<std::size_t, std::string>> kept_;  // distance and name, sorted
};

}  // namespace nfstriage
