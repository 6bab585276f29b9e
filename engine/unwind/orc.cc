// Reading ORC tables: layout from types, tables from symbols and struct module, lookup by
// bisection.
#include "unwind/orc.h"

#include <algorithm>

#include "base/bytes.h"

namespace nfstriage::unwind {
namespace {

constexpr std::uint64_t kLookupBlock = 256;     // LOOKUP_BLOCK_SIZE: text bytes per index element
constexpr std::uint64_t kMaxEntries = 1 << 24;  // far above any kernel's (about 400,000)

OrcLayout::Field field(const layout::Types& types, std::string_view name) {
    auto member = types.member("struct orc_entry", name);
    if (!member) return {};
    unsigned width =
        member->bit_size != 0 ? member->bit_size : static_cast<unsigned>(member->type.size * 8);
    return {static_cast<unsigned>(member->offset * 8) + member->bit_offset, width};
}

std::uint64_t extract(std::uint64_t word, OrcLayout::Field field) {
    if (field.width == 0 || field.width > 32 || field.bit + field.width > 64) return 0;
    return (word >> field.bit) & ((std::uint64_t{1} << field.width) - 1);
}

OrcType type_of(const OrcLayout& layout, std::uint64_t word, OrcRegister sp_reg) {
    std::uint64_t number = extract(word, layout.type);
    if (layout.types_include_end()) {
        return number <= 4 ? static_cast<OrcType>(number) : OrcType::undefined;
    }
    if (sp_reg == OrcRegister::undefined) {
        // Before `end` existed, every undefined stack pointer ended the stack.
        bool end = layout.end.width == 0 || extract(word, layout.end) != 0;
        return end ? OrcType::end_of_stack : OrcType::undefined;
    }
    switch (number) {
        case 0:
            return OrcType::call;
        case 1:
            return OrcType::regs;
        case 2:
            return OrcType::regs_partial;
        default:
            return OrcType::undefined;
    }
}

}  // namespace

OrcLayout OrcLayout::from(const layout::Types& types) {
    auto size = types.size_of("struct orc_entry");
    OrcLayout layout;
    if (!size || *size < 6 || *size > 8) return layout;
    OrcLayout found{*size,
                    field(types, "sp_offset"),
                    field(types, "bp_offset"),
                    field(types, "sp_reg"),
                    field(types, "bp_reg"),
                    field(types, "type"),
                    field(types, "signal"),
                    field(types, "end")};
    bool whole = found.sp_offset.width == 16 && found.bp_offset.width == 16 &&
                 found.sp_reg.width != 0 && found.bp_reg.width != 0 && found.type.width != 0;
    return whole ? found : layout;
}

Maybe<OrcEntry> OrcLayout::decode(ByteSpan bytes) const {
    if (bytes.size() < size || size > 8)
        return unknown(Reason::corrupt, "ORC entry of " + std::to_string(bytes.size()) + " bytes");
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
    std::uint64_t sp = extract(word, sp_reg);
    std::uint64_t bp = extract(word, bp_reg);
    if (sp > 9 || bp > 9)
        return unknown(Reason::corrupt,
                       "ORC entry names base register " + std::to_string(sp > 9 ? sp : bp));
    OrcEntry entry;
    entry.sp_offset = static_cast<std::int16_t>(extract(word, sp_offset));
    entry.bp_offset = static_cast<std::int16_t>(extract(word, bp_offset));
    entry.sp_reg = static_cast<OrcRegister>(sp);
    entry.bp_reg = static_cast<OrcRegister>(bp);
    entry.type = type_of(*this, word, entry.sp_reg);
    // Before v6.3 the type alone told whether the caller was interrupted or had called.
    entry.signal = signal.width != 0
                       ? extract(word, signal) != 0
                       : entry.type == OrcType::regs || entry.type == OrcType::regs_partial;
    return entry;
}

Maybe<std::vector<OrcTable>> vmlinux_orc_tables(const layout::Symbols& symbols,
                                                const OrcLayout& layout) {
    auto ip = symbols.address("__start_orc_unwind_ip");
    auto stop = symbols.address("__stop_orc_unwind_ip");
    auto entries = symbols.address("__start_orc_unwind");
    auto text = symbols.address("_stext");
    auto end = symbols.address("_etext");
    for (const auto* needed : {&ip, &stop, &entries, &text, &end})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());
    if (*stop <= *ip || (*stop - *ip) % 4 != 0 || (*stop - *ip) / 4 > kMaxEntries || *end <= *text)
        return unknown(Reason::corrupt, "ORC symbols of vmlinux contradict each other");
    OrcTable table{*text, *end, *ip, *entries, (*stop - *ip) / 4, {}, 0};
    auto entries_stop = symbols.address("__stop_orc_unwind");
    if (entries_stop && *entries_stop - *entries != table.count * layout.size)
        return unknown(Reason::corrupt, "ORC entries of vmlinux are not " +
                                            std::to_string(layout.size) + " bytes each");
    auto lookup = symbols.address("orc_lookup");
    auto lookup_end = symbols.address("orc_lookup_end");
    if (lookup && lookup_end && *lookup < *lookup_end) {
        table.lookup = *lookup;
        table.lookup_count = (*lookup_end - *lookup) / 4;
    }
    std::vector<OrcTable> tables{table};
    auto init = symbols.address("_sinittext");
    auto init_end = symbols.address("_einittext");
    if (init && init_end && *init < *init_end)
        tables.push_back({*init, *init_end, table.ip, table.entries, table.count, {}, 0});
    return tables;
}

