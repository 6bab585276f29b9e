// Questions about kernel types: sizes, members, enumerators, prototypes. Answered from BTF
// (btf_types.h), that of the dump or that of a kernel profile; nobody assumes an offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/maybe.h"

namespace nfstriage::layout {

enum class TypeKind : std::uint8_t {
    integer,
    boolean,
    character,
    floating,
    pointer,
    array,
    structure,
    union_,
    enumeration,
    function,
    void_,
    forward
};

// A type after typedefs and qualifiers are peeled off.
struct TypeInfo {
    TypeKind kind = TypeKind::void_;
    std::string name;        // tag or base type name; "" if anonymous
    std::uint64_t size = 0;  // bytes
    bool is_signed = false;
    std::string pointee;      // for pointers: C spelling of the target, "struct rpc_clnt"
    std::string element;      // for arrays: C spelling of the element
    std::uint64_t count = 0;  // for arrays: elements
};

struct Member {
    std::uint64_t offset = 0;  // bytes from the start of the outermost structure
    unsigned bit_offset = 0;   // for bit fields: first bit counted from the lowest of `offset`
    unsigned bit_size = 0;     // 0: not a bit field
    TypeInfo type;
};

struct Field {         // one entry of Types::members
    std::string name;  // members of anonymous structs and unions are listed in place
    Member member;
};

struct DeclaredType;  // layout/declared.h
class Types;

// One type of one source; good for as long as the Types that gave it.
struct TypeRef {
    const Types* owner = nullptr;  // null: no type
    std::uint32_t source = 0, id = 0;
};

class Types {
public:
    virtual ~Types() = default;

    virtual std::string_view source() const = 0;  // "btf", "profile"; "none" for NoTypes

    // All sources that have been read so far; empty for NoTypes.
    virtual std::vector<std::string_view> sources() const { return {source()}; }

    // Which source describes `type`: the same as source() unless there are several.
    virtual std::string_view source_of(std::string_view /*type*/) const { return source(); }

    // `type` in C spelling: "struct rpc_task", "enum pageflags", "atomic_t", "unsigned long".
    // Unknown(no_type) when no source describes it.
    virtual Maybe<TypeInfo> type(std::string_view type) const = 0;

    // `path`: members joined by dots, through anonymous structs and unions: "u.tk_work",
    // "tk_client". Arrays may be indexed: "address_strings[1]". Unknown(no_type) when the structure
    // is not described; has_member tells that apart from "described and has no such member".
    virtual Maybe<Member> member(std::string_view structure, std::string_view path) const = 0;

    // false only if the structure was described completely and has no such member.
    virtual Maybe<bool> has_member(std::string_view structure, std::string_view path) const = 0;

    virtual Maybe<std::vector<Field>> members(std::string_view structure) const = 0;

    // The members of the structure, union or array element that `structure`.`path` is, whose type
    // may have no name of its own; offsets are from its own start.
    virtual Maybe<std::vector<Field>> members_of(std::string_view structure,
                                                 std::string_view path) const {
        return unknown(Reason::no_type, std::string(structure) + "." + std::string(path));
    }

    // The whole declaration of a type, as type() takes it. Unknown(no_type) where no source
    // describes it.
    virtual Maybe<DeclaredType> declared(std::string_view type) const;
    // The same of a type that a declaration named. Unknown(no_type) for one that was never
    // described.
    virtual Maybe<DeclaredType> declared(TypeRef type) const;
    // How C declares `name` with that type: "void (*func)(struct work_struct *)", "char name[16]".
    virtual std::string declaration(TypeRef type, std::string_view name) const;

    // The value of an enumerator, whichever enum defines it: "PG_locked".
    virtual Maybe<std::int64_t> enumerator(std::string_view name) const = 0;

    // Parameter types of a function in C spelling, in order.
    virtual Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const = 0;  // (name, type)

    // What a function gives back, in C spelling: "struct nfs_page *", "void".
    virtual Maybe<std::string> result_of(std::string_view function) const {
        return unknown(Reason::no_type, std::string(function));
    }

    // Members on which two sources disagreed so far, one sentence each, sorted.
    virtual std::vector<std::string> disagreements() const { return {}; }

    // Shortcuts: byte offset of a member, size in bytes of a type.
    Maybe<std::uint64_t> offset_of(std::string_view structure, std::string_view path) const;
    Maybe<std::uint64_t> size_of(std::string_view type) const;
};

// The types of a kernel that describes none: every answer is Unknown(no_type).
class NoTypes : public Types {
public:
    std::string_view source() const override { return "none"; }
    std::vector<std::string_view> sources() const override { return {}; }
    Maybe<TypeInfo> type(std::string_view) const override { return none(); }
    Maybe<Member> member(std::string_view, std::string_view) const override { return none(); }
    Maybe<bool> has_member(std::string_view, std::string_view) const override { return none(); }
    Maybe<std::vector<Field>> members(std::string_view) const override { return none(); }
    Maybe<std::int64_t> enumerator(std::string_view) const override { return none(); }
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view) const override {
        return none();
    }

private:
    static tl::unexpected<Unknown> none() {
        return unknown(Reason::no_type, "no type description of this kernel");
    }
};

}  // namespace nfstriage::layout
