#include "layout/cfi_table.h"

#include "layout/code_blocks.h"

namespace nfstriage::layout {

const CfiRow::Register* CfiRow::find(std::uint16_t reg) const {
    for (const Register& each : registers)
        if (each.reg == reg) return &each;
    return nullptr;
}

std::vector<std::uint8_t> encode_cfi_row(const CfiRow& row) {
    CodeWriter out;
    out.number(row.return_address);
    out.number(row.cfa ? std::uint64_t{row.cfa->reg} + 1 : 0);
    if (row.cfa) out.difference(row.cfa->offset);
    for (const CfiRow::Register& each : row.registers) {
        out.number(std::uint64_t{each.reg} * 4 + static_cast<std::uint64_t>(each.rule));
        if (each.rule == CfiRow::Rule::saved || each.rule == CfiRow::Rule::value)
            out.difference(each.offset);
    }
    return out.bytes();
}

Maybe<CfiRow> decode_cfi_row(ByteSpan state) {
    if (state.empty()) return unknown(Reason::no_symbol, "no call frame information");
    CodeReader in(state);
    CfiRow row;
    std::uint64_t return_address = in.number(), cfa = in.number();
    if (cfa > 0) row.cfa = CfiRow::Cfa{static_cast<std::uint16_t>(cfa - 1), in.difference()};
    bool fits = return_address <= UINT16_MAX && cfa <= UINT16_MAX;
    row.return_address = static_cast<std::uint16_t>(return_address);
    while (in.left() > 0) {
        std::uint64_t code = in.number();
        CfiRow::Register& each = row.registers.emplace_back();
        fits = fits && code / 4 <= UINT16_MAX;
        each.reg = static_cast<std::uint16_t>(code / 4);
        each.rule = static_cast<CfiRow::Rule>(code % 4);
        if (each.rule == CfiRow::Rule::saved || each.rule == CfiRow::Rule::value)
            each.offset = in.difference();
    }
    if (!in.ok() || !fits) return unknown(Reason::corrupt, "row of call frame information");
    return row;
}

Maybe<CfiTable> CfiTable::open(ByteSpan bytes) {
    auto states = AddressStates::open(bytes);
    if (!states) return tl::unexpected<Unknown>(states.error());
    return CfiTable(std::move(*states));
}

Maybe<CfiRow> CfiTable::at(std::uint64_t address) const {
    auto state = states_.at(address);
    if (!state) return tl::unexpected<Unknown>(state.error());
    auto row = decode_cfi_row(state->state);
    if (row) row->begin = state->address;
    return row;
}

}  // namespace nfstriage::layout
