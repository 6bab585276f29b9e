// Call frame information of vmlinux or a module, from a kernel profile: for an address, where the
// caller's frame is and where its registers were saved. Out of .debug_frame or .eh_frame (DWARF 5
// section 6.4, LSB section 10.6); made by debuginfo/dwarf_cfi.h. Addresses are those of
// code_table.h, registers have the DWARF numbers of the architecture (x86_64 psABI table 3.36,
// AADWARF64 section 4.1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"
#include "layout/code_blocks_states.h"

namespace nfstriage::layout {

struct CfiRow {
    std::uint64_t begin = 0;  // where the row starts to hold

    // The canonical frame address, the caller's stack pointer before the call: register + offset.
    // Absent when it is told by an expression.
    struct Cfa {
        std::uint16_t reg = 0;
        std::int64_t offset = 0;
        friend bool operator==(const Cfa&, const Cfa&) = default;
    };
    std::optional<Cfa> cfa;

    enum class Rule : std::uint8_t {
        saved,      // in memory at CFA + offset
        value,      // is CFA + offset
        undefined,  // lost; of the return address: there is no caller
        other       // an expression or another register: not evaluated
    };
    struct Register {
        std::uint16_t reg = 0;
        Rule rule = Rule::saved;
        std::int64_t offset = 0;
        friend bool operator==(const Register&, const Register&) = default;
    };
    std::vector<Register> registers;   // by number; one that is absent is unchanged
    std::uint16_t return_address = 0;  // its column: 16 on x86_64, 30 on aarch64

    const Register* find(std::uint16_t reg) const;  // null: unchanged
};

class CfiTable {
public:
    // `bytes`, a section of a mapped profile, must outlive the table. Unknown(corrupt) when its
    // index contradicts itself.
    static Maybe<CfiTable> open(ByteSpan bytes);

    // Unknown(no_symbol) where no frame description covers the address, Unknown(corrupt) for a
    // damaged block.
    Maybe<CfiRow> at(std::uint64_t address) const;

private:
    explicit CfiTable(AddressStates states) : states_(std::move(states)) {}
    AddressStates states_;
};

// A row as the state of code_blocks_states.h and back; no row is the empty state.
std::vector<std::uint8_t> encode_cfi_row(const CfiRow& row);
Maybe<CfiRow> decode_cfi_row(ByteSpan state);

}  // namespace nfstriage::layout
