#include "debuginfo/dwarf_types_reader.h"

#include <algorithm>

#include "debuginfo/dwarf_types_shape.h"

namespace nfstriage::debuginfo {
namespace {

using layout::BtfKind;

constexpr std::size_t kMostKnown = 500000;    // remembered offsets, over all objects
constexpr std::size_t kMostInUnit = 2000000;  // entries of one unit

bool interesting(Dwarf_Half tag) {
    switch (tag) {
        case DW_TAG_base_type:
        case DW_TAG_pointer_type:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type:
        case DW_TAG_typedef:
        case DW_TAG_array_type:
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_subroutine_type:
        case DW_TAG_unspecified_type:
        case DW_TAG_subprogram:
            return true;
        default:
            return false;
    }
}

bool may_be_root(Dwarf_Half tag) {
    return is_aggregate(tag) || tag == DW_TAG_enumeration_type || tag == DW_TAG_typedef;
}

}  // namespace

bool TypeReader::enter(const DwarfObject& object, std::size_t unit) {
    entries_.clear();
    unit_name_.clear();
    object_ = nullptr;
    if (unit >= object.units().size()) return false;
    std::size_t remembered = 0;
    for (const auto& [of, offsets] : known_) remembered += offsets.size();
    if (remembered > kMostKnown) known_.clear();
    Die top = object.die_at(object.units()[unit].die);
    if (!top) return false;
    object_ = &object;
    unit_name_ = top.name();
    std::uint64_t last = 0;
    for (Die die = top.child(); die;) {
        std::uint64_t offset = die.offset();
        if (offset <= last || entries_.size() == kMostInUnit) {
            remarks_.push_back(object.elf().path().filename().string() +
                               ": the debug information of " + unit_name_ + " is damaged at " +
                               std::to_string(offset));
            break;
        }
        last = offset;
        Die next = die.sibling();
        Dwarf_Half tag = die.tag();
        if (interesting(tag))
            entries_.push_back(
                {offset, tag, may_be_root(tag) ? die.name() : std::string_view(), std::move(die)});
        die = std::move(next);
    }
    return true;
}

const Die* TypeReader::indexed(const DwarfObject& object, std::uint64_t offset) const {
    if (&object != object_) return nullptr;
    auto at = std::lower_bound(
        entries_.begin(), entries_.end(), offset,
        [](const Entry& entry, std::uint64_t value) { return entry.offset < value; });
    return at != entries_.end() && at->offset == offset ? &at->die : nullptr;
}

std::optional<TypeId> TypeReader::type(const Entry& entry) {
    auto id = at(*object_, entry.offset, 0);
    if (id) need(*id);
    drain();
    return id;
}

bool TypeReader::function(const Entry& entry, unsigned distance) {
    if (entry.tag != DW_TAG_subprogram) return false;
    bool has_code = entry.die.has(DW_AT_low_pc) || entry.die.has(DW_AT_ranges);
    if (!has_code || entry.die.flag(DW_AT_declaration)) return false;
    // A function that is also inlined somewhere has its name and parameters elsewhere.
    const DwarfObject* object = object_;
    Die origin;
    if (auto reference = entry.die.reference(DW_AT_abstract_origin)) {
        if (reference->alternate) object = object_->alternate();
        if (object == nullptr) return false;
        origin = object->die_at(reference->offset);
        if (!origin || origin.tag() != DW_TAG_subprogram) return false;
    }
    const Die& described = origin ? origin : entry.die;
    std::string_view name = described.name();
    if (name.empty()) return false;
    distance_ = distance;
    auto shape = prototype({*object, described}, true, 0);
    if (!shape) return false;
    builder_.function(name, *shape, described.flag(DW_AT_external));
    return true;
}

TypeReader::Tagged& TypeReader::tagged(BtfKind kind, std::string_view tag) {
    std::string spelling = kind == BtfKind::union_ ? "union " : "struct ";
    spelling += tag;
    auto [at, added] = tagged_.try_emplace(spelling);
    if (added) {
        at->second.id = builder_.declare(kind, tag);
        at->second.spelling = std::move(spelling);
        by_id_.emplace(at->second.id, &at->second);
    }
    return at->second;
}

const TypeReader::Tagged* TypeReader::find(std::string_view spelling) const {
    auto at = tagged_.find(spelling);
    return at == tagged_.end() ? nullptr : &at->second;
}

bool TypeReader::define(const Entry& entry, unsigned distance) {
    if (!is_aggregate(entry.tag) || entry.name.empty()) return false;
    if (entry.die.flag(DW_AT_declaration)) return false;
    Tagged& which = tagged(kind_of(entry.tag), entry.name);
    if (builder_.defined(which.id) || which.failed) return false;
    distance_ = distance;
    which.place = {object_, entry.offset};
    bool done = define(which, {*object_, entry.die});
    drain();
    return done;
}

void TypeReader::notice(const Entry& entry) {
    if (!is_aggregate(entry.tag) || entry.name.empty()) return;
    std::string spelling = kind_of(entry.tag) == BtfKind::union_ ? "union " : "struct ";
    auto known = tagged_.find(spelling.append(entry.name));
    if (known == tagged_.end() || known->second.place.object != nullptr) return;
    if (entry.die.flag(DW_AT_declaration)) return;
    known->second.place = {object_, entry.offset};
    waiting_[2].push_back(&known->second);
}

bool TypeReader::define(Tagged& which, const View& view) {
    auto found = members(view, 0);
    auto bytes = view.die.number(DW_AT_byte_size);
    if (!found || !bytes || !builder_.define(which.id, *bytes, *found)) {
        which.failed = true;
        remarks_.push_back(view.object.elf().path().filename().string() + ": " + which.spelling +
                           " cannot be read" +
                           (view.object.missing_alternate().empty()
                                ? std::string(": its debug information is damaged or unusual")
                                : ": " + view.object.missing_alternate()));
        return false;
    }
    which.bytes = *bytes;
    which.shape = shape_of(*found);
    for (const auto& member : *found) need(member.type);
    return true;
}

bool TypeReader::define_placed(Tagged& which) {
    if (builder_.defined(which.id) || which.failed || which.place.object == nullptr) return false;
    const DwarfObject& object = *which.place.object;
    if (const Die* die = indexed(object, which.place.offset)) return define(which, {object, *die});
    Die die = object.die_at(which.place.offset);
    if (!die) which.failed = true;
    return die && define(which, {object, die});
}

// What a type holds by value has to be defined too.
void TypeReader::need(TypeId by_value) {
    std::vector<TypeId> open = {by_value};
    while (!open.empty()) {
        TypeId id = open.back();
        open.pop_back();
        BtfKind kind = builder_.kind(id);
        while (kind == BtfKind::typedef_ || kind == BtfKind::const_ || kind == BtfKind::volatile_ ||
               kind == BtfKind::restrict_ || kind == BtfKind::array) {
            id = builder_.target(id);
            kind = builder_.kind(id);
        }
        if (kind != BtfKind::structure && kind != BtfKind::union_) continue;
        auto known = by_id_.find(id);
        if (known != by_id_.end()) {
            if (!builder_.defined(id)) needed_.push_back(known->second);
        } else if (looked_into_.insert(id).second) {
            for (TypeId member : builder_.member_types(id)) open.push_back(member);
        }
    }
}

void TypeReader::drain() {
    while (!needed_.empty()) {
        Tagged* next = needed_.back();
        needed_.pop_back();
        define_placed(*next);
    }
}

void TypeReader::follow(std::uint64_t limit) {
    while (!waiting_.empty()) {
        auto nearest = waiting_.begin();
        distance_ = nearest->first + 1;
        std::vector<Tagged*> now = std::move(nearest->second);
        waiting_.erase(nearest);
        for (Tagged* next : now) {
            if (builder_.bytes() >= limit) return;
            define_placed(*next);
            drain();
        }
    }
}

std::uint64_t TypeReader::structures() const {
    return static_cast<std::uint64_t>(
        std::count_if(tagged_.begin(), tagged_.end(),
                      [&](const auto& entry) { return builder_.defined(entry.second.id); }));
}

std::string TypeReader::difference(const Entry& entry, bool members_too) {
    if (!is_aggregate(entry.tag) || entry.name.empty()) return {};
    std::string spelling = kind_of(entry.tag) == BtfKind::union_ ? "union " : "struct ";
    const Tagged* first = find(spelling.append(entry.name));
    if (first == nullptr || !builder_.defined(first->id) || first->place.object == object_)
        return {};
    if (entry.die.flag(DW_AT_declaration)) return {};
    std::string other = object_->elf().path().filename().string();
    std::string taken = first->place.object->elf().path().filename().string();
    auto bytes = entry.die.number(DW_AT_byte_size);
    if (bytes && *bytes != first->bytes)
        return spelling + " has " + std::to_string(first->bytes) + " bytes in " + taken + " and " +
               std::to_string(*bytes) + " in " + other + "; the first is taken";
    if (!members_too) return {};
    auto found = members({*object_, entry.die}, 0);
    if (!found || shape_of(*found) == first->shape) return {};
    return spelling + " has other members in " + other + " than in " + taken +
           "; the latter are taken";
}

}  // namespace nfstriage::debuginfo
