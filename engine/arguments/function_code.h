// The machine code of one function, with the parts that the compiler put elsewhere (.cold), as it
// stands in the dump: alternatives, static keys and ftrace have patched it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "isa/decoder.h"
#include "layout/symbols.h"

namespace nfstriage::arguments {

struct CodeRange {
    VAddr begin, end;  // half open
};

// Where an indirect jump of a switch statement may lead; may name more places than it really does.
struct JumpTable {
    VAddr jump;
    std::vector<VAddr> targets;  // ascending
};

struct FunctionCode {
    std::string name;    // symbol, suffixes kept, never that of a cold part
    std::string module;  // "" for vmlinux
    VAddr entry;
    std::vector<CodeRange> parts;                // the first holds the entry
    std::vector<isa::Instruction> instructions;  // part by part, each in address order
    std::vector<JumpTable> jump_tables;          // those that could be read
    bool complete = true;  // false: bytes that do not decode, or a part that is not in the dump
    std::string why;       // when not complete

    // The instruction that begins there, or null.
    const isa::Instruction* at(VAddr address) const;
    // The instruction that ends there, or null: the call in front of a return address.
    const isa::Instruction* before(VAddr address) const;
    bool contains(VAddr address) const;
};

// Reads and decodes functions, each once. The readers must outlive it. Not for several threads.
class CodeReader {
public:
    CodeReader(const dump::Memory& memory, const layout::Symbols& symbols, Arch arch);
    ~CodeReader();

    const isa::Decoder& decoder() const { return decoder_; }
    const layout::Symbols& symbols() const { return symbols_; }
    const dump::Memory& memory() const { return memory_; }
    Arch arch() const { return decoder_.arch(); }

    // The function that contains `address`, which may be in its cold part. At most 256 KiB of code
    // are read. Unknown: no_symbol (no function there, or one without an end), no_decoder and
    // unsupported_arch, else why the text is absent.
    Maybe<std::shared_ptr<const FunctionCode>> function_at(VAddr address);

    // Where a direct call or jump to `target` arrives after code that does nothing but jump on:
    // static call trampolines, PLT-like veneers of modules on aarch64.
    VAddr follow_jumps(VAddr target);

private:
    struct State;
    using Code = std::shared_ptr<const FunctionCode>;

    // The function at `symbol`, with a part that it does not jump to.
    Maybe<Code> build(const layout::Symbol& symbol, std::optional<CodeRange> cold);
    Maybe<Code> owner_of(const layout::Symbol& cold, std::string_view name);
    std::optional<VAddr> jump_at(VAddr address) const;
    bool set_constants(const isa::Instruction& instruction, ByteSpan bytes,
                       std::array<std::optional<std::uint64_t>, isa::kRegisters>& known) const;

    const dump::Memory& memory_;
    const layout::Symbols& symbols_;
    isa::Decoder decoder_;
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::arguments
