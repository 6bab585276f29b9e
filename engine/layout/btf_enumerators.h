// The constants of every enumeration of one BTF blob, by name. A kernel has about twenty thousand,
// of which a few dozen are asked for: kept are their places, not their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "layout/btf.h"

namespace nfstriage::layout {

class BtfEnumerators {
public:
    // `btf` must outlive it.
    explicit BtfEnumerators(const Btf& btf);

    // The value of the first enumerator of that name, in the order of types.
    std::optional<std::int64_t> find(std::string_view name) const;

private:
    struct Place {
        std::uint32_t type, index;
        std::uint32_t next;  // place + 1 of the next one whose name has this hash; 0: none
    };
    const Btf& btf_;
    std::vector<Place> places_;
    std::vector<std::uint32_t> table_;  // by hash: place + 1 of the first one
};

}  // namespace nfstriage::layout
