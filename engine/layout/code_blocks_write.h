// Packs a code model into the bytes that CodeTable reads (code_table.h says what for). The table:
// a header, then five parts: containers of source blocks, of parameter blocks and of the shared
// strings, the index of names (u32 names in each source block, then a fingerprint of 16 bits for
// each of them, ascending inside of a block: of the functions that have pieces or inlined calls
// there, so that they are found without unpacking every block), and to the end a container of the
// parameters of inlined calls, absent where none is known.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "layout/code_blocks_model.h"
#include "layout/name_hash.h"

namespace nfstriage::layout {

struct CodeTableHeader {
    std::uint32_t magic = 0, version = 0;
    std::uint32_t shift = 0;  // addresses of instructions are multiples of 1 << shift
    std::uint32_t pieces = 0;
    std::uint32_t source_size = 0, parameters_size = 0, strings_size = 0;  // bytes
    std::uint32_t names_size = 0;
};
constexpr std::uint32_t kCodeTableMagic = 0x42415443;  // "CTAB"
constexpr std::uint32_t kCodeTableVersion = 2;

struct CodeTableSizes {  // bytes of the parts, for measurements
    std::size_t source = 0, parameters = 0, strings = 0, names = 0, inlined = 0;
};

// `level` is zstd's. Pieces that overlap an earlier one lose what they share with it.
std::vector<std::uint8_t> write_code_table(CodeModel model, int level,
                                           CodeTableSizes* sizes = nullptr);

}  // namespace nfstriage::layout
