// Whole declarations from BTF: the half of BtfTypes that prints are made of.
#include "layout/btf_types.h"
#include "layout/declared.h"

namespace nfstriage::layout {
namespace {

constexpr unsigned kDeepest = 32;     // chains of typedefs and qualifiers
constexpr unsigned kMostSteps = 256;  // of one C declaration

}  // namespace

TypeRef BtfTypes::ref_of(Id id) const {
    for (std::size_t i = 0; i < sources_.size(); ++i)
        if (sources_[i].btf.get() == id.btf) return {this, static_cast<std::uint32_t>(i), id.id};
    return {};
}

std::optional<BtfTypes::Id> BtfTypes::id_of(TypeRef type) const {
    if (type.owner != this || type.source >= sources_.size()) return std::nullopt;
    const Btf* btf = sources_[type.source].btf.get();
    if (btf == nullptr) return std::nullopt;
    return Id{btf, type.id};
}

Maybe<DeclaredType> BtfTypes::declared(std::string_view spelling) const {
    return find(spelling).map([this](Id id) { return declared(id); });
}

Maybe<DeclaredType> BtfTypes::declared(TypeRef type) const {
    auto id = id_of(type);
    if (!id) return Types::declared(type);
    DeclaredType found = declared(*id);
    if (found.kind != TypeKind::forward) return found;
    // A module's BTF may name a type that only another one describes.
    if (auto whole = find(found.spelling)) return declared(*whole);
    return unknown(Reason::no_type, found.spelling);
}

DeclaredType BtfTypes::declared(Id id) const {
    DeclaredType declared;
    declared.ref = ref_of(id);
    declared.spelling = declaration(declared.ref, "");
    const TypeInfo info = describe(id);
    declared.kind = info.kind;
    declared.name = info.name;
    declared.size = info.size;
    declared.is_signed = info.is_signed;
    declared.count = info.count;

    const Id peeled = peel(id);
    auto type = peeled.btf->type(peeled.id);
    if (!type) return declared;
    auto word = [&](std::uint32_t index) { return peeled.btf->word(peeled.id, *type, index); };
    auto aim_at = [&](std::uint32_t target) {
        declared.target = ref_of({peeled.btf, target});
        declared.target_kind = describe({peeled.btf, target}).kind;
    };
    switch (type->kind) {
        case BtfKind::structure:
        case BtfKind::union_:
            add_members(peeled, *type, declared);
            break;
        case BtfKind::pointer:
            aim_at(type->size_or_type);
            break;
        case BtfKind::array:
            aim_at(word(0));
            break;
        case BtfKind::enumeration:
            for (std::uint32_t i = 0; i < type->count; ++i) {
                std::uint32_t value = word(i * 2 + 1);
                declared.enumerators.push_back({std::string(peeled.btf->name(word(i * 2))),
                                                declared.is_signed
                                                    ? std::int64_t{static_cast<std::int32_t>(value)}
                                                    : std::int64_t{value}});
            }
            break;
        case BtfKind::enumeration64:
            for (std::uint32_t i = 0; i < type->count; ++i)
                declared.enumerators.push_back(
                    {std::string(peeled.btf->name(word(i * 3))),
                     static_cast<std::int64_t>(std::uint64_t{word(i * 3 + 2)} << 32 |
                                               word(i * 3 + 1))});
            break;
        default:
            break;
    }
    return declared;
}

void BtfTypes::add_members(Id id, const BtfType& type, DeclaredType& declared) const {
    declared.members.reserve(type.count);
    for (std::uint32_t i = 0; i < type.count; ++i) {
        const Member at = member_at(id, type, i, 0);
        DeclaredMember member;
        member.name = id.btf->name(id.btf->word(id.id, type, i * 3));
        member.offset = at.offset;
        member.bit_offset = at.bit_offset;
        member.bit_size = at.bit_size;
        member.type = ref_of({id.btf, id.btf->word(id.id, type, i * 3 + 1)});
        declared.members.push_back(std::move(member));
    }
}

std::string BtfTypes::declaration(TypeRef type, std::string_view name) const {
    auto id = id_of(type);
    if (!id) return Types::declaration(type, name);
    unsigned steps = kMostSteps;
    return declare(*id, std::string(name), steps);
}

// C declares from the inside out: what stands around the name grows on the way to the base type.
std::string BtfTypes::declare(Id id, std::string inner, unsigned& steps) const {
    std::string qualifiers;
    for (unsigned depth = 0; depth < kDeepest && steps > 0; ++depth) {
        --steps;
        auto type = id.btf->type(id.id);
        if (!type) break;
        auto refers_to = [&](std::uint32_t target) { id.id = target; };
        // A qualifier belongs to the pointer that follows it, else to the base type.
        auto pointer_takes_qualifiers = [&] {
            inner = "*" + (qualifiers.empty() ? inner : qualifiers + inner);
            qualifiers.clear();
        };
        switch (type->kind) {
            case BtfKind::const_:
                qualifiers = "const " + qualifiers;
                break;
            case BtfKind::volatile_:
                qualifiers = "volatile " + qualifiers;
                break;
            case BtfKind::restrict_:
            case BtfKind::type_tag:
                break;
            case BtfKind::pointer: {
                pointer_takes_qualifiers();
                auto target = id.btf->type(type->size_or_type);
                if (target &&
                    (target->kind == BtfKind::array || target->kind == BtfKind::prototype))
                    inner = "(" + inner + ")";
                break;
            }
            case BtfKind::array:
                inner += "[" + std::to_string(id.btf->word(id.id, *type, 2)) + "]";
                refers_to(id.btf->word(id.id, *type, 0));
                continue;
            case BtfKind::prototype:
                inner += declare_parameters(id, *type, steps);
                break;
            default: {
                std::string base = qualifiers + spell(id);
                if (inner.empty()) return base;
                return base + (inner.front() == '[' ? "" : " ") + inner;
            }
        }
        refers_to(type->size_or_type);
    }
    return "... " + inner;
}

std::string BtfTypes::declare_parameters(Id prototype, const BtfType& type, unsigned& steps) const {
    std::string text;
    for (std::uint32_t i = 0; i < type.count && steps > 0; ++i) {
        std::uint32_t parameter = prototype.btf->word(prototype.id, type, i * 2 + 1);
        if (!text.empty()) text += ", ";
        text += parameter == 0 ? "..." : declare({prototype.btf, parameter}, "", steps);
    }
    return "(" + (text.empty() ? "void" : text) + ")";
}

}  // namespace nfstriage::layout
