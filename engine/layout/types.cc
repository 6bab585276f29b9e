#include "layout/types.h"

#include "layout/declared.h"

namespace nfstriage::layout {

Maybe<DeclaredType> Types::declared(std::string_view type) const {
    return unknown(Reason::no_type, std::string(type));
}

Maybe<DeclaredType> Types::declared(TypeRef type) const {
    if (type.owner != nullptr && type.owner != this) return type.owner->declared(type);
    return unknown(Reason::no_type, "a type that no source describes");
}

std::string Types::declaration(TypeRef type, std::string_view name) const {
    if (type.owner != nullptr && type.owner != this) return type.owner->declaration(type, name);
    return std::string(name);
}

Maybe<std::uint64_t> Types::offset_of(std::string_view structure, std::string_view path) const {
    return member(structure, path).map([](const Member& m) { return m.offset; });
}

Maybe<std::uint64_t> Types::size_of(std::string_view name) const {
    return type(name).map([](const TypeInfo& info) { return info.size; });
}

}  // namespace nfstriage::layout
