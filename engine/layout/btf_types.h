// Types answered from BTF: vmlinux's, and the modules' split BTF, which is loaded when a type is
// not found in vmlinux (rpc_task is in vmlinux's only where sunrpc is built in).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "layout/btf.h"
#include "layout/btf_enumerators.h"
#include "layout/types.h"

namespace nfstriage::layout {

class BtfTypes : public Types {
public:
    using Loader = std::function<Maybe<std::vector<std::uint8_t>>()>;

    // `source`: where the BTF comes from, "btf" (the dump) or "profile".
    explicit BtfTypes(std::unique_ptr<Btf> vmlinux, std::string source = "btf");

    // A module's split BTF, read by `load` when it is first needed. Modules are asked in the order
    // in which they were added.
    void add_module(std::string name, Loader load);

    std::string_view source() const override { return source_; }
    Maybe<TypeInfo> type(std::string_view type) const override;
    Maybe<Member> member(std::string_view structure, std::string_view path) const override;
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override;
    Maybe<std::vector<Field>> members(std::string_view structure) const override;
    Maybe<std::vector<Field>> members_of(std::string_view structure,
                                         std::string_view path) const override;
    Maybe<DeclaredType> declared(std::string_view type) const override;
    Maybe<DeclaredType> declared(TypeRef type) const override;
    std::string declaration(TypeRef type, std::string_view name) const override;
    Maybe<std::int64_t> enumerator(std::string_view name) const override;
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const override;
    Maybe<std::string> result_of(std::string_view function) const override;

    // False when some module's BTF could not be read, so that "no such type" proves nothing.
    bool complete() const;

private:
    struct Source {
        std::string module;  // "" for vmlinux
        Loader load;
        std::unique_ptr<Btf> btf;
        bool tried = false;
        std::optional<BtfEnumerators> enumerators;  // read when one is first asked for
    };
    struct Id {
        const Btf* btf;
        std::uint32_t id;
    };
    struct Place {  // a member and the id of its type, peeled
        Member member;
        Id type;
    };

    const Btf* loaded(Source& source) const;
    Maybe<Id> find(std::string_view spelling) const;
    TypeInfo describe(Id id) const;
    std::uint64_t size_of_type(Id id, unsigned depth) const;
    std::string spell(Id id, unsigned depth = 0) const;
    Id peel(Id id) const;  // through typedefs, qualifiers and tags
    // `budget`: of members looked at. Damaged BTF has structures inside each other without end.
    std::optional<Place> find_member(Id structure, std::string_view name, Budget& budget,
                                     unsigned depth = 0) const;
    Maybe<std::optional<Place>> walk(std::string_view structure, std::string_view path) const;
    Maybe<std::vector<Field>> fields_of(Id structure, std::string_view spelling) const;
    void collect(Id structure, std::uint64_t bit_base, std::vector<Field>& fields, Budget& budget,
                 unsigned depth = 0) const;
    std::optional<Id> prototype_of(std::string_view function) const;
    TypeRef ref_of(Id id) const;
    std::optional<Id> id_of(TypeRef type) const;
    DeclaredType declared(Id id) const;
    void add_members(Id id, const BtfType& type, DeclaredType& declared) const;
    std::string declare(Id id, std::string inner, unsigned& steps) const;
    std::string declare_parameters(Id prototype, const BtfType& type, unsigned& steps) const;
    Member member_at(Id structure, const BtfType& type, std::uint32_t index,
                     std::uint64_t bit_base) const;

    std::string source_;
    mutable std::vector<Source> sources_;
};

}  // namespace nfstriage::layout
