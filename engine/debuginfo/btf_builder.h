// Writes BTF, the kernel's compact type description: header, types, strings. Format:
// Documentation/bpf/btf.rst, include/uapi/linux/btf.h. A type is written once: types of equal
// content get one id, except structures and unions with a tag, which are declared first (so that
// they may point to themselves) and defined later; one that never is, is a forward declaration.
// We promise: what finish() gives is accepted by bpftool and libbpf, or it gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/maybe.h"
#include "layout/btf.h"

namespace nfstriage::debuginfo {

using TypeId = std::uint32_t;  // 0 is void

class BtfBuilder {
public:
    struct Member {
        std::string_view name;  // "" for a structure or union in place
        TypeId type = 0;
        std::uint64_t bit_offset = 0;
        std::uint32_t bit_size = 0;  // 0: not a bit field
    };
    struct Enumerator {
        std::string_view name;
        std::int64_t value = 0;  // unsigned values above INT64_MAX keep their bits
    };
    struct Parameter {
        std::string_view name;
        TypeId type = 0;
    };
    enum class IntKind : std::uint8_t { unsigned_, signed_, boolean };

    BtfBuilder();

    TypeId integer(std::string_view name, std::uint32_t bytes, IntKind kind);
    TypeId floating(std::string_view name, std::uint32_t bytes);
    // One of pointer, const_, volatile_, restrict_.
    TypeId refer(layout::BtfKind kind, TypeId to);
    TypeId typedef_(std::string_view name, TypeId to);
    TypeId array(TypeId element, std::uint64_t count);
    // With a size of 8 bytes, or values that need them, an ENUM64.
    TypeId enumeration(std::string_view name, std::uint32_t bytes, bool is_signed,
                       const std::vector<Enumerator>& values);
    TypeId prototype(TypeId result, const std::vector<Parameter>& parameters, bool variadic);
    TypeId function(std::string_view name, TypeId prototype, bool global);

    // A structure or union with this tag, to be defined or not. Each call makes another one.
    TypeId declare(layout::BtfKind kind, std::string_view tag);
    // Gives a declared one its members. False, and no effect, when they cannot be written: more
    // than 65535, a bit field beyond 2 MiB, an offset or size above 32 bits.
    bool define(TypeId declared, std::uint64_t bytes, const std::vector<Member>& members);
    // One without tag, by content; 0 when it cannot be written.
    TypeId anonymous(layout::BtfKind kind, std::uint64_t bytes, const std::vector<Member>& members);

    bool defined(TypeId id) const;
    layout::BtfKind kind(TypeId id) const;  // structure or union for declared ones
    TypeId target(TypeId id) const;         // of refer, typedef_, array, function; 0 for others
    std::vector<TypeId> member_types(TypeId id) const;
    bool is_signed(
        TypeId id) const;  // of an integer or enumeration, behind typedefs and qualifiers
    // Bytes of an integer, enumeration or floating point number, behind the same.
    std::optional<std::uint32_t> size(TypeId id) const;

    std::size_t types() const { return nodes_.size() - 1; }
    std::uint64_t bytes() const;  // of what finish() would give
    // Unknown(budget) when the format cannot number that many types or strings.
    Maybe<std::vector<std::uint8_t>> finish() const;

private:
    struct Node {
        std::uint32_t name = 0;
        layout::BtfKind kind = layout::BtfKind::void_;
        bool flag = false, defined = true;
        std::uint32_t count = 0;
        std::uint32_t size_or_type = 0;
        std::uint32_t extra = 0, words = 0;  // range of extra_
    };
    const Node& behind(TypeId id) const;  // typedefs and qualifiers
    std::uint32_t string(std::string_view text);
    bool fill(Node& node, std::uint64_t bytes, const std::vector<Member>& members);
    void set_extra(Node& node, const std::vector<std::uint32_t>& words);
    TypeId add(const Node& node);     // a new one
    TypeId intern(const Node& node);  // or an equal one; takes back the extra words if so

    std::vector<Node> nodes_;
    std::vector<std::uint32_t> extra_;
    std::vector<char> strings_;
    std::unordered_map<std::string, std::uint32_t> string_offsets_;
    std::unordered_multimap<std::uint64_t, TypeId> by_content_;
    std::uint64_t type_bytes_ = 0;
};

}  // namespace nfstriage::debuginfo
