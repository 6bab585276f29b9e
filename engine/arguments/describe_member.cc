// Which member of a structure some bytes are (describe.h).
#include <algorithm>

#include <fmt/format.h>

#include "arguments/describe.h"

namespace nfstriage::arguments {
namespace {

using layout::TypeKind;

constexpr unsigned kDeepest = 8;  // structures in structures

bool is_compound(const layout::TypeInfo& type) {
    return type.kind == TypeKind::structure || type.kind == TypeKind::union_;
}

std::string spelling_of(const layout::TypeInfo& type) {
    switch (type.kind) {
        case TypeKind::pointer:
            return type.pointee + (type.pointee.ends_with('*') ? "*" : " *");
        case TypeKind::structure:
            return type.name.empty() ? "" : "struct " + type.name;
        case TypeKind::union_:
            return type.name.empty() ? "" : "union " + type.name;
        case TypeKind::enumeration:
            return type.name.empty() ? "" : "enum " + type.name;
        case TypeKind::array:
            return type.element + "[]";
        default:
            return type.name;
    }
}

// Of the members that hold the bytes, the one that says most about them: of their very size and
// place, else a structure or array to look into, else whatever they are a part of.
const layout::Field* best(const std::vector<layout::Field>& fields, std::uint64_t offset,
                          std::uint64_t size) {
    const layout::Field* found = nullptr;
    int rank = 0;
    for (const layout::Field& field : fields) {
        std::uint64_t begin = field.member.offset, bytes = field.member.type.size;
        bool is_bits = field.member.bit_size != 0;
        if (begin > offset || offset - begin >= bytes) continue;
        bool compound = is_compound(field.member.type) || field.member.type.kind == TypeKind::array;
        int here = 1;
        if (size != 0 && offset - begin + size > bytes)
            here = 1;
        else if (!compound && begin == offset && bytes == size && !is_bits)
            here = 4;
        else if (compound)
            here = 3;
        else if (begin == offset)
            here = 2;
        if (here > rank) {
            rank = here;
            found = &field;
        }
    }
    return found;
}

Maybe<MemberPath> search(const layout::Types& types, std::string_view structure,
                         const std::string& prefix, std::vector<layout::Field> fields,
                         std::uint64_t offset, std::uint64_t size, unsigned depth) {
    const layout::Field* field = best(fields, offset, size);
    if (field == nullptr || depth > kDeepest)
        return unknown(Reason::no_type,
                       fmt::format("{} has no member at {:#x}", structure, offset));
    MemberPath result;
    result.path = prefix.empty() ? field->name : prefix + "." + field->name;
    result.type = field->member.type;
    result.inside = offset - field->member.offset;
    if (result.type.kind == TypeKind::array && result.type.count > 0) {
        std::uint64_t element = result.type.size / result.type.count;
        if (element == 0) return unknown(Reason::no_type, result.path);
        result.path += fmt::format("[{}]", result.inside / element);
        result.inside %= element;
        auto type = types.member(structure, result.path);
        if (!type) return tl::unexpected<Unknown>(type.error());
        result.type = type->type;
    }
    result.spelling = spelling_of(result.type);
    if (!is_compound(result.type)) return result;
    // A whole structure is asked for: its address, or a copy.
    if (result.inside == 0 && size == 0) return result;
    auto inner = types.members_of(structure, result.path);
    if (!inner && !result.spelling.empty()) inner = types.members(result.spelling);
    if (!inner || inner->empty()) return result;
    auto deeper =
        search(types, structure, result.path, std::move(*inner), result.inside, size, depth + 1);
    return deeper ? std::move(*deeper) : result;
}

}  // namespace

Maybe<MemberPath> member_at(const layout::Types& types, std::string_view structure,
                            std::uint64_t offset, std::uint64_t size) {
    auto fields = types.members(structure);
    if (!fields) return tl::unexpected<Unknown>(fields.error());
    return search(types, structure, "", std::move(*fields), offset, size, 0);
}

std::string pointee(std::string_view type) {
    if (!type.ends_with('*')) return {};
    type.remove_suffix(1);
    while (type.ends_with(' ')) type.remove_suffix(1);
    if (type.ends_with('*')) return {};
    return type.starts_with("struct ") || type.starts_with("union ") ? std::string(type) : "";
}

}  // namespace nfstriage::arguments
