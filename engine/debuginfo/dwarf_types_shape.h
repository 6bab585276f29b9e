// Small questions about type DIEs and members that reading and comparing share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "debuginfo/btf_builder.h"
#include "debuginfo/libdwarf.h"

namespace nfstriage::debuginfo {

inline bool is_aggregate(Dwarf_Half tag) {
    return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

inline layout::BtfKind kind_of(Dwarf_Half tag) {
    return tag == DW_TAG_union_type ? layout::BtfKind::union_ : layout::BtfKind::structure;
}

// "struct", "union", "enum", "typedef"; "" for others.
inline std::string_view kind_word(Dwarf_Half tag) {
    switch (tag) {
        case DW_TAG_structure_type:
            return "struct";
        case DW_TAG_union_type:
            return "union";
        case DW_TAG_enumeration_type:
            return "enum";
        case DW_TAG_typedef:
            return "typedef";
        default:
            return {};
    }
}

// A hash of what a reader of memory depends on: names, places and widths of the members.
inline std::uint64_t shape_of(const std::vector<BtfBuilder::Member>& members) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
    for (const auto& member : members) {
        for (char letter : member.name) mix(static_cast<unsigned char>(letter));
        mix(member.bit_offset);
        mix(member.bit_size);
    }
    return hash;
}

}  // namespace nfstriage::debuginfo
