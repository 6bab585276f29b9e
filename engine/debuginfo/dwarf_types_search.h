// Where in a large file types are defined, without reading its units: the offset of a name in
// .debug_str stands as it is in .debug_info wherever a DIE has that name (DW_FORM_strp), so a pass
// over the bytes finds the few DIEs to look at. 160 MB take 0.2 s; reading the units, a second.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

struct Definitions {
    std::set<std::size_t> units;  // for each name the first that defines it
    // Whether a name that is in none of these units is nowhere. Not so in files whose names are
    // kept in another way: by index, shared by dwz, 64-bit DWARF.
    bool conclusive = false;
};

// `names` in C spelling: "struct orc_entry", "enum pageflags", "typedef atomic_t".
Definitions find_definitions(const DwarfObject& object, const std::set<std::string>& names);

}  // namespace nfstriage::debuginfo
