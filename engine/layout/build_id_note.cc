#include "layout/build_id_note.h"

#include "base/bytes.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 16;  // of notes: vmlinux has a few hundred
constexpr std::uint32_t kMostIdBytes = 64;     // SHA-1 has 20
constexpr std::uint32_t kNtGnuBuildId = 3;

struct Header {  // Elf64_Nhdr
    std::uint32_t name_size, size, type;
};

std::uint64_t padded(std::uint32_t size) { return (std::uint64_t{size} + 3) & ~std::uint64_t{3}; }

}  // namespace

Maybe<std::string> read_build_id(const dump::Memory& memory, VAddr at, std::uint64_t size) {
    if (size > kMostBytes)
        return unknown(Reason::corrupt, "notes of " + std::to_string(size) + " bytes");
    auto raw = memory.bytes(at, size);
    if (!raw) return tl::unexpected<Unknown>(raw.error());
    Bytes notes{ByteSpan(*raw)};
    for (std::uint64_t offset = 0; offset + sizeof(Header) <= size;) {
        auto header = *notes.get<Header>(offset);
        auto name = notes.range(offset + sizeof(Header), header.name_size);
        std::uint64_t contents = offset + sizeof(Header) + padded(header.name_size);
        auto id = notes.range(contents, header.size);
        if (!name || !id) return unknown(Reason::corrupt, "notes at " + hex(at));
        bool gnu = name->size() == 4 && std::string(name->begin(), name->end() - 1) == "GNU";
        if (gnu && header.type == kNtGnuBuildId && header.size <= kMostIdBytes) {
            std::string text;
            for (std::uint8_t byte : *id) {
                text += "0123456789abcdef"[byte >> 4];
                text += "0123456789abcdef"[byte & 15];
            }
            return text;
        }
        offset = contents + padded(header.size);
    }
    return unknown(Reason::no_symbol, "no build id among the notes at " + hex(at));
}

}  // namespace nfstriage::layout
