#include "debuginfo/elf_sections.h"

#include <elf.h>
#include <libdeflate.h>
#include <zstd.h>

#include <cstring>
#include <new>
#include <optional>

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint32_t kZstd = 2;  // ELFCOMPRESS_ZSTD, newer than some elf.h

// The most that n packed bytes can become: deflate codes at least 1 bit for 258 bytes, a block of
// zstd at least 4 bytes for 128 KiB.
constexpr std::uint64_t kDeflateRatio = 1032;
constexpr std::uint64_t kZstdRatio = 32768;

Maybe<PackedForm> plausible(PackedForm form, std::uint64_t section_size) {
    if (form.size > kSectionLimit)
        return unknown(Reason::corrupt, "unpacks to " + std::to_string(form.size) +
                                            " bytes, more than the limit of 2 GiB");
    std::uint64_t payload = section_size - form.header;
    std::uint64_t ratio = form.packing == Packing::zlib ? kDeflateRatio : kZstdRatio;
    if (form.size / ratio > payload)
        return unknown(Reason::corrupt, std::to_string(payload) + " packed bytes cannot hold " +
                                            std::to_string(form.size));
    return form;
}

Maybe<void> inflate(ByteSpan payload, std::span<std::uint8_t> out) {
    std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> state(
        libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
    if (!state) return unknown(Reason::corrupt, "no memory for the decompressor");
    // Linkers may join the streams of several input files.
    while (!out.empty()) {
        std::size_t read = 0, written = 0;
        auto outcome = libdeflate_zlib_decompress_ex(state.get(), payload.data(), payload.size(),
                                                     out.data(), out.size(), &read, &written);
        if (outcome != LIBDEFLATE_SUCCESS || read == 0 || written == 0)
            return unknown(Reason::corrupt, "the zlib data is damaged");
        payload = payload.subspan(read);
        out = out.subspan(written);
    }
    return {};
}

Maybe<void> unpack_zstd(ByteSpan payload, std::span<std::uint8_t> out) {
    std::size_t size = ZSTD_decompress(out.data(), out.size(), payload.data(), payload.size());
    if (ZSTD_isError(size) || size != out.size())
        return unknown(Reason::corrupt, "the zstd data is damaged");
    return {};
}

struct Kind {
    unsigned width;    // bytes; 0: nothing to do
    bool relative;     // to the place
    bool sign_extend;  // when the place is narrower than an address
    bool either;       // a value may be read as signed or as unsigned
};

// The kinds that data and debug sections have.
std::optional<Kind> kind_of(Arch arch, std::uint32_t type) {
    if (arch == Arch::x86_64) switch (type) {
            case R_X86_64_NONE:
                return Kind{0, false, false, false};
            case R_X86_64_64:
                return Kind{8, false, false, false};
            case R_X86_64_DTPOFF64:
                return Kind{8, false, false, false};
            case R_X86_64_PC64:
                return Kind{8, true, true, false};
            case R_X86_64_32:
                return Kind{4, false, false, false};
            case R_X86_64_32S:
                return Kind{4, false, true, false};
            case R_X86_64_DTPOFF32:
                return Kind{4, false, true, false};
            case R_X86_64_PC32:
            case R_X86_64_PLT32:
                return Kind{4, true, true, false};
            case R_X86_64_16:
                return Kind{2, false, false, true};
            case R_X86_64_PC16:
                return Kind{2, true, true, false};
            default:
                return std::nullopt;
        }
    if (arch == Arch::aarch64) switch (type) {
            case R_AARCH64_NONE:
            case 256:
                return Kind{0, false, false, false};  // its withdrawn number
            case R_AARCH64_ABS64:
                return Kind{8, false, false, false};
            case R_AARCH64_PREL64:
                return Kind{8, true, true, false};
            case R_AARCH64_ABS32:
                return Kind{4, false, false, true};
            case R_AARCH64_PREL32:
                return Kind{4, true, true, true};
            case R_AARCH64_ABS16:
                return Kind{2, false, false, true};
            case R_AARCH64_PREL16:
                return Kind{2, true, true, true};
            default:
                return std::nullopt;
        }
    return std::nullopt;
}

bool fits(std::uint64_t value, const Kind& kind) {
    if (kind.width == 8) return true;
    unsigned bits = kind.width * 8;
    bool as_unsigned = value >> bits == 0;
    auto number = static_cast<std::int64_t>(value);
    std::int64_t half = std::int64_t{1} << (bits - 1);
    bool as_signed = number >= -half && number < half;
    if (kind.either) return as_unsigned || as_signed;
    return kind.sign_extend ? as_signed : as_unsigned;
}

}  // namespace

