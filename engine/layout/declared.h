// A kernel type as its source declares it: members in their order with anonymous structs and unions
// in place, elements, enumerators. What prints of objects need, where readers ask Types for single
// members by name. Nothing is followed until asked: a member names its type by a TypeRef.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layout/types.h"

namespace nfstriage::layout {

struct DeclaredMember {
    std::string name;          // "" for an anonymous struct or union
    std::uint64_t offset = 0;  // bytes from the start of the type that declares it
    unsigned bit_offset = 0;   // for bit fields: first bit counted from the lowest of `offset`
    unsigned bit_size = 0;     // 0: not a bit field
    TypeRef type;
};

struct Enumerator {
    std::string name;
    std::int64_t value = 0;
};

struct DeclaredType {
    TypeRef ref;
    TypeKind kind = TypeKind::void_;  // behind typedefs and qualifiers
    std::string spelling;    // as declared: "atomic_t", "struct rpc_task *", "struct {...}"
    std::string name;        // tag or base type behind typedefs: "char"; "" if anonymous
    std::uint64_t size = 0;  // bytes
    bool is_signed = false;
    std::vector<DeclaredMember> members;  // of structs and unions
    TypeRef target;                       // of pointers and arrays: what is pointed to, the element
    TypeKind target_kind = TypeKind::void_;
    std::uint64_t count = 0;              // of arrays: elements
    std::vector<Enumerator> enumerators;  // in the order of the declaration
};

}  // namespace nfstriage::layout
