// Turns the types of compilation units into BTF, one at a time. A structure or union with a tag is
// one type whichever unit names it: the first definition that is read counts. What a structure
// holds by value is read with it; what it points to waits in a queue by distance.
// Units and references are foreign: chains of types and nesting are bounded, a type that refers to
// something that is not there is left out together with what holds it by value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "debuginfo/btf_builder.h"
#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

class TypeReader {
public:
    struct Entry {  // a type or function at the top level of the unit
        std::uint64_t offset = 0;
        Dwarf_Half tag = 0;
        std::string_view name;
        Die die;
    };
    struct Place {
        const DwarfObject* object = nullptr;
        std::uint64_t offset = 0;
    };
    struct Tagged {  // structure or union with a tag
        std::string spelling;
        TypeId id = 0;
        Place place;              // of a definition, once one was seen
        bool failed = false;      // it could not be read
        std::uint64_t bytes = 0;  // of the definition that was read
        std::uint64_t shape = 0;  // a hash of its members' names and offsets
    };

    explicit TypeReader(BtfBuilder& builder) : builder_(builder) {}

    // Makes a unit the current one. Entries in file order. False when there is no such unit.
    bool enter(const DwarfObject& object, std::size_t unit);
    const std::vector<Entry>& entries() const { return entries_; }
    std::string_view unit_name() const { return unit_name_; }

    // The BTF type of an entry of the current unit; nothing when it cannot be told.
    std::optional<TypeId> type(const Entry& entry);
    // A function that has code in the current unit, as FUNC. False for others. What its parameters
    // point to waits at `distance`.
    bool function(const Entry& entry, unsigned distance);

    // Reads the definition of a structure or union, with what it holds by value. `distance` counts
    // the pointers followed so far. False when it is a declaration, was defined before, or failed.
    bool define(const Entry& entry, unsigned distance);
    // A definition of something that was declared only, so far: remembers its place.
    void notice(const Entry& entry);
    // What was pointed to and is not defined yet: defines the nearest ones while the BTF is smaller
    // than `limit`.
    void follow(std::uint64_t limit);

    const Tagged* find(std::string_view spelling) const;  // "struct rpc_task"
    // Says so when the entry's size, or also its members, differ from those that were taken. Empty
    // if not.
    std::string difference(const Entry& entry, bool members_too);

    std::uint64_t structures() const;  // defined
    const std::vector<std::string>& remarks() const { return remarks_; }

private:
    using Members = std::vector<BtfBuilder::Member>;
    struct View {  // a DIE, and the object that its references are about
        const DwarfObject& object;
        const Die& die;
    };

    std::optional<TypeId> at(const DwarfObject& object, std::uint64_t offset, unsigned depth);
    std::optional<TypeId> target(const View& view, unsigned depth);
    std::optional<TypeId> read(const View& view, std::uint64_t offset, unsigned depth);
    std::optional<TypeId> base(const Die& die);
    std::optional<TypeId> array(const View& view, unsigned depth);
    std::optional<TypeId> aggregate(const View& view, std::uint64_t offset, unsigned depth);
    std::optional<TypeId> enumeration(const View& view);
    std::optional<TypeId> prototype(const View& view, bool names, unsigned depth);
    std::optional<Members> members(const View& view, unsigned depth);

    Tagged& tagged(layout::BtfKind kind, std::string_view tag);
    bool define(Tagged& tagged, const View& view);
    bool define_placed(Tagged& tagged);
    void need(TypeId by_value);
    void drain();
    const Die* indexed(const DwarfObject& object, std::uint64_t offset) const;

    BtfBuilder& builder_;
    const DwarfObject* object_ = nullptr;  // of the current unit
    std::vector<Entry> entries_;
    std::string unit_name_;
    unsigned distance_ = 0;
    // By object and offset; no value while it is being read or when it cannot be.
    std::map<const DwarfObject*, std::unordered_map<std::uint64_t, std::optional<TypeId>>> known_;
    std::map<std::string, Tagged, std::less<>> tagged_;
    std::unordered_map<TypeId, Tagged*> by_id_;
    std::map<unsigned, std::vector<Tagged*>> waiting_;  // by distance
    std::vector<Tagged*> needed_;                       // by value
    std::unordered_set<TypeId> looked_into_;            // anonymous ones
    std::vector<std::string> remarks_;
};

}  // namespace nfstriage::debuginfo
