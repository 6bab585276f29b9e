// A block of a code table's second half: parameters of functions with the places where they live,
// and what is passed in registers at their calls, as bytes and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "layout/code_blocks_source.h"

namespace nfstriage::layout {

// A location without its range, with one bit that the caller gives a meaning.
void write_location(CodeWriter& kinds, CodeWriter& offsets, const Location& location, bool mark);
std::pair<Location, bool> read_location(CodeReader& kinds, CodeReader& offsets);

// `functions` in the order of their entries.
std::vector<std::uint8_t> encode_parameters(std::span<const CodeParameters* const> functions,
                                            const CodeStrings& strings,
                                            std::span<const std::uint32_t> shared);

struct ParameterBlock {
    std::vector<std::uint8_t> bytes;  // what the strings point into
    std::vector<CodeParameters> functions;
    std::optional<StringTable> strings;
};

// Unknown(corrupt) when the block contradicts itself.
Maybe<ParameterBlock> decode_parameters(std::vector<std::uint8_t> bytes,
                                        std::uint64_t first_address,
                                        std::span<const std::string_view> shared);

}  // namespace nfstriage::layout
