#include "debuginfo/dwarf_unit_lists.h"

#include <iterator>
#include <span>

#include "debuginfo/dwarf_code_attributes.h"
#include "debuginfo/dwarf_cursor.h"
#include "debuginfo/dwarf_expression.h"

namespace nfstriage::debuginfo {
namespace {

constexpr unsigned kAddressSize = 8;

// Entries of two addresses; `rest_ends` goes over what follows one.
template <class RestEnds>
bool pairs_end(DwarfCursor cursor, RestEnds rest_ends) {
    while (cursor.ok()) {
        auto begin = cursor.fixed<std::uint64_t>(), end = cursor.fixed<std::uint64_t>();
        if (begin == 0 && end == 0) return cursor.ok();
        const bool selects_base = begin == ~std::uint64_t{0};
        if (!selects_base && !rest_ends(cursor)) return false;
    }
    return false;
}

// What an entry has: addresses, numbers in LEB128 behind them, and an expression at its end.
struct Operands {
    unsigned addresses = 0, numbers = 0;
    bool expression = false;
};

// By the kind of an entry, DW_LLE_* and DW_RLE_*; that of kind 0 ends a list.
constexpr Operands kLocationOperands[] = {
    {},            // end_of_list
    {0, 1},        // base_addressx
    {0, 2, true},  // startx_endx
    {0, 2, true},  // startx_length
    {0, 2, true},  // offset_pair
    {0, 0, true},  // default_location
    {1, 0},        // base_address
    {2, 0, true},  // start_end
    {1, 1, true},  // start_length
};
constexpr Operands kRangeOperands[] = {
    {},      // end_of_list
    {0, 1},  // base_addressx
    {0, 2},  // startx_endx
    {0, 2},  // startx_length
    {0, 2},  // offset_pair
    {1, 0},  // base_address
    {2, 0},  // start_end
    {1, 1},  // start_length
};
static_assert(std::size(kLocationOperands) == DW_LLE_start_length + 1);
static_assert(std::size(kRangeOperands) == DW_RLE_start_length + 1);

template <class Ends>
bool kinds_end(DwarfCursor cursor, std::span<const Operands> by_kind, Ends expression_ends_here) {
    while (cursor.ok()) {
        auto kind = cursor.fixed<std::uint8_t>();
        if (kind == 0) return cursor.ok();
        if (kind >= by_kind.size()) return false;
        const Operands& operands = by_kind[kind];
        cursor.skip(std::uint64_t{operands.addresses} * kAddressSize);
        for (unsigned i = 0; i < operands.numbers; ++i) cursor.unsigned_leb();
        if (operands.expression && !expression_ends_here(cursor.take(cursor.unsigned_leb())))
            return false;
    }
    return false;
}

}  // namespace

bool locations_end(ByteSpan section, std::uint64_t offset, unsigned version, unsigned offset_size) {
    DwarfCursor cursor(section, offset);
    auto ends = [&](ByteSpan expression) {
        return expression_ends(expression, version, offset_size);
    };
    if (version >= 5) return kinds_end(cursor, kLocationOperands, ends);
    return pairs_end(cursor,
                     [&](DwarfCursor& at) { return ends(at.take(at.fixed<std::uint16_t>())); });
}

bool ranges_end(ByteSpan section, std::uint64_t offset, unsigned version) {
    DwarfCursor cursor(section, offset);
    if (version >= 5) return kinds_end(cursor, kRangeOperands, [](ByteSpan) { return true; });
    return pairs_end(cursor, [](DwarfCursor&) { return true; });
}

UnitLists::UnitLists(const DwarfObject& object)
    : object_(object),
      ranges_(find(".debug_ranges", ".debug_rnglists")),
      locations_(find(".debug_loc", ".debug_loclists")) {}

UnitLists::Sections UnitLists::find(std::string_view before_5, std::string_view since_5) const {
    auto bytes = [&](std::string_view name) {
        auto section = object_.elf().find(name);
        return section ? object_.elf().bytes(*section).value_or(ByteSpan{}) : ByteSpan{};
    };
    const ByteSpan tables = bytes(since_5);
    return {bytes(before_5), tables.first(sound_list_bytes(tables)), std::nullopt};
}

void UnitLists::enter(const Die& unit) {
    auto number = object_.unit_at(unit.offset());
    const DwarfUnit known = number ? object_.units()[*number] : DwarfUnit{};
    version_ = known.version;
    offset_size_ = known.offset_size;
    DieAttributes attributes(object_.library(), unit);
    auto set_table = [&](Sections& sections, Dwarf_Half name) {
        auto base = attributes.section_offset(name);
        sections.table = base ? list_table(sections.since_5, *base) : std::nullopt;
    };
    set_table(ranges_, DW_AT_rnglists_base);
    set_table(locations_, DW_AT_loclists_base);
}

std::optional<Dwarf_Half> UnitLists::form_of(Dwarf_Attribute attribute) const {
    Dwarf_Half form = 0;
    Dwarf_Error error = nullptr;
    if (object_.library().whatform(attribute, &form, &error) == DW_DLV_OK) return form;
    if (error != nullptr) object_.library().dealloc_error(object_.handle(), error);
    return std::nullopt;
}

std::optional<std::uint64_t> UnitLists::offset_of(Dwarf_Attribute attribute, Dwarf_Half form,
                                                  const Sections& sections) const {
    const Libdwarf& library = object_.library();
    const bool is_number = form == DW_FORM_rnglistx || form == DW_FORM_loclistx;
    Dwarf_Unsigned value = 0;
    Dwarf_Error error = nullptr;
    const bool has_value = is_number
                               ? library.formudata(attribute, &value, &error) == DW_DLV_OK
                               : library.global_formref(attribute, &value, &error) == DW_DLV_OK;
    if (error != nullptr) library.dealloc_error(object_.handle(), error);
    if (!has_value) return std::nullopt;
    if (!is_number) return value;
    return sections.table ? list_begin(sections.since_5, *sections.table, value) : std::nullopt;
}

bool UnitLists::may_read_locations(Dwarf_Attribute attribute) const {
    auto form = form_of(attribute);
    if (!form) return false;
    switch (*form) {
        case DW_FORM_sec_offset:
        case DW_FORM_loclistx:
        case DW_FORM_data4:  // before DWARF 4
        case DW_FORM_data8: {
            auto offset = offset_of(attribute, *form, locations_);
            return offset &&
                   locations_end(locations_.of(version_), *offset, version_, offset_size_);
        }
        default: {
            auto expression = block_of(object_.library(), object_.handle(), attribute);
            return expression && expression_ends(*expression, version_, offset_size_);
        }
    }
}

std::optional<std::uint64_t> UnitLists::ranges_at(Dwarf_Attribute attribute) const {
    auto form = form_of(attribute);
    auto offset = form ? offset_of(attribute, *form, ranges_) : std::nullopt;
    if (!offset || !ranges_end(ranges_.of(version_), *offset, version_)) return std::nullopt;
    return offset;
}

}  // namespace nfstriage::debuginfo
