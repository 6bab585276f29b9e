// What ElfObject does with the contents of one section: unpacking (SHF_COMPRESSED with zlib or
// zstd, .zdebug_*) and the relocations of ET_REL. Formats: System V gABI chapters 4 and "Section
// compression", the psABI supplements of x86_64 and aarch64. Sizes are checked against what the
// packed bytes can hold at most, before anything is allocated.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/arch.h"
#include "base/bytes.h"

namespace nfstriage::debuginfo {

constexpr std::uint64_t kSectionLimit = std::uint64_t{2} << 30;  // bytes, unpacked

enum class Packing : std::uint8_t { none, zlib, zstd };

// How a section is packed: its payload starts `header` bytes into it and unpacks to `size` bytes.
struct PackedForm {
    Packing packing = Packing::none;
    std::uint64_t header = 0;
    std::uint64_t size = 0;
    std::uint64_t alignment = 1;
};

// Of a section with SHF_COMPRESSED, or named .zdebug_*. Unknown(corrupt) when the header is cut, of
// an unknown kind, or promises more than the payload or the limit allows.
Maybe<PackedForm> read_compression_header(ByteSpan section);
Maybe<PackedForm> read_zdebug_header(ByteSpan section);

// Memory of which only the pages that are written count.
struct Buffer {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size = 0;
    std::span<std::uint8_t> span() const { return {bytes.get(), size}; }
};
Maybe<Buffer> allocate(std::uint64_t size);

// Fills `out` exactly. Unknown(corrupt) when the payload is damaged or is another size.
Maybe<void> unpack(Packing packing, ByteSpan payload, std::span<std::uint8_t> out);

// Where the symbols of an ET_REL file are, by index; undefined symbols are at 0, as the debug
// information of the kernel's own tools has it.
using SymbolAddresses = std::vector<std::uint64_t>;

// Applies SHT_RELA entries to `target`, which is at `address` in memory. Unknown(corrupt): a
// relocation outside of the section, of a symbol that is not there, with a value that does not fit,
// or of a kind that data and debug sections do not have.
Maybe<void> relocate(Arch arch, ByteSpan relocations, const SymbolAddresses& symbols,
                     std::uint64_t address, std::span<std::uint8_t> target);

}  // namespace nfstriage::debuginfo
