// Names of functions and C spellings of types by the offset of their DIE, for the readers of
// functions: each is read once in a unit. An instance of an inlined function and an optimised copy
// have no name of their own but refer to the abstract one (DW_AT_abstract_origin), in another unit
// where link-time optimisation merged them, in dwz's alternate file where that has it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "debuginfo/dwarf_code_attributes.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::debuginfo {

class CodeNames {
public:
    CodeNames(const DwarfObject& object, layout::CodeStrings& strings)
        : object_(object), strings_(strings) {}

    void start_unit();
    // Tells the name of a DIE that the walk comes by, or the one to ask instead (0: none).
    void tell(std::uint64_t offset, std::string_view name, std::uint64_t origin);

    // The string of a function's or parameter's name; 0 when it has none.
    std::uint32_t name(std::uint64_t offset) { return name(offset, 0); }
    // The string of "struct nfs_page *" for the DIE of a type.
    std::uint32_t type(std::uint64_t offset);
    // Of the DIE of a parameter, where it may stand at the abstract one.
    std::uint32_t type_of(std::uint64_t parameter);

private:
    struct Named {
        std::uint32_t name = 0;
        std::uint64_t origin = 0;
        bool read = false;
    };
    std::uint32_t name(std::uint64_t offset, unsigned depth);
    std::string spell(std::uint64_t offset, unsigned depth);
    Die die(std::uint64_t offset) const;

    const DwarfObject& object_;
    layout::CodeStrings& strings_;
    std::unordered_map<std::uint64_t, Named> named_;
    std::unordered_map<std::uint64_t, std::uint32_t> types_, parameter_types_;
};

}  // namespace nfstriage::debuginfo
