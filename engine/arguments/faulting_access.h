// The memory access that a processor faulted on: which operand of the instruction, what for and how
// many bytes, and which object and member that is in the function's own terms. The instruction
// comes from the dump's text or from the "Code:" bytes of a console log, the registers are those of
// the fault.
// We promise: the operand is one that the fault's address fits or, without it, that nothing can be
// read through; an expression follows from the function's code (flow.h), its ground stands beside.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "arguments/describe.h"
#include "arguments/function_code.h"
#include "base/arch.h"
#include "base/maybe.h"
#include "base/registers.h"
#include "dump/dump.h"
#include "isa/decoder.h"
#include "kernel/objects.h"
#include "kernel/pointer_kind.h"

namespace nfstriage::arguments {

enum class AccessKind : std::uint8_t {
    read,
    write,
    update,  // reads, then writes
    execute  // of the instruction itself
};

// "read", "write", "read and write", "instruction fetch"
std::string_view to_string(AccessKind kind);

// An operand in memory and where it was. What needs a register that is not known is absent.
struct MemoryAccess {
    AccessKind kind = AccessKind::read;
    std::uint32_t size = 0;                // bytes; 0: not known
    std::optional<std::uint64_t> address;  // of the first byte
    std::string operand;                   // "rdi + 0x38", "rax + rcx*8 - 0x10"
    std::optional<isa::Register> base;     // the register that holds the pointer
    std::string base_name;                 // "rdi"; "" without one
    std::optional<std::uint64_t> base_value;
    std::int64_t offset = 0;  // of the access from base_value, index included
    bool has_index = false;
};

// The operand of `instruction` that faulted. `fault_address`: what the processor said, if it did
// (CR2, FAR_EL1). `is_bad`: whether nothing can be read at an address, to choose without it.
// Unknown: no_type (the instruction accesses no memory), corrupt (no operand fits).
Maybe<MemoryAccess> faulting_operand(const isa::Instruction& instruction,
                                     const Registers& registers, Arch arch,
                                     std::optional<std::uint64_t> fault_address,
                                     const std::function<bool(std::uint64_t)>& is_bad);

struct FaultingAccess {
    MemoryAccess access;
    std::string instruction;       // "mov 0x18(%rbp),%rbx"
    std::string expression;        // "nf->nf_file"; "" if not known
    std::string object;            // what the base register holds: "nf"; "" if not known
    std::string type;              // of that: "struct nfsd_file *"
    std::string member;            // "nf_file"
    std::string origin;            // "argument 2 of nfsd_vfs_write"
    bool is_likely = false;        // control may have come a way that was not seen
    kernel::PointerWords base;     // what the base register's value is
    std::string sentence() const;  // all of it, one line
};

struct AccessReaders {
    CodeReader& code;
    const layout::Types& types;
    const dump::Dump& dump;
    kernel::Objects& objects;
};

// In a dump: the access of the instruction at `pc`. Unknown: as CodeReader::function_at and
// faulting_operand; no_decoder.
Maybe<FaultingAccess> faulting_access(const AccessReaders& readers, const Registers& registers,
                                      VAddr pc, std::optional<std::uint64_t> fault_address);

// From a console log: `bytes` begin with the instruction at the fault.
Maybe<FaultingAccess> faulting_access(const isa::Decoder& decoder, ByteSpan bytes,
                                      const Registers& registers,
                                      std::optional<std::uint64_t> fault_address);

}  // namespace nfstriage::arguments
