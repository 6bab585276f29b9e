#include "layout/orc_table.h"

namespace nfstriage::layout {

Maybe<OrcTable> OrcTable::open(ByteSpan bytes) {
    auto states = AddressStates::open(bytes);
    if (!states) return tl::unexpected<Unknown>(states.error());
    return OrcTable(std::move(*states));
}

Maybe<OrcBytes> OrcTable::at(std::uint64_t address) const {
    auto state = states_.at(address);
    if (!state) return tl::unexpected<Unknown>(state.error());
    return OrcBytes{state->address, std::move(state->state)};
}

}  // namespace nfstriage::layout