Maybe<OrcTable> module_orc_table(const dump::Memory& memory, const layout::Types& types,
                                 VAddr module, VAddr text_begin, VAddr text_end) {
    auto count_at = types.offset_of("struct module", "arch.num_orcs");
    auto ip_at = types.offset_of("struct module", "arch.orc_unwind_ip");
    auto entries_at = types.offset_of("struct module", "arch.orc_unwind");
    for (const auto* needed : {&count_at, &ip_at, &entries_at})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());
    auto count = memory.u32(module + *count_at);
    if (!count) return tl::unexpected<Unknown>(count.error());
    auto ip = memory.pointer(module + *ip_at);
    if (!ip) return tl::unexpected<Unknown>(ip.error());
    auto entries = memory.pointer(module + *entries_at);
    if (!entries) return tl::unexpected<Unknown>(entries.error());
    if (ip->is_null() || entries->is_null() || *count == 0)
        return unknown(Reason::null, "module at " + hex(module) + " has no ORC table");
    if (*count > kMaxEntries || text_end <= text_begin)
        return unknown(Reason::corrupt, "ORC table of the module at " + hex(module));
    return OrcTable{text_begin, text_end, *ip, *entries, *count, {}, 0};
}

OrcTables::OrcTables(const dump::Memory& memory, OrcLayout layout, std::vector<OrcTable> tables)
    : memory_(memory), layout_(layout), tables_(std::move(tables)) {
    std::erase_if(tables_,
                  [](const OrcTable& t) { return t.count == 0 || t.text_end <= t.text_begin; });
    std::sort(tables_.begin(), tables_.end(),
              [](const OrcTable& a, const OrcTable& b) { return a.text_begin < b.text_begin; });
}

// The last element of [first, last) whose text address is not above `address`. The caller promises
// that element `first` is not above it, or that first is 0.
Maybe<std::uint64_t> OrcTables::search(const OrcTable& table, VAddr address, std::uint64_t first,
                                       std::uint64_t last) const {
    std::uint64_t found = first;
    while (first < last) {
        std::uint64_t middle = first + (last - first) / 2;
        VAddr at = table.ip + middle * 4;
        auto distance = memory_.value<std::int32_t>(at);
        if (!distance) return tl::unexpected<Unknown>(distance.error());
        VAddr begins = at + static_cast<std::uint64_t>(static_cast<std::int64_t>(*distance));
        if (begins <= address) {
            found = middle;
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return found;
}

Maybe<OrcEntry> OrcTables::find(VAddr address) const {
    auto after = std::upper_bound(tables_.begin(), tables_.end(), address,
                                  [](VAddr a, const OrcTable& t) { return a < t.text_begin; });
    if (after == tables_.begin() || address >= std::prev(after)->text_end)
        return unknown(Reason::no_symbol, "no ORC table covers " + hex(address));
    const OrcTable& table = *std::prev(after);

    std::uint64_t first = 0;
    std::uint64_t last = table.count;
    std::uint64_t block = (address - table.text_begin) / kLookupBlock;
    if (!table.lookup.is_null() && block + 1 < table.lookup_count) {
        auto from = memory_.u32(table.lookup + block * 4);
        auto to = memory_.u32(table.lookup + (block + 1) * 4);
        if (from && to && *from <= *to && *to < table.count) {
            first = *from;
            last = std::uint64_t{*to} + 1;
        }
    }
    auto index = search(table, address, first, last);
    if (!index) return tl::unexpected<Unknown>(index.error());

    std::uint8_t bytes[8] = {};
    VAddr at = table.entries + *index * layout_.size;
    auto read = memory_.read(at, {bytes, layout_.size});
    if (!read) return tl::unexpected<Unknown>(read.error());
    return layout_.decode({bytes, layout_.size});
}

}  // namespace nfstriage::unwind
