// Values of any C type, read whole: what a debugger prints of an object. Where readers of kernel
// objects ask for single members by name (object.h), this walks a declaration and reads every
// member as it is declared: nested structures, all arms of unions, arrays, bit fields,
// enumerations. We promise: a value is the bytes at its place, or Unknown with the memory's reason;
// a walk is bounded and says where it stopped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/budget.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/declared.h"
#include "layout/symbols.h"

namespace nfstriage::kernel {

struct TypedValue {
    std::string name;  // of the member; "" for an anonymous structure and for elements
    std::string type;  // as declared: "atomic_t", "char[16]"
    layout::TypeKind kind = layout::TypeKind::void_;
    VAddr address;
    std::uint64_t offset = 0;  // bytes from the object that was asked for
    std::uint64_t size = 0;    // bytes
    unsigned bit_offset = 0, bit_size = 0;
    bool is_signed = false;

    // What stands there, one of these four.
    Maybe<std::uint64_t> number = unknown(Reason::no_type);  // integers (signed ones extended to 64
                                                             // bits), enumerations, pointers
    std::optional<std::string> text;  // arrays of char up to the NUL; hex bytes of wider integers
                                      // and of floating point
    std::vector<TypedValue> parts;    // members, or elements
    bool has_parts = false;           // a structure, union or array, though it may be empty

    std::uint64_t count = 0;  // of arrays: elements that there are; more than parts: cut
    // What a number means.
    std::string enumerator;             // "NFS_CONTEXT_BAD", "A|B" for flags
    std::string symbol;                 // "nfs_write_completion+0x0 [nfs]": it points there
    std::optional<std::string> string;  // that a pointer to char points to
};

struct ValueLimits {
    std::uint64_t elements = 200;   // of an array that are read; 0: as many as `values` lets
    std::uint64_t values = 50'000;  // of one object, all levels together
};

class ValueReader {
public:
    // All must outlive it.
    ValueReader(const dump::Memory& memory, const layout::Types& types,
                const layout::Symbols& symbols, ValueLimits limits = {})
        : memory_(memory),
          types_(types),
          symbols_(symbols),
          limits_(limits),
          budget_(limits.values) {}

    // The object of that type at `address`. Never fails as a whole: what cannot be read is Unknown
    // in its place.
    TypedValue object(const layout::DeclaredType& type, VAddr address);

    // One member of it, by a path as Object takes it: "tk_client->cl_xprt", "slots[2].seq_nr".
    // Unknown(no_type) names the part of the path that the type does not have; Unknown(null) and
    // the memory's reasons for a pointer on the way.
    Maybe<TypedValue> member(const layout::DeclaredType& type, VAddr address,
                             std::string_view path);

    // "nfs_write_completion+0x10 [nfs]", "" for what no symbol contains.
    std::string symbol_at(std::uint64_t address) const;

private:
    TypedValue value(const layout::DeclaredType& type, VAddr at, std::uint64_t offset,
                     unsigned depth);
    void read_members(const layout::DeclaredType& type, TypedValue& value, unsigned depth);
    void read_elements(const layout::DeclaredType& type, TypedValue& value, unsigned depth);
    void read_text(TypedValue& value) const;
    void read_number(const layout::DeclaredType& type, TypedValue& value) const;
    void explain(const layout::DeclaredType& type, TypedValue& value) const;

    const dump::Memory& memory_;
    const layout::Types& types_;
    const layout::Symbols& symbols_;
    ValueLimits limits_;
    Budget budget_;
};

// Where a path leads in a type, without memory: for layouts. A "->" is no place in the type:
// Unknown(no_type). Unknown(corrupt): structures inside each other without end.
struct DeclaredPlace {
    layout::DeclaredType type;
    std::uint64_t offset = 0;
    unsigned bit_offset = 0, bit_size = 0;
};
Maybe<DeclaredPlace> find_declared(const layout::Types& types, const layout::DeclaredType& type,
                                   std::string_view path);

}  // namespace nfstriage::kernel
