// kallsyms: the compressed symbol table that every kernel keeps in its own memory. Written by
// scripts/kallsyms.c, read by kernel/kallsyms.c. Names are strings of one-byte tokens; addresses
// are stored in one of four ways over the years (KallsymsAddressing). Where the tables lie is told
// by VMCOREINFO since v6.0 (5fd8fea935a1 "vmcoreinfo: include kallsyms symbols"), and on older
// kernels found by searching memory (kallsyms_search.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/maybe.h"
#include "dump/memory.h"
#include "dump/vmcoreinfo.h"
#include "layout/name_chains.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

enum class KallsymsAddressing : std::uint8_t {
    absolute,         // u64 addresses (CONFIG_KALLSYMS_BASE_RELATIVE off)
    base_relative,    // relative_base + u32
    absolute_percpu,  // s32: >= 0 is absolute, < 0 is relative_base - 1 - value (x86 before v6.15)
    place_relative    // address of the entry + s32 (v7.0)
};

// Where the tables lie. `addresses` is kallsyms_offsets, or kallsyms_addresses on old kernels.
struct KallsymsPlaces {
    VAddr names, token_table, token_index, addresses;
    std::optional<VAddr> relative_base;          // of the variable
    std::uint32_t count = 0;                     // kallsyms_num_syms
    std::vector<KallsymsAddressing> candidates;  // how the addresses may be stored, likeliest first
};

// What must come out right for an addressing to be believed: symbols whose address is known.
struct KnownSymbol {
    std::string name;
    VAddr address;
};

// The places that VMCOREINFO names. Unknown(no_symbol) when it names none.
Maybe<KallsymsPlaces> kallsyms_places(const dump::Vmcoreinfo& vmcoreinfo,
                                      const dump::Memory& memory);

class Kallsyms {
public:
    // Reads and checks the tables. Unknown(corrupt) when they contradict themselves or no
    // addressing puts all of `known` (at least one) where they are; the memory's own reasons when
    // absent.
    static Maybe<Kallsyms> load(const dump::Memory& memory, const KallsymsPlaces& places,
                                const std::vector<KnownSymbol>& known);

    std::size_t size() const { return name_offsets_.size(); }
    KallsymsAddressing addressing() const { return addressing_; }

    // Indices of the symbols with exactly this name, in table (address) order.
    std::vector<std::uint32_t> find(std::string_view name) const;
    // Indices of the symbols whose name has a '.', in table order.
    const std::vector<std::uint32_t>& dotted() const { return dotted_; }
    // The last symbol at or below `address`; of several at the same address the first, as the
    // kernel, that is no mark of the linker (symbol_alias.h). Nothing below the first symbol, and
    // nothing 64 MiB above the last one, where no symbol reaches.
    std::optional<std::uint32_t> at(VAddr address) const;

    std::string name(std::uint32_t index) const;  // without the type letter
    char type(std::uint32_t index) const;
    VAddr address(std::uint32_t index) const;
    // Bytes to the next higher address in the table; 0 for the last.
    std::uint64_t extent(std::uint32_t index) const;

    // True if the table holds data symbols ('d', 'b', 'D', 'B', ...) beside functions.
    bool has_data() const { return has_data_; }

private:
    Maybe<void> read_tokens(const dump::Memory& memory, const KallsymsPlaces& places);
    Maybe<void> read_names(const dump::Memory& memory, const KallsymsPlaces& places);
    Maybe<void> read_more_names(const dump::Memory& memory, VAddr names);
    Maybe<void> read_addresses(const dump::Memory& memory, const KallsymsPlaces& places,
                               const std::vector<KnownSymbol>& known);
    void sort_by_address();
    std::string_view token(std::uint8_t index) const { return tokens_[index]; }
    char letter_of(std::uint8_t first_token) const;  // the type of the names it begins
    bool has_name(std::uint32_t index, std::string_view wanted) const;

    std::string token_text_;
    std::array<std::string_view, 256> tokens_;
    std::vector<std::uint8_t> names_;
    std::vector<std::uint32_t> name_offsets_;  // into names_, of the length byte
    // Addresses as they are stored, in table order: in wide_ if they are absolute, else in narrow_.
    std::vector<std::uint32_t> narrow_;
    std::vector<std::uint64_t> wide_;
    std::uint64_t base_ = 0;                 // kallsyms_relative_base
    VAddr entries_;                          // where the first one is stored
    std::vector<std::uint32_t> by_address_;  // indices, when the table is not sorted; else empty
    // From the last symbol on. The hash of a name is put together from those of its tokens, so that
    // making this does not spell out every name.
    NameChains by_name_;
    std::vector<std::uint32_t> dotted_;
    KallsymsAddressing addressing_ = KallsymsAddressing::base_relative;
    bool has_data_ = false;
};

}  // namespace nfstriage::layout
