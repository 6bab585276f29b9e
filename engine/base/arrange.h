// Sorting what is large: its order is sorted as numbers, then each item is moved once, in place.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace nfstriage {

// Puts items[from[i]] at place i, for all i at once. `from` holds every index of `items` once.
template <class Items>
void arrange(Items& items, std::vector<std::size_t> from) {
    for (std::size_t begin = 0; begin < from.size(); ++begin) {
        if (from[begin] == begin) continue;
        auto displaced = std::move(items[begin]);
        std::size_t place = begin;
        while (from[place] != begin) {
            items[place] = std::move(items[from[place]]);
            place = std::exchange(from[place], place);
        }
        items[place] = std::move(displaced);
        from[place] = place;
    }
}

}  // namespace nfstriage
