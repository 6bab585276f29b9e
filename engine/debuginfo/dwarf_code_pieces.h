// From functions and line tables to the pieces of a code table: for each address of a function the
// innermost inlined call and the line, as rows.
#pragma once

#include <cstdint>
#include <vector>

#include "debuginfo/dwarf_code.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::debuginfo {

// Appends a piece for each range of `function`. Where inlined calls overlap that are not inside
// each other, the first has the address, as it has for addr2line; what one covers outside of the
// call around it does not count. `work` counts down with what is done; at 0 inlined calls are left
// out, which bounds the time for hostile input.
void append_pieces(const UnitFunction& function, const LineTable& lines,
                   std::vector<layout::CodePiece>& pieces, std::uint64_t& work);

}  // namespace nfstriage::debuginfo
