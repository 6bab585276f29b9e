#include "layout/btf_enumerators.h"

#include <algorithm>

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
        for (std::uint32_t i = 0; i < type->count; ++i) {
            std::string_view name = btf.name(btf.word(id, *type, i * words_of(type->kind)));
            places_.push_back({name_hash(name), id, i});
        }
    }
    places_.shrink_to_fit();
    std::stable_sort(places_.begin(), places_.end(),
                     [](const Place& a, const Place& b) { return a.hash < b.hash; });
}

std::optional<std::int64_t> BtfEnumerators::find(std::string_view name) const {
    const std::uint32_t hash = name_hash(name);
    auto at = std::lower_bound(places_.begin(), places_.end(), hash,
                               [](const Place& place, std::uint32_t h) { return place.hash < h; });
    for (; at != places_.end() && at->hash == hash; ++at) {
        auto type = btf_.type(at->type);
        const std::uint32_t first = at->index * words_of(type->kind);
        auto word = [&](std::uint32_t i) { return btf_.word(at->type, *type, first + i); };
        if (!btf_.is_named(word(0), name)) continue;
        if (type->kind == BtfKind::enumeration) return static_cast<std::int32_t>(word(1));
        return static_cast<std::int64_t>(word(1) | std::uint64_t{word(2)} << 32);
    }
    return std::nullopt;
}

}  // namespace nfstriage::layout
