// Values of a function's data flow (flow.h) as C expressions for people: a register at entry is the
// parameter that it carries, what was loaded through a typed pointer is a member, what a call gave
// back is the result of that function. Types come from prototypes and structures (layout::Types).
// We promise: a name stands for the same value as the flow says; what has no type is written as the
// access that the machine does, "*(u64 *)(rdi + 0x38)".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments/flow.h"
#include "arguments/function_code.h"
#include "arguments/parameter_places.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::arguments {

// The member of `structure` that `size` bytes at `offset` are: "wb_kref", "u.tk_work.func",
// "address_strings[2]". Among members of a union the first of that size. Unknown: no_type when the
// structure is not described or nothing is there. `size` 0: whatever begins or lies there.
struct MemberPath {
    std::string path;
    layout::TypeInfo type;
    std::string spelling;      // C type of a pointer or structure: "struct nfs_page *"
    std::uint64_t inside = 0;  // bytes of `offset` into the member
};
Maybe<MemberPath> member_at(const layout::Types& types, std::string_view structure,
                            std::uint64_t offset, std::uint64_t size);

struct Described {
    std::string text;                   // "req->wb_lock_context"
    std::string type;                   // C spelling, "struct nfs_lock_context *"; "" if not known
    bool has_name = false;              // no register or bare address is left in `text`
    bool is_plain = true;               // needs no parentheses in front of ->
    std::optional<unsigned> parameter;  // the value is this parameter, unchanged
};

// What a value is, and where from.
class Describer {
public:
    // All must outlive it.
    Describer(const layout::Types& types, const CodeReader& reader, const FunctionCode& code,
              const FlowResult& flow);

    Described value(const Value& value) const { return value_at(value, 0); }

    // From now on `symbol` is said to be that, where no prototype names it.
    void assume(SymbolId symbol, Described described) { assumed_[symbol] = std::move(described); }

    // The `size` bytes at an address: "req->wb_flags".
    Described memory(const Value& address, std::uint32_t size) const;
    // As memory(), through `pointer` + `offset`, with the member's name beside it.
    struct Access {
        Described place;
        std::string structure, member;  // "struct nfs_page", "wb_flags"; "" if not known
    };
    Access access(const Described& pointer, std::int64_t offset, std::uint32_t size) const;

    const std::vector<ParameterPlace>& parameters() const { return parameters_; }
    bool knows_parameters() const { return knows_parameters_; }

private:
    Described value_at(const Value& value, unsigned depth) const;
    Described symbol(SymbolId id, unsigned depth) const;
    Described entry(isa::Register reg) const;
    Described stacked(std::int64_t offset) const;
    Described loaded(const Symbol& symbol, unsigned depth) const;
    Described per_cpu(const Symbol& symbol) const;
    Described result(const Symbol& symbol) const;
    Described computed(const Symbol& symbol) const;
    Described constant(std::uint64_t value) const;

    const layout::Types& types_;
    const CodeReader& reader_;
    const layout::Symbols& symbols_;
    const FunctionCode& code_;
    const FlowResult& flow_;
    std::vector<ParameterPlace> parameters_;
    std::map<SymbolId, Described> assumed_;
    bool knows_parameters_ = false;
};

// "struct nfs_page" of "struct nfs_page *"; "" for what is no pointer to a structure.
std::string pointee(std::string_view pointer_type);

// "rdi + 0x38", "rdi - 0x8", "rdi".
std::string with_offset(const std::string& text, std::int64_t offset);

}  // namespace nfstriage::arguments
