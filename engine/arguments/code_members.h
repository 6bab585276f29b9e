// Which members of kernel structures a function uses, and which bits it changes atomically. The
// base of an access is known where the data flow (flow.h) leads to a typed parameter, member or
// result. We promise: a yes of touches() is of a typed base on every path that was seen; there is
// no "no", because a pointer into the middle of a structure hides its members from us.
#pragma once

#include <cstdint>
#include <string_view>

#include "arguments/code_facts.h"
#include "layout/types.h"

namespace nfstriage::arguments {

class CodeMembers {
public:
    // Both must outlive it.
    CodeMembers(CodeFacts& facts, const layout::Types& types);

    // `function`, with what is inlined into it, reads, writes or takes the address of `member` of
    // `structure` ("struct nfs4_client"). Never no. Unknown: no_type (the member or the base of
    // what may be an access is not known), no_symbol (no such function, or nothing that may be an
    // access), budget, or why the text is absent.
    CodeAnswer touches(std::string_view function, std::string_view structure,
                       std::string_view member);

    // An atomic operation (set_bit(), test_and_clear_bit(), ...) on bit number `bit`, a constant,
    // at the distance of that member from whatever base; a base known to be of another type does
    // not count. No only where the whole body was decoded and has no other atomic operation that is
    // not understood. aarch64 without FEAT_LSE has no single instruction for it: Unknown.
    CodeAnswer changes_bit(std::string_view function, std::string_view structure,
                           std::string_view member, unsigned bit);

private:
    enum class Base : std::uint8_t { ours, other, unknown };
    struct Bit {
        std::uint64_t offset = 0;  // of the member
        unsigned number = 0;
    };
    Base base_of(const FunctionCode& code, const isa::Instruction& instruction, isa::Register base,
                 std::int64_t displacement, std::string_view structure, std::uint64_t offset,
                 std::uint64_t size);
    Tri x86_64_bit(const FunctionCode& code, const isa::Instruction& instruction,
                   std::string_view text, std::string_view structure, Bit bit);
    Tri aarch64_bit(const FunctionCode& code, const isa::Instruction& instruction,
                    std::string_view text, std::string_view structure, Bit bit);

    CodeFacts& facts_;
    const layout::Types& types_;
};

}  // namespace nfstriage::arguments
