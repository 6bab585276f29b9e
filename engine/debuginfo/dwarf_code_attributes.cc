#include "debuginfo/dwarf_code_attributes.h"

#include "debuginfo/dwarf_unit_lists.h"

namespace nfstriage::debuginfo {

namespace {
constexpr std::uint64_t kMaxRanges = 1 << 16;  // of one DIE
}

DieAttributes::DieAttributes(const Libdwarf& library, const Die& die)
    : library_(library), debug_(die.debug()), die_(die.handle()) {
    Dwarf_Signed count = 0;
    Dwarf_Error error = nullptr;
    if (library_.attrlist(die_, &handles_, &count, &error) != DW_DLV_OK) {
        release(error);
        handles_ = nullptr;
        return;
    }
    items_.reserve(static_cast<std::size_t>(count));
    for (Dwarf_Signed i = 0; i < count; i++) {
        Item item{0, handles_[i]};
        error = nullptr;
        if (library_.whatattr(item.handle, &item.name, &error) != DW_DLV_OK) release(error);
        items_.push_back(item);
    }
}

DieAttributes::~DieAttributes() {
    for (const Item& item : items_) library_.dealloc_attribute(item.handle);
    if (handles_ != nullptr) library_.dealloc(debug_, handles_, DW_DLA_LIST);
}

void DieAttributes::release(Dwarf_Error error) const {
    if (error != nullptr) library_.dealloc_error(debug_, error);
}

Dwarf_Attribute DieAttributes::find(Dwarf_Half name) const {
    for (const Item& item : items_)
        if (item.name == name) return item.handle;
    return nullptr;
}

std::optional<std::uint64_t> DieAttributes::number(Dwarf_Half name) const {
    Dwarf_Attribute attribute = find(name);
    if (attribute == nullptr) return std::nullopt;
    Dwarf_Unsigned value = 0;
    Dwarf_Error error = nullptr;
    if (library_.formudata(attribute, &value, &error) == DW_DLV_OK) return value;
    release(error);
    // DW_FORM_implicit_const and sdata have a sign; lines and flags have none to lose.
    Dwarf_Signed signed_value = 0;
    error = nullptr;
    if (library_.formsdata(attribute, &signed_value, &error) == DW_DLV_OK && signed_value >= 0)
        return static_cast<std::uint64_t>(signed_value);
    release(error);
    return std::nullopt;
}

std::optional<std::uint64_t> DieAttributes::address(Dwarf_Half name) const {
    Dwarf_Attribute attribute = find(name);
    if (attribute == nullptr) return std::nullopt;
    Dwarf_Addr value = 0;
    Dwarf_Error error = nullptr;
    if (library_.formaddr(attribute, &value, &error) == DW_DLV_OK) return value;
    release(error);
    return std::nullopt;
}

std::string_view DieAttributes::text(Dwarf_Half name) const {
    Dwarf_Attribute attribute = find(name);
    if (attribute == nullptr) return {};
    char* text = nullptr;
    Dwarf_Error error = nullptr;
    if (library_.formstring(attribute, &text, &error) == DW_DLV_OK && text != nullptr) return text;
    release(error);
    return {};
}

std::optional<std::uint64_t> DieAttributes::section_offset(Dwarf_Half name) const {
    Dwarf_Attribute attribute = find(name);
    if (attribute == nullptr) return std::nullopt;
    Dwarf_Off offset = 0;
    Dwarf_Error error = nullptr;
    if (library_.global_formref(attribute, &offset, &error) == DW_DLV_OK) return offset;
    release(error);
    return number(name);  // DW_FORM_data4, before DWARF 4
}

std::optional<std::uint64_t> DieAttributes::reference(Dwarf_Half name) const {
    Dwarf_Attribute attribute = find(name);
    if (attribute == nullptr) return std::nullopt;
    Dwarf_Half form = 0;
    Dwarf_Off offset = 0;
    Dwarf_Error error = nullptr;
    if (library_.whatform(attribute, &form, &error) != DW_DLV_OK) {
        release(error);
        return std::nullopt;
    }
    if (form == DW_FORM_ref_sig8) return std::nullopt;
    if (library_.global_formref(attribute, &offset, &error) != DW_DLV_OK) {
        release(error);
        return std::nullopt;
    }
    bool alternate =
        form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 || form == DW_FORM_ref_sup8;
    return alternate ? offset | kAlternate : offset;
}

void DieAttributes::ranges(const UnitLists& lists, std::uint64_t unit_base,
                           std::vector<CodeRange>& out) const {
    if (Dwarf_Attribute list = find(DW_AT_ranges)) return list_ranges(list, lists, unit_base, out);
    auto low = address(DW_AT_low_pc);
    if (!low || find(DW_AT_high_pc) == nullptr) return;
    auto size = number(DW_AT_high_pc);  // a constant since DWARF 4, an address before
    auto high = size ? checked_add(*low, *size) : address(DW_AT_high_pc);
    if (high && *high > *low) out.push_back({*low, *high});
}

void DieAttributes::list_ranges(Dwarf_Attribute attribute, const UnitLists& lists,
                                std::uint64_t unit_base, std::vector<CodeRange>& out) const {
    auto add = [&](std::uint64_t begin, std::uint64_t end) {
        if (begin < end) out.push_back({begin, end});
    };
    auto offset = lists.ranges_at(attribute);
    if (!offset) return;
    Dwarf_Error error = nullptr;
    if (lists.version() < 5) {
        Dwarf_Ranges* entries = nullptr;
        Dwarf_Signed count = 0;
        Dwarf_Unsigned bytes = 0;
        Dwarf_Off real = 0;
        if (library_.get_ranges_b(debug_, *offset, die_, &real, &entries, &count, &bytes, &error) !=
            DW_DLV_OK)
            return release(error);
        std::uint64_t base = unit_base;
        for (Dwarf_Signed i = 0; i < count; i++) {
            const Dwarf_Ranges& entry = entries[i];
            if (entry.dwr_type == DW_RANGES_END) break;
            if (entry.dwr_type == DW_RANGES_ADDRESS_SELECTION)
                base = entry.dwr_addr2;
            else
                add(base + entry.dwr_addr1, base + entry.dwr_addr2);
        }
        library_.dealloc(debug_, entries, DW_DLA_RANGES);
        return;
    }
    Dwarf_Rnglists_Head head = nullptr;
    Dwarf_Unsigned count = 0, place = 0;
    // Also what the attribute gives as a number is an offset by now.
    if (library_.rnglists_get_rle_head(attribute, DW_FORM_sec_offset, *offset, &head, &count,
                                       &place, &error) != DW_DLV_OK)
        return release(error);
    for (Dwarf_Unsigned i = 0; i < count && i < kMaxRanges; i++) {
        unsigned length = 0, kind = 0;
        Dwarf_Unsigned raw1 = 0, raw2 = 0, begin = 0, end = 0;
        Dwarf_Bool unavailable = 0;
        if (library_.get_rnglists_entry_fields_a(head, i, &length, &kind, &raw1, &raw2,
                                                 &unavailable, &begin, &end, &error) != DW_DLV_OK) {
            release(error);
            break;
        }
        if (kind == DW_RLE_end_of_list) break;
        if (unavailable || kind == DW_RLE_base_address || kind == DW_RLE_base_addressx) continue;
        add(begin, end);
    }
    library_.dealloc_rnglists_head(head);
}

}  // namespace nfstriage::debuginfo
