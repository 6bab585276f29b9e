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
        std::uint32_t hash;  // name_hash()
        std::uint32_t type, index;
    };
    const Btf& btf_;
    std::vector<Place> places_;  // by hash, of equal ones in the order of types
};

}  // namespace nfstriage::layout
