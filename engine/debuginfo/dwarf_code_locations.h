// Where parameters live and what calls pass: location expressions and location lists (DWARF 5
// sections 2.5, 2.6 and 7.7, .debug_loc and .debug_loclists), as far as they are one of the simple
// kinds of layout::Location.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "debuginfo/dwarf_object.h"
#include "debuginfo/dwarf_unit_lists.h"
#include "layout/code_table.h"

namespace nfstriage::debuginfo {

// What the operand of DW_OP_fbreg counts from.
struct FrameBase {
    enum class Kind : std::uint8_t { canonical_frame_address, in_register, other };
    Kind kind = Kind::other;
    std::uint16_t reg = 0;
};

class CodeLocations {
public:
    // `lists`: of the unit whose attributes are read. Both must outlive it.
    CodeLocations(const DwarfObject& object, const UnitLists& lists)
        : object_(object), lists_(lists) {}

    FrameBase frame_base(Dwarf_Attribute attribute) const;

    // DW_AT_location: begin == end == 0 where it holds throughout. Empty when optimised away.
    std::vector<layout::Location> places(Dwarf_Attribute attribute, const FrameBase& base) const;

    // DW_AT_location of a call's parameter: the register that it is passed in.
    std::optional<std::uint16_t> passed_in(Dwarf_Attribute attribute) const;
    // DW_AT_call_value: the value passed; nothing when it is of another kind.
    std::optional<layout::Location> value(Dwarf_Attribute attribute, const FrameBase& base) const;

private:
    struct Operation {
        std::uint8_t code = 0;  // DW_OP_*
        std::uint64_t first = 0, second = 0;
    };
    struct Expression {
        bool everywhere = false;
        std::uint64_t begin = 0, end = 0;
        std::vector<Operation> operations;
    };
    std::vector<Expression> read(Dwarf_Attribute attribute) const;
    static std::optional<std::uint16_t> register_of(const Operation& operation);
    static std::optional<std::uint16_t> entry_register(const Operation& operation);
    static std::optional<std::int64_t> constant_of(const Operation& operation);
    static std::optional<layout::Location> sum_of(const Operation& operation,
                                                  const FrameBase& base);
    static layout::Location place_of(const Expression& expression, const FrameBase& base);
    void release(Dwarf_Error error) const;

    const DwarfObject& object_;
    const UnitLists& lists_;
};

}  // namespace nfstriage::debuginfo
