// ORC of vmlinux or a module, from a kernel profile, for dumps that lost these pages or have no
// symbols for them. In the kernel: arch/x86/include/asm/orc_types.h, sections .orc_unwind_ip and
// .orc_unwind. Entries are kept as they are: how a struct orc_entry is laid out differs between
// releases and comes with the kernel's types. Made by debuginfo/orc_section.h; addresses are those
// of code_table.h.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"
#include "layout/code_blocks_states.h"

namespace nfstriage::layout {

struct OrcBytes {
    std::uint64_t begin = 0;          // the address from which the entry holds
    std::vector<std::uint8_t> entry;  // a struct orc_entry
};

class OrcTable {
public:
    // `bytes`, a section of a mapped profile, must outlive the table. Unknown(corrupt) when its
    // index contradicts itself.
    static Maybe<OrcTable> open(ByteSpan bytes);

    // The entry that the kernel's own lookup would find. Unknown(no_symbol) below the first,
    // Unknown(corrupt) for a damaged block.
    Maybe<OrcBytes> at(std::uint64_t address) const;

private:
    explicit OrcTable(AddressStates states) : states_(std::move(states)) {}
    AddressStates states_;
};

}  // namespace nfstriage::layout
