// The lists of ranges and of locations that the DIEs of a unit refer to, walked to their end before
// libdwarf reads them, with the expressions in them: its release 20210528 begins wherever a table
// of offsets says, and goes on behind an expression wherever its length says. Format: DWARF 5
// sections 2.17.3, 7.7.3 and 7.25 (.debug_rnglists, .debug_loclists), DWARF 4 sections 2.17.3 and
// 2.6.2 (.debug_ranges, .debug_loc).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "debuginfo/dwarf_list_headers.h"
#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

// Whether the list that begins at `offset` ends in the section. `version` and `offset_size`: of its
// unit.
bool locations_end(ByteSpan section, std::uint64_t offset, unsigned version,
                   unsigned offset_size = 4);
bool ranges_end(ByteSpan section, std::uint64_t offset, unsigned version);

// For one unit after the other.
class UnitLists {
public:
    explicit UnitLists(const DwarfObject& object);

    void enter(const Die& unit);
    unsigned version() const { return version_; }  // of the unit's DWARF

    // Whether libdwarf may read what an attribute of the unit says of locations: an expression or a
    // list, and it ends.
    bool may_read_locations(Dwarf_Attribute attribute) const;
    // Where in its section the list of ranges begins that an attribute of the unit refers to.
    // Nothing: it is damaged, or there is none.
    std::optional<std::uint64_t> ranges_at(Dwarf_Attribute attribute) const;

private:
    struct Sections {
        ByteSpan before_5, since_5;      // as far as libdwarf sees them
        std::optional<ListTable> table;  // of since_5, the unit's
        ByteSpan of(unsigned version) const { return version >= 5 ? since_5 : before_5; }
    };
    Sections find(std::string_view before_5, std::string_view since_5) const;
    std::optional<Dwarf_Half> form_of(Dwarf_Attribute attribute) const;
    std::optional<std::uint64_t> offset_of(Dwarf_Attribute attribute, Dwarf_Half form,
                                           const Sections& sections) const;

    const DwarfObject& object_;
    Sections ranges_, locations_;
    unsigned version_ = 0, offset_size_ = 4;
};

}  // namespace nfstriage::debuginfo
