// What the readers of functions need of a DIE's attributes, in one pass over them: libdwarf's
// attribute handles, given back at the end, and the ranges of addresses that a DIE covers, in
// either encoding (.debug_ranges of DWARF 4, .debug_rnglists of DWARF 5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

class UnitLists;

struct CodeRange {
    std::uint64_t begin = 0, end = 0;  // half-open
};

class DieAttributes {
public:
    DieAttributes(const Libdwarf& library, const Die& die);
    ~DieAttributes();
    DieAttributes(const DieAttributes&) = delete;
    DieAttributes& operator=(const DieAttributes&) = delete;

    struct Item {
        Dwarf_Half name = 0;  // DW_AT_*
        Dwarf_Attribute handle = nullptr;
    };
    std::span<const Item> items() const { return items_; }
    Dwarf_Attribute find(Dwarf_Half name) const;  // null when absent

    // Nothing when absent, damaged or of another class.
    std::optional<std::uint64_t> number(Dwarf_Half name) const;
    std::optional<std::uint64_t> address(Dwarf_Half name) const;
    std::string_view text(Dwarf_Half name) const;                        // "" when absent
    std::optional<std::uint64_t> section_offset(Dwarf_Half name) const;  // of another section
    // Offset of the DIE referred to; with the top bit set in the alternate file.
    std::optional<std::uint64_t> reference(Dwarf_Half name) const;
    static constexpr std::uint64_t kAlternate = std::uint64_t{1} << 63;

    // The addresses that the DIE covers, as low_pc with high_pc or as ranges, in the order given.
    // `unit_base` is DW_AT_low_pc of the unit. Appends to `out`; empty ranges are left out.
    void ranges(const UnitLists& lists, std::uint64_t unit_base, std::vector<CodeRange>& out) const;

private:
    void list_ranges(Dwarf_Attribute attribute, const UnitLists& lists, std::uint64_t unit_base,
                     std::vector<CodeRange>& out) const;
    void release(Dwarf_Error error) const;

    const Libdwarf& library_;
    Dwarf_Debug debug_;
    Dwarf_Die die_;
    Dwarf_Attribute* handles_ = nullptr;
    std::vector<Item> items_;
};

}  // namespace nfstriage::debuginfo
