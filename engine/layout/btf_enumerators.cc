#include "layout/btf_enumerators.h"

#include <bit>

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
    std::size_t count = 0;
    for (std::uint32_t id = btf.first_id(); id < btf.end_id(); ++id)
        if (auto type = btf.type(id); type && is_enumeration(type->kind)) count += type->count;
    places_.reserve(count);
    table_.assign(std::bit_ceil(count / 2 + 1), 0);
    // From the last one on, so that chains are in the order of types.
    for (std::uint32_t id = btf.end_id(); id-- > btf.first_id();) {
        auto type = btf.type(id);
        if (!type || !is_enumeration(type->kind)) continue;
        for (std::uint32_t i = type->count; i-- > 0;) {
            std::string_view name = btf.name(btf.word(id, *type, i * words_of(type->kind)));
            std::uint32_t& first = table_[name_hash(name) & (table_.size() - 1)];
            places_.push_back({id, i, first});
            first = static_cast<std::uint32_t>(places_.size());
        }
    }
}

std::optional<std::int64_t> BtfEnumerators::find(std::string_view name) const {
    for (std::uint32_t at = table_[name_hash(name) & (table_.size() - 1)]; at != 0;
         at = places_[at - 1].next) {
        const Place& place = places_[at - 1];
        auto type = btf_.type(place.type);
        const std::uint32_t first = place.index * words_of(type->kind);
        auto word = [&](std::uint32_t i) { return btf_.word(place.type, *type, first + i); };
        if (!btf_.is_named(word(0), name)) continue;
        if (type->kind == BtfKind::enumeration) return static_cast<std::int32_t>(word(1));
        return static_cast<std::int64_t>(word(1) | std::uint64_t{word(2)} << 32);
    }
    return std::nullopt;
}

}  // namespace nfstriage::layout