Maybe<PackedForm> read_compression_header(ByteSpan section) {
    auto header = Bytes(section).get<Elf64_Chdr>(0);
    if (!header) return tl::unexpected<Unknown>(header.error());
    PackedForm form;
    if (header->ch_type == ELFCOMPRESS_ZLIB)
        form.packing = Packing::zlib;
    else if (header->ch_type == kZstd)
        form.packing = Packing::zstd;
    else
        return unknown(Reason::corrupt,
                       "compression of kind " + std::to_string(header->ch_type) + " is unknown");
    form.header = sizeof(Elf64_Chdr);
    form.size = header->ch_size;
    form.alignment = header->ch_addralign;
    return plausible(form, section.size());
}

Maybe<PackedForm> read_zdebug_header(ByteSpan section) {
    Bytes bytes(section);
    auto magic = bytes.range(0, 12);
    if (!magic || std::memcmp(magic->data(), "ZLIB", 4) != 0)
        return unknown(Reason::corrupt, "does not begin with ZLIB and a size");
    PackedForm form;
    form.packing = Packing::zlib;
    form.header = 12;
    for (std::size_t i = 4; i < 12; ++i) form.size = form.size << 8 | (*magic)[i];  // big endian
    return plausible(form, section.size());
}

Maybe<Buffer> allocate(std::uint64_t size) {
    Buffer buffer;
    if (size > kSectionLimit) return unknown(Reason::budget, "more than the limit of 2 GiB");
    buffer.bytes.reset(new (std::nothrow) std::uint8_t[size]);
    if (!buffer.bytes) return unknown(Reason::budget, "no memory for " + std::to_string(size));
    buffer.size = size;
    return buffer;
}

Maybe<void> unpack(Packing packing, ByteSpan payload, std::span<std::uint8_t> out) {
    return packing == Packing::zlib ? inflate(payload, out) : unpack_zstd(payload, out);
}

Maybe<void> relocate(Arch arch, ByteSpan relocations, const SymbolAddresses& symbols,
                     std::uint64_t address, std::span<std::uint8_t> target) {
    Bytes bytes(relocations);
    for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= bytes.size(); at += sizeof(Elf64_Rela)) {
        Elf64_Rela entry = *bytes.get<Elf64_Rela>(at);
        auto kind = kind_of(arch, ELF64_R_TYPE(entry.r_info));
        if (!kind)
            return unknown(Reason::corrupt, "relocation " + std::to_string(at / sizeof entry) +
                                                " is of unknown kind " +
                                                std::to_string(ELF64_R_TYPE(entry.r_info)));
        if (kind->width == 0) continue;
        std::uint64_t symbol = ELF64_R_SYM(entry.r_info);
        if (symbol >= symbols.size())
            return unknown(Reason::corrupt, "relocation " + std::to_string(at / sizeof entry) +
                                                " names a symbol that is not there");
        if (entry.r_offset > target.size() || kind->width > target.size() - entry.r_offset)
            return unknown(Reason::corrupt, "relocation " + std::to_string(at / sizeof entry) +
                                                " is outside of its section");
        std::uint64_t value = symbols[symbol] + static_cast<std::uint64_t>(entry.r_addend);
        if (kind->relative) value -= address + entry.r_offset;
        if (!fits(value, *kind))
            return unknown(Reason::corrupt, "relocation " + std::to_string(at / sizeof entry) +
                                                " has a value that does not fit");
        std::memcpy(target.data() + entry.r_offset, &value, kind->width);
    }
    return {};
}

}  // namespace nfstriage::debuginfo
