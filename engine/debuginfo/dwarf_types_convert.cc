// TypeReader's second half: one kind of DIE after the other. DWARF 4 and 5, chapter 5.
#include <algorithm>
#include <bit>

#include "debuginfo/dwarf_types_reader.h"
#include "debuginfo/dwarf_types_shape.h"

namespace nfstriage::debuginfo {
namespace {

using layout::BtfKind;

constexpr unsigned kDeepest = 64;             // types inside each other, on the way to a tag
constexpr std::size_t kMostChildren = 65536;  // members, enumerators, parameters

// The byte offset of a member: a constant, or in old DWARF an expression that adds one.
std::optional<std::uint64_t> byte_offset(const Die& member) {
    if (!member.has(DW_AT_data_member_location)) return 0;  // of a union
    if (auto constant = member.number(DW_AT_data_member_location)) return constant;
    auto expression = member.block(DW_AT_data_member_location);
    if (!expression || expression->empty() || (*expression)[0] != DW_OP_plus_uconst)
        return std::nullopt;
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (std::size_t i = 1; i < expression->size() && shift < 64; ++i, shift += 7) {
        value |= std::uint64_t{(*expression)[i] & 0x7fU} << shift;
        if (((*expression)[i] & 0x80) == 0) return value;
    }
    return std::nullopt;
}

// Where a bit field starts. DWARF 4 and later count from the start of the structure; before, from
// the highest bit of a storage unit, which is the last one on our machines.
std::optional<std::uint64_t> bit_offset(const Die& member, std::uint32_t bit_size,
                                        std::optional<std::uint64_t> type_bytes) {
    if (auto from_start = member.number(DW_AT_data_bit_offset)) return from_start;
    auto bytes = byte_offset(member);
    if (!bytes || *bytes > UINT32_MAX) return std::nullopt;
    auto from_top = member.number(DW_AT_bit_offset);
    if (!from_top) return *bytes * 8;
    auto storage = member.number(DW_AT_byte_size);
    if (!storage) storage = type_bytes;
    if (!storage || *storage > 16 || *from_top > *storage * 8) return std::nullopt;
    std::uint64_t end = *bytes * 8 + *storage * 8 - *from_top;
    if (end < bit_size) return std::nullopt;
    return end - bit_size;
}

}  // namespace

std::optional<TypeId> TypeReader::at(const DwarfObject& object, std::uint64_t offset,
                                     unsigned depth) {
    if (depth > kDeepest) return std::nullopt;
    auto& known = known_[&object];
    auto [place, added] = known.try_emplace(offset, std::nullopt);
    if (!added) return place->second;
    std::optional<TypeId> id;
    if (const Die* die = indexed(object, offset)) {
        id = read({object, *die}, offset, depth);
    } else if (Die other = object.die_at(offset)) {
        id = read({object, other}, offset, depth);
    }
    known[offset] = id;
    return id;
}

// The type that an attribute refers to: void when it is absent.
std::optional<TypeId> TypeReader::target(const View& view, unsigned depth) {
    auto reference = view.die.reference(DW_AT_type);
    if (!reference) return view.die.has(DW_AT_type) ? std::nullopt : std::optional<TypeId>(0);
    const DwarfObject* object = reference->alternate ? view.object.alternate() : &view.object;
    if (object == nullptr || reference->by_signature) return std::nullopt;
    return at(*object, reference->offset, depth + 1);
}

std::optional<TypeId> TypeReader::read(const View& view, std::uint64_t offset, unsigned depth) {
    auto qualified = [&](BtfKind kind) -> std::optional<TypeId> {
        auto of = target(view, depth);
        if (!of) return std::nullopt;
        return builder_.refer(kind, *of);
    };
    switch (view.die.tag()) {
        case DW_TAG_base_type:
            return base(view.die);
        case DW_TAG_unspecified_type:
            return 0;
        // What cannot be read may still be pointed to.
        case DW_TAG_pointer_type:
            return builder_.refer(BtfKind::pointer, target(view, depth).value_or(0));
        case DW_TAG_const_type:
            return qualified(BtfKind::const_);
        case DW_TAG_volatile_type:
            return qualified(BtfKind::volatile_);
        case DW_TAG_restrict_type:
            return qualified(BtfKind::restrict_);
        case DW_TAG_atomic_type:
            return target(view, depth);
        case DW_TAG_typedef: {
            auto of = target(view, depth);
            if (!of) return std::nullopt;
            return builder_.typedef_(view.die.name(), *of);
        }
        case DW_TAG_array_type:
            return array(view, depth);
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
            return aggregate(view, offset, depth);
        case DW_TAG_enumeration_type:
            return enumeration(view);
        case DW_TAG_subroutine_type:
            return prototype(view, false, depth);
        default:
            return std::nullopt;
    }
}

std::optional<TypeId> TypeReader::base(const Die& die) {
    std::uint64_t bytes = die.number(DW_AT_byte_size).value_or(0);
    std::uint64_t encoding = die.number(DW_AT_encoding).value_or(0);
    if (bytes == 0 || bytes > 16) return std::nullopt;
    auto size = static_cast<std::uint32_t>(bytes);
    if (encoding == DW_ATE_float) return builder_.floating(die.name(), size);
    if (!std::has_single_bit(bytes)) return std::nullopt;
    using Kind = BtfBuilder::IntKind;
    switch (encoding) {
        case DW_ATE_signed:
        case DW_ATE_signed_char:
            return builder_.integer(die.name(), size, Kind::signed_);
        case DW_ATE_boolean:
            return builder_.integer(die.name(), size, Kind::boolean);
        case DW_ATE_unsigned:
        case DW_ATE_unsigned_char:
        case DW_ATE_UTF:
        case DW_ATE_address:
            return builder_.integer(die.name(), size, Kind::unsigned_);
        default:
            return std::nullopt;
    }
}

std::optional<TypeId> TypeReader::array(const View& view, unsigned depth) {
    auto element = target(view, depth);
    if (!element || *element == 0) return std::nullopt;
    std::vector<std::uint64_t> counts;
    std::size_t seen = 0;
    for (Die child = view.die.child(); child && seen < kDeepest; child = child.sibling(), ++seen) {
        if (child.tag() != DW_TAG_subrange_type) continue;
        auto count = child.number(DW_AT_count);
        if (!count) {
            // Absent for arrays without a size; -1 for those of size 0 from some compilers.
            auto last = child.number(DW_AT_upper_bound);
            count = last && *last < UINT32_MAX ? *last + 1 : 0;
        }
        counts.push_back(*count);
    }
    if (counts.empty()) counts.push_back(0);
    TypeId id = *element;
    for (auto count = counts.rbegin(); count != counts.rend(); ++count)
        id = builder_.array(id, *count);
    return id;
}

std::optional<TypeId> TypeReader::aggregate(const View& view, std::uint64_t offset,
                                            unsigned depth) {
    BtfKind kind = kind_of(view.die.tag());
    std::string_view name = view.die.name();
    bool declaration = view.die.flag(DW_AT_declaration);
    if (!name.empty()) {
        Tagged& which = tagged(kind, name);
        if (!declaration && which.place.object == nullptr) {
            which.place = {&view.object, offset};
            waiting_[distance_].push_back(&which);
        }
        return which.id;
    }
    auto bytes = view.die.number(DW_AT_byte_size);
    if (declaration || !bytes) return std::nullopt;
    auto found = members(view, depth);
    if (!found) return std::nullopt;
    TypeId id = builder_.anonymous(kind, *bytes, *found);
    return id == 0 ? std::nullopt : std::optional<TypeId>(id);
}

std::optional<TypeReader::Members> TypeReader::members(const View& view, unsigned depth) {
    Members result;
    std::size_t seen = 0;
    for (Die child = view.die.child(); child; child = child.sibling()) {
        if (++seen > kMostChildren) return std::nullopt;
        if (child.tag() != DW_TAG_member) continue;
        BtfBuilder::Member member;
        member.name = child.name();
        auto type = target({view.object, child}, depth);
        if (!type || *type == 0) return std::nullopt;
        member.type = *type;
        std::uint64_t bit_size = child.number(DW_AT_bit_size).value_or(0);
        if (bit_size > 255) return std::nullopt;
        member.bit_size = static_cast<std::uint32_t>(bit_size);
        std::optional<std::uint64_t> at;
        if (bit_size != 0)
            at = bit_offset(child, member.bit_size, builder_.size(*type));
        else if (auto bytes = byte_offset(child); bytes && *bytes <= UINT32_MAX)
            at = *bytes * 8;
        if (!at) return std::nullopt;
        member.bit_offset = *at;
        result.push_back(member);
    }
    return result;
}

std::optional<TypeId> TypeReader::enumeration(const View& view) {
    if (view.die.flag(DW_AT_declaration)) return std::nullopt;
    std::uint64_t bytes = view.die.number(DW_AT_byte_size).value_or(4);
    if (bytes == 0 || bytes > 8) return std::nullopt;
    std::vector<BtfBuilder::Enumerator> values;
    bool negative = false;
    std::size_t seen = 0;
    for (Die child = view.die.child(); child; child = child.sibling()) {
        if (++seen > kMostChildren) return std::nullopt;
        if (child.tag() != DW_TAG_enumerator) continue;
        auto value = child.number(DW_AT_const_value);
        if (!value) return std::nullopt;
        values.push_back({child.name(), static_cast<std::int64_t>(*value)});
        negative = negative || values.back().value < 0;
    }
    // A value above INT64_MAX looks negative; the type underneath tells.
    if (negative && bytes == 8)
        if (auto underlying = target(view, 0); underlying && *underlying != 0)
            negative = builder_.is_signed(*underlying);
    return builder_.enumeration(view.die.name(), static_cast<std::uint32_t>(bytes), negative,
                                values);
}

std::optional<TypeId> TypeReader::prototype(const View& view, bool names, unsigned depth) {
    auto result = target(view, depth);
    if (!result) return std::nullopt;
    std::vector<BtfBuilder::Parameter> parameters;
    bool variadic = false;
    for (Die child = view.die.child(); child && parameters.size() < kMostChildren;
         child = child.sibling()) {
        Dwarf_Half tag = child.tag();
        if (tag == DW_TAG_unspecified_parameters) variadic = true;
        if (tag != DW_TAG_formal_parameter) break;  // they come first
        auto type = target({view.object, child}, depth);
        if (!type || *type == 0) return std::nullopt;
        parameters.push_back({names ? child.name() : std::string_view(), *type});
    }
    return builder_.prototype(*result, parameters, variadic);
}

}  // namespace nfstriage::debuginfo
