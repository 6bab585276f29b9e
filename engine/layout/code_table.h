// What the source says about the text of vmlinux or of one module, from a kernel profile: which
// function covers an address, which functions are inlined there, file and line of each, parameters
// and where they live. Made by debuginfo/code_writer.h out of DWARF; read here, block by block.
// Addresses are those of the linked vmlinux (without KASLR), for a module those of
// debuginfo::ElfObject: its text sections one behind the other.
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

struct SourceFrame {
    std::string function;  // as in the source, no compiler suffix
    std::string file;      // "fs/nfs/write.c", below the root of the kernel tree where known
    unsigned line = 0;     // 0: the line table does not say
    bool inlined = false;  // into the next frame of the list
};

// Where a parameter or the canonical frame address is while the program counter is inside a range.
struct Location {
    enum class Kind : std::uint8_t {
        in_register,     // the value is in register `reg`
        at_register,     // the value is in memory at reg + offset
        at_frame,        // the value is in memory at the canonical frame address + offset
        entry_value,     // the value that register `reg` had when the function was entered
        constant,        // the value is `offset` itself
        value_register,  // the value is reg + offset, without a memory access
        other            // an expression that we do not evaluate
    };
    Kind kind = Kind::other;
    std::uint16_t reg = 0;  // DWARF register number of the architecture
    std::int64_t offset = 0;
    std::uint64_t begin = 0, end = 0;  // half-open range of addresses where it holds
};

struct Parameter {
    std::string name;
    std::string type;  // C spelling, "struct nfs_page *"
    std::vector<Location> locations;
};

struct FunctionSource {
    std::string name;
    std::uint64_t begin = 0, end = 0;  // of the range that holds the address asked for
    std::uint64_t entry = 0;           // address where the function is entered
    std::vector<Parameter> parameters;
};

// A call that was inlined at an address, as source_of() has it.
struct InlinedFunction {
    std::string name;
    // As the source counts, empty where the table keeps none. Of one that is no pointer to a
    // structure no location is kept.
    std::vector<Parameter> parameters;
};

// What the caller passes in a register at a call, as DW_TAG_call_site_parameter says: `reg` at the
// callee's entry has `value`, told in terms of the caller's registers and frame at the call.
// in_register and entry_value are the caller's own; `begin` and `end` of the value are not used.
struct CallArgument {
    std::uint16_t reg = 0;
    Location value;
};

class CodeTable {
public:
    // The table refers to `bytes`, a section of a mapped profile, which must outlive it.
    // Unknown(corrupt) when its index contradicts itself.
    static Maybe<CodeTable> open(ByteSpan bytes);

    // Innermost first: the inlined functions at `address`, then the real one. Unknown(no_symbol)
    // when no function of the table covers it; Unknown(corrupt) for a damaged block.
    Maybe<std::vector<SourceFrame>> source_of(std::uint64_t address) const;

    // The function that covers `address`, with its parameters. Unknown as above.
    Maybe<FunctionSource> function_at(std::uint64_t address) const;

    // The functions inlined at `address` with their parameters, innermost first: as many as
    // source_of() has in front of the real one. Locations are told as far as the inlined call
    // reaches. Unknown as above.
    Maybe<std::vector<InlinedFunction>> inlined_at(std::uint64_t address) const;

    // Where functions of that name begin, in address order: a static name may occur several times.
    std::vector<std::uint64_t> entries(std::string_view function) const;

    // Functions of the table into which `function` is inlined somewhere, sorted. Every block is
    // unpacked for that.
    std::vector<std::string> hosts(std::string_view function) const;

    // What is passed at the call that returns to `return_address`. Unknown(no_symbol) when the
    // table does not know that call; Unknown(corrupt) for a damaged block.
    Maybe<std::vector<CallArgument>> call_arguments(std::uint64_t return_address) const;

private:
    CodeTable() = default;
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace nfstriage::layout
