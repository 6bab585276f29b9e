// A block of a code table's third part: parameters of the calls inlined in pieces of functions, as
// bytes and back. Only where the inlined code is are its locations of use: they are cut to its
// stretch, from the first row of the call to the end of its last one, a location reaches over what
// lies between the rows of the call, and most then hold throughout, which takes one number.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "layout/code_blocks_source.h"

namespace nfstriage::layout {

// Bytes into a piece, half-open: from the first row of an inlined call to the end of its last.
struct CodeStretch {
    std::uint64_t begin = 0, end = 0;
};
// Of `node` (at least 1) with all that was inlined into it. Empty when no row leads there.
CodeStretch stretch_of(const CodePiece& piece, std::uint32_t node);

struct InlinedCall {
    std::uint32_t node = 0;  // numbered as decode_source() does
    // Ranges count from the begin of the call's stretch; an end of 0 is its end.
    std::vector<CodeParameter> parameters;
};

struct InlinedPiece {
    std::uint64_t begin = 0;         // of the piece
    std::vector<InlinedCall> calls;  // in the order of their nodes
};

// The calls of a piece that have parameters, from the places that `model` has for them.
InlinedPiece inlined_calls(const CodePiece& piece, const CodeModel& model);

// `pieces` in address order, of addresses that are multiples of 1 << shift. Ranges need not be:
// what a call destroys ends one byte in front of its end.
std::vector<std::uint8_t> encode_inlined(std::span<const InlinedPiece> pieces, unsigned shift,
                                         const CodeStrings& strings,
                                         std::span<const std::uint32_t> shared);

struct InlinedBlock {
    std::vector<std::uint8_t> bytes;  // what the strings point into
    std::vector<InlinedPiece> pieces;
    std::optional<StringTable> strings;
};

// Unknown(corrupt) when the block contradicts itself.
Maybe<InlinedBlock> decode_inlined(std::vector<std::uint8_t> bytes, std::uint64_t first_address,
                                   unsigned shift, std::span<const std::string_view> shared);

}  // namespace nfstriage::layout
