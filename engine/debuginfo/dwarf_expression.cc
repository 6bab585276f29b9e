#include "debuginfo/dwarf_expression.h"

#include <libdwarf/dwarf.h>

#include <array>
#include <cstdint>

#include "debuginfo/dwarf_cursor.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::size_t kLongestLeb = 10;  // bytes that 64 bits take

// The operations from `first` to `last`, and their operands: 1, 2, 4, 8 bytes, an offset of the
// unit's size ('o'), a number in LEB128 ('n'), bytes behind their length in LEB128 ('b') or in one
// byte ('c').
struct Operations {
    std::uint8_t first, last;
    const char* operands;
};
constexpr Operations kOperations[] = {
    {DW_OP_addr, DW_OP_addr, "8"},
    {DW_OP_deref, DW_OP_deref, ""},
    {DW_OP_const1u, DW_OP_const1s, "1"},
    {DW_OP_const2u, DW_OP_const2s, "2"},
    {DW_OP_const4u, DW_OP_const4s, "4"},
    {DW_OP_const8u, DW_OP_const8s, "8"},
    {DW_OP_constu, DW_OP_consts, "n"},
    {DW_OP_dup, DW_OP_over, ""},
    {DW_OP_pick, DW_OP_pick, "1"},
    {DW_OP_swap, DW_OP_plus, ""},
    {DW_OP_plus_uconst, DW_OP_plus_uconst, "n"},
    {DW_OP_shl, DW_OP_xor, ""},
    {DW_OP_bra, DW_OP_bra, "2"},
    {DW_OP_eq, DW_OP_ne, ""},
    {DW_OP_skip, DW_OP_skip, "2"},
    {DW_OP_lit0, DW_OP_reg31, ""},
    {DW_OP_breg0, DW_OP_fbreg, "n"},
    {DW_OP_bregx, DW_OP_bregx, "nn"},
    {DW_OP_piece, DW_OP_piece, "n"},
    {DW_OP_deref_size, DW_OP_xderef_size, "1"},
    {DW_OP_nop, DW_OP_push_object_address, ""},
    {DW_OP_call2, DW_OP_call2, "2"},
    {DW_OP_call4, DW_OP_call4, "4"},
    {DW_OP_call_ref, DW_OP_call_ref, "o"},
    {DW_OP_form_tls_address, DW_OP_call_frame_cfa, ""},
    {DW_OP_bit_piece, DW_OP_bit_piece, "nn"},
    {DW_OP_implicit_value, DW_OP_implicit_value, "b"},
    {DW_OP_stack_value, DW_OP_stack_value, ""},
    {DW_OP_implicit_pointer, DW_OP_implicit_pointer, "on"},
    {DW_OP_addrx, DW_OP_constx, "n"},
    {DW_OP_entry_value, DW_OP_entry_value, "b"},
    {DW_OP_const_type, DW_OP_const_type, "nc"},
    {DW_OP_regval_type, DW_OP_regval_type, "nn"},
    {DW_OP_deref_type, DW_OP_xderef_type, "1n"},
    {DW_OP_convert, DW_OP_reinterpret, "n"},
    {DW_OP_GNU_push_tls_address, DW_OP_GNU_push_tls_address, ""},
    {DW_OP_GNU_uninit, DW_OP_GNU_uninit, ""},
    {DW_OP_GNU_implicit_pointer, DW_OP_GNU_implicit_pointer, "on"},
    {DW_OP_GNU_entry_value, DW_OP_GNU_entry_value, "b"},
    {DW_OP_GNU_const_type, DW_OP_GNU_const_type, "nc"},
    {DW_OP_GNU_regval_type, DW_OP_GNU_regval_type, "nn"},
    {DW_OP_GNU_deref_type, DW_OP_GNU_deref_type, "1n"},
    {DW_OP_GNU_convert, DW_OP_GNU_convert, "n"},
    {DW_OP_GNU_reinterpret, DW_OP_GNU_reinterpret, "n"},
    {DW_OP_GNU_parameter_ref, DW_OP_GNU_parameter_ref, "4"},
    {DW_OP_GNU_addr_index, DW_OP_GNU_const_index, "n"},
    {DW_OP_GNU_variable_value, DW_OP_GNU_variable_value, "o"},
};

// By the code of an operation; null where there is none.
constexpr std::array<const char*, 256> by_code() {
    std::array<const char*, 256> operands{};
    for (const Operations& row : kOperations)
        for (unsigned code = row.first; code <= row.last; ++code) operands[code] = row.operands;
    return operands;
}
constexpr auto kOperands = by_code();

void skip_operand(DwarfCursor& cursor, char operand, unsigned offset_size) {
    const std::size_t before = cursor.at();
    switch (operand) {
        case 'o':
            return cursor.skip(offset_size);
        case 'n':
            cursor.unsigned_leb();
            if (cursor.at() - before > kLongestLeb) cursor.fail();
            return;
        case 'b':
            return cursor.skip(cursor.unsigned_leb());
        case 'c':
            return cursor.skip(cursor.fixed<std::uint8_t>());
        default:
            return cursor.skip(static_cast<std::uint64_t>(operand - '0'));
    }
}

}  // namespace

bool expression_ends(ByteSpan expression, unsigned version, unsigned offset_size) {
    constexpr unsigned kAddressSize = 8;  // what DWARF 2 has for an offset here
    DwarfCursor cursor(expression);
    while (cursor.ok() && cursor.left() != 0) {
        const char* operands = kOperands[cursor.fixed<std::uint8_t>()];
        if (operands == nullptr) return false;
        for (; *operands != 0; ++operands)
            skip_operand(cursor, *operands, version == 2 ? kAddressSize : offset_size);
    }
    return cursor.ok();
}

}  // namespace nfstriage::debuginfo
