#include "layout/btf_enumerators.h"

#include "layout/name_hash.h"

namespace nfstriage::layout {
namespace {

// 32-bit words of struct btf_enum and struct btf_enum64: name, value, upper half of the value.
std::uint32_t words_of(BtfKind kind) { return kind == BtfKind::enumeration64 ? 3 : 2; }

bool is_enumeration(BtfKind kind) {
    return kind == BtfKind::enumeration || kind == BtfKind::enumeration64;
}

}  // namespace

BtfEnumerators::BtfEnumerators(const Btf& btf) : btf_(btf) {
    for (std::uint32_t id = btf.first_id(); id < btf.end_id(); ++id) {
        auto type = btf.type(id);
        if (!type || !is_enumeration(type->kind)) continue;
        for (std::uint32_t i = 0; i < type->count; ++i) places_.push_back({id, i});
    }
    places_.shrink_to_fit();
    by_name_ = NameChains(places_.size(), places_.size());
    for (auto item = static_cast<std::uint32_t>(places_.size()); item-- > 0;)
        by_name_.add(name_hash(btf.name(word(places_[item], 0))), item);
}

std::uint32_t BtfEnumerators::word(const Place& place, std::uint32_t index) const {
    auto type = btf_.type(place.type);
    return btf_.word(place.type, *type, place.index * words_of(type->kind) + index);
}

std::optional<std::int64_t> BtfEnumerators::find(std::string_view name) const {
    for (std::uint32_t item : by_name_.of(name_hash(name))) {
        const Place& place = places_[item];
        if (!btf_.is_named(word(place, 0), name)) continue;
        if (btf_.type(place.type)->kind == BtfKind::enumeration)
            return static_cast<std::int32_t>(word(place, 1));
        return static_cast<std::int64_t>(word(place, 1) | std::uint64_t{word(place, 2)} << 32);
    }
    return std::nullopt;
}

}  // namespace nfstriage::layout
