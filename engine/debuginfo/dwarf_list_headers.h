// The tables that .debug_rnglists and .debug_loclists consist of, checked before libdwarf sees
// them: its release 20210528 frees memory twice when one of their headers is damaged, and believes
// a length that leaves the section. Format: DWARF 5 sections 7.28 and 7.29. We promise: every table
// in what is called sound lies within the section, with the offsets that it announces.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace nfstriage::debuginfo {

// Whether a section of this name consists of such tables.
bool has_list_headers(std::string_view section);

// How many of the first bytes are whole tables for 64-bit addresses; all of them in a sound
// section.
std::uint64_t sound_list_bytes(ByteSpan section);

}  // namespace nfstriage::debuginfo
