// The constants of every enumeration of one BTF blob, by name. A kernel has about twenty thousand,
// of which a few dozen are asked for: kept are their places, not their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "layout/btf.h"
#include "layout/name_chains.h"

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
    };
    // A word of the enumerator's struct btf_enum or btf_enum64.
    std::uint32_t word(const Place& place, std::uint32_t index) const;

    const Btf& btf_;
    std::vector<Place> places_;
    NameChains by_name_;  // of places_
};

}  // namespace nfstriage::layout
