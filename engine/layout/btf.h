// BTF, the type description that kernels since 5.2 carry in their own memory (.BTF of vmlinux) and
// modules since 5.11 (split BTF, numbered on from vmlinux). Format: Documentation/bpf/btf.rst and
// include/uapi/linux/btf.h. This file reads one blob; btf_types.h answers questions over several.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/maybe.h"
#include "layout/name_chains.h"

namespace nfstriage::layout {

enum class BtfKind : std::uint8_t {
    void_ = 0,
    integer = 1,
    pointer = 2,
    array = 3,
    structure = 4,
    union_ = 5,
    enumeration = 6,
    forward = 7,
    typedef_ = 8,
    volatile_ = 9,
    const_ = 10,
    restrict_ = 11,
    function = 12,
    prototype = 13,
    variable = 14,
    section = 15,
    floating = 16,
    decl_tag = 17,
    type_tag = 18,
    enumeration64 = 19
};

struct BtfType {  // struct btf_type with its info word taken apart
    std::uint32_t name_offset = 0;
    BtfKind kind = BtfKind::void_;
    bool kind_flag = false;
    std::uint32_t count = 0;         // vlen: members, enumerators, parameters
    std::uint32_t size_or_type = 0;  // bytes, or the id of the type referred to
    std::uint32_t data = 0;          // offset of what follows the fixed part
};

class Btf {
public:
    // Takes the bytes and indexes them. `base` is vmlinux's BTF for split BTF and must outlive
    // this; `start_string` is struct btf.start_str_off, the length of the base's strings.
    // Unknown(corrupt) with the place when the blob contradicts itself.
    static Maybe<std::unique_ptr<Btf>> parse(std::vector<std::uint8_t> bytes,
                                             const Btf* base = nullptr);

    // Ids run from 1 (0 is void); a split BTF's own start at first_id().
    std::uint32_t first_id() const { return first_id_; }
    std::uint32_t end_id() const { return first_id_ + static_cast<std::uint32_t>(offsets_.size()); }
    std::uint32_t strings_end() const { return string_base_ + string_size_; }

    // The type of that id, of this blob or its base; nothing when there is none.
    std::optional<BtfType> type(std::uint32_t id) const;
    std::string_view name(std::uint32_t name_offset) const;  // "" when out of range

    // name(name_offset) == text, without measuring the name.
    bool is_named(std::uint32_t name_offset, std::string_view text) const;

    // 32-bit word `index` of the data behind a type of this id.
    std::uint32_t word(std::uint32_t id, const BtfType& type, std::uint32_t index) const;

    // Own types of one of `kinds` with that name, in id order.
    std::vector<std::uint32_t> find(std::string_view name, BtfKind kind) const;

private:
    Btf() = default;
    Maybe<void> index();
    void build_name_table();
    std::uint32_t hash_of(std::uint32_t name_offset) const;

    std::vector<std::uint8_t> bytes_;
    const Btf* base_ = nullptr;
    std::uint32_t first_id_ = 1;
    std::uint32_t type_begin_ = 0, type_end_ = 0;
    std::uint32_t string_begin_ = 0, string_size_ = 0, string_base_ = 0;
    std::vector<std::uint32_t> offsets_;  // by id - first_id_: where the type starts in bytes_
    NameChains by_name_;                  // of offsets_
};

}  // namespace nfstriage::layout
