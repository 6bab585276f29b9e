// A table of states over addresses, where each state holds up to the next address: rows of call
// frame information, ORC entries. A state is a few bytes that only its user understands; there are
// few different ones, and they follow each other in habitual order (the pushes of a function's
// start), which is what makes the packed table small.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"

namespace nfstriage::layout {

struct AddressState {
    std::uint64_t address = 0;
    std::vector<std::uint8_t> state;
};

// The container (code_blocks.h) of `states`, which must be in address order; of several at one
// address the last holds. `level` is zstd's.
std::vector<std::uint8_t> pack_states(std::span<const AddressState> states, int level);

class AddressStates {
public:
    // `bytes` must outlive this. Unknown(corrupt) when the index contradicts itself.
    static Maybe<AddressStates> open(ByteSpan bytes);

    // The state in force at `address`, with the address where it starts. Unknown(no_symbol) below
    // the first, Unknown(corrupt) for a damaged block.
    Maybe<AddressState> at(std::uint64_t address) const;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace nfstriage::layout
