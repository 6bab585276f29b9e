// The tables that .debug_rnglists and .debug_loclists consist of, checked before libdwarf sees
// them: its release 20210528 frees memory twice when one of their headers is damaged, and believes
// a length that leaves the section. Format: DWARF 5 sections 7.28 and 7.29. We promise: every table
// in what is called sound lies within the section, with the offsets that it announces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace nfstriage::debuginfo {

// Whether a section of this name consists of such tables.
bool has_list_headers(std::string_view section);

// One of the tables.
struct ListTable {
    std::uint64_t offsets = 0;  // where its offsets begin, in bytes of the section
    std::uint32_t count = 0;    // of them
    unsigned offset_size = 4;   // bytes of each
    std::uint64_t end = 0;      // behind its last byte
};
// The table whose offsets begin at `base` (DW_AT_rnglists_base, DW_AT_loclists_base), among those
// in front of the first that is damaged; nothing when there is none.
std::optional<ListTable> list_table(ByteSpan section, std::uint64_t base);
// Where the table's list of that number begins; nothing when it has none, or not in the table.
std::optional<std::uint64_t> list_begin(ByteSpan section, const ListTable& table,
                                        std::uint64_t number);

// How many of the first bytes are whole tables for 64-bit addresses; all of them in a sound
// section.
std::uint64_t sound_list_bytes(ByteSpan section);

}  // namespace nfstriage::debuginfo
