// The symbol table of vmlinux or of one module, in a kernel profile: every function and object with
// its address, also data that a kernel without CONFIG_KALLSYMS_ALL does not name. Addresses are
// those of the linked file: vmlinux without KASLR, a module's as debuginfo::ElfObject lays it out.
//
// The section: u32 count of symbols, u32 count of names; an index of the names by name_hash(): u32
// first name of each bucket (the lowest bits of the hash) and one more, then for each name the
// upper u16 of its hash, then for each the u32 number of its symbol; then the symbols in address
// order, kBlockSymbols to a block of code_blocks.h. A function "f.cold" stands in the index a
// second time, as "f.": so the clones of a function are found. An address or a name touches one
// block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"

namespace nfstriage::layout {

struct LinkedSymbol {
    std::string name;
    std::uint64_t address = 0;
    char type = '?';         // as nm prints it
    std::uint64_t size = 0;  // bytes to the next higher address, 0 for the last; not stored
};

class ProfileSymbols {
public:
    // Refers to `bytes`, which must outlive it. Unknown(corrupt) when the index contradicts itself.
    static Maybe<ProfileSymbols> open(ByteSpan bytes);

    // The last symbol at or below `address`; of several at the same address the one that
    // symbol_alias.h prefers, else the first.
    // Unknown(no_symbol) below the first one, Unknown(corrupt) for a damaged block.
    Maybe<LinkedSymbol> at(std::uint64_t address) const;

    // Symbols of exactly this name in address order. Unknown(corrupt) as above.
    Maybe<std::vector<LinkedSymbol>> find(std::string_view name) const;

    // Functions named `name`, a '.' and something else, in address order. Unknown(corrupt) as
    // above.
    Maybe<std::vector<LinkedSymbol>> clones(std::string_view name) const;

    // The symbols of one block, in address order; for reading all of them. Blocks hold
    // kBlockSymbols each, the last one fewer. Unknown(corrupt), Unknown(no_symbol): no such block.
    static constexpr std::size_t kBlockSymbols = 256;
    Maybe<std::vector<LinkedSymbol>> block(std::size_t index) const;
    std::size_t blocks() const;

private:
    ProfileSymbols() = default;
    struct State;
    std::shared_ptr<State> state_;
};

// The section's bytes. Symbols may come in any order.
std::vector<std::uint8_t> encode_symbols(std::vector<LinkedSymbol> symbols);

}  // namespace nfstriage::layout
