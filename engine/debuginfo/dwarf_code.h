// The functions of one compilation unit with what was inlined into them, parameters of both and
// calls, out of .debug_info (DWARF 5 section 3.3). Only code is read: types and declarations are
// stepped over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "debuginfo/dwarf_code_attributes.h"
#include "debuginfo/dwarf_code_locations.h"
#include "debuginfo/dwarf_code_names.h"
#include "debuginfo/dwarf_lines.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::debuginfo {

// A function as the unit has it; strings are those of the model.
struct UnitFunction {
    std::uint64_t entry = 0;
    std::uint32_t name = 0;
    std::vector<CodeRange> ranges;
    // What was inlined, a call before the calls inside it; parents as in layout::CodeNode.
    struct Inlined {
        layout::CodeNode node;
        std::uint64_t origin = 0;                   // DIE with the name
        std::uint32_t first_range = 0, ranges = 0;  // in inlined_ranges
    };
    std::vector<Inlined> inlined;
    std::vector<CodeRange> inlined_ranges;
    std::vector<std::vector<layout::CodeParameter>> inlined_known;  // what CodeNode::known counts
    layout::CodeParameters known;                                   // entry, parameters and calls
};

struct UnitOptions {
    bool parameters = true;  // read parameters and where they live
    bool calls = true;       // read what calls pass
    // Whether parameters of inlined functions are read that are defined in a file; null: none.
    std::function<bool(std::string_view path)> inlined;
    std::string_view path;  // of the unit
};

class UnitReader {
public:
    // Parameters of inlined calls and their locations in one object, beyond which they are left
    // out.
    static constexpr std::uint64_t kMaxInlined = 2'000'000;

    UnitReader(const DwarfObject& object, CodeNames& names, layout::CodeStrings& strings)
        : object_(object),
          library_(object.library()),
          names_(names),
          strings_(strings),
          lists_(object),
          locations_(object, lists_) {}

    // The functions with code below the unit's first DIE. `lines` gives file names to the numbers
    // of calls, `unit_base` is the unit's DW_AT_low_pc.
    std::vector<UnitFunction> read(const Die& unit, LineTable& lines, std::uint64_t unit_base,
                                   const UnitOptions& options);
    bool damaged() const { return damaged_; }

private:
    // Whether the walk, which goes from parents to children, has not been there yet: siblings of
    // damaged entries lead into what belongs to others.
    bool goes_on(const Die& die);
    void walk_top(const Die& parent, unsigned depth);
    void read_function(const Die& die);
    void walk_body(const Die& parent, std::uint32_t node, unsigned depth);
    std::uint32_t read_inlined(const Die& die, std::uint32_t parent);
    void read_inlined_parameters(const Die& die, UnitFunction::Inlined& inlined);
    bool spend(std::uint64_t inlined);  // false when nothing is left
    void read_parameter(const Die& die);
    layout::CodeParameter name_and_type(const DieAttributes& attributes);

    // An inlined function as it was written: instances refer to its parameters.
    struct Abstract {
        std::vector<std::uint64_t> dies;  // of the parameters
        std::vector<layout::CodeParameter> parameters;
        bool wanted = false;  // a parameter of it is kept
    };
    const Abstract& abstract(std::uint64_t offset);
    void read_call(const Die& die);

    const DwarfObject& object_;
    const Libdwarf& library_;
    CodeNames& names_;
    layout::CodeStrings& strings_;
    UnitLists lists_;
    CodeLocations locations_;

    // Of the unit and the function being read.
    LineTable* lines_ = nullptr;
    std::uint64_t unit_base_ = 0;
    UnitOptions options_;
    std::vector<UnitFunction> functions_;
    UnitFunction* function_ = nullptr;
    FrameBase frame_base_;
    std::vector<std::pair<std::size_t, std::uint64_t>> origins_;  // function → DIE with its name
    std::unordered_map<std::uint64_t, Abstract> abstracts_;       // by offset
    std::uint64_t unit_begin_ = 0, unit_end_ = 0;                 // offsets in .debug_info
    std::uint64_t inlined_left_ = kMaxInlined;                    // of the whole object
    bool damaged_ = false;
    std::uint64_t walked_ = 0;  // offset of the DIE walked to last
};

}  // namespace nfstriage::debuginfo
