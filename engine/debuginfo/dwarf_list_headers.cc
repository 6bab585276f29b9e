#include "debuginfo/dwarf_list_headers.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint32_t kWide = 0xffffffff;      // 64-bit DWARF: the length follows
constexpr std::uint32_t kReserved = 0xfffffff0;  // this and above are no lengths
constexpr std::uint16_t kVersion = 5;
constexpr std::uint8_t kAddressSize = 8;
constexpr std::uint64_t kAfterLength = 2 + 1 + 1 + 4;  // version, sizes, count of offsets

// The table that begins at `at`; nothing when it is damaged.
std::optional<ListTable> table_at(const Bytes& bytes, std::uint64_t at) {
    auto length32 = bytes.get<std::uint32_t>(at);
    if (!length32 || (*length32 >= kReserved && *length32 != kWide)) return std::nullopt;
    std::uint64_t length = *length32, start = at + 4;
    unsigned offset_size = 4;
    if (*length32 == kWide) {
        auto length64 = bytes.get<std::uint64_t>(start);
        if (!length64) return std::nullopt;
        length = *length64;
        start += 8;
        offset_size = 8;
    }
    if (length < kAfterLength || !bytes.range(start, length)) return std::nullopt;
    auto version = bytes.get<std::uint16_t>(start);
    auto address_size = bytes.get<std::uint8_t>(start + 2);
    auto segment_size = bytes.get<std::uint8_t>(start + 3);
    auto offsets = bytes.get<std::uint32_t>(start + 4);
    if (!version || *version != kVersion || !address_size || *address_size != kAddressSize ||
        !segment_size || *segment_size != 0 || !offsets ||
        *offsets > (length - kAfterLength) / offset_size)
        return std::nullopt;
    return ListTable{start + kAfterLength, *offsets, offset_size, start + length};
}

}  // namespace

bool has_list_headers(std::string_view section) {
    return section == ".debug_rnglists" || section == ".debug_loclists";
}

std::optional<ListTable> list_table(ByteSpan section, std::uint64_t base) {
    Bytes bytes(section);
    for (std::uint64_t at = 0; at < base;) {
        auto table = table_at(bytes, at);
        if (!table || table->offsets == base) return table;
        at = table->end;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> list_begin(ByteSpan section, const ListTable& table,
                                        std::uint64_t number) {
    if (number >= table.count) return std::nullopt;
    const std::uint64_t at = table.offsets + number * table.offset_size;
    Bytes bytes(section);
    auto offset = table.offset_size == 8
                      ? bytes.get<std::uint64_t>(at)
                      : bytes.get<std::uint32_t>(at).map(
                            [](std::uint32_t narrow) { return std::uint64_t{narrow}; });
    if (!offset || *offset >= table.end - table.offsets) return std::nullopt;
    return table.offsets + *offset;
}

std::uint64_t sound_list_bytes(ByteSpan section) {
    Bytes bytes(section);
    std::uint64_t at = 0;
    while (at < bytes.size()) {
        auto table = table_at(bytes, at);
        if (!table) break;
        at = table->end;
    }
    return at;
}

}  // namespace nfstriage::debuginfo
