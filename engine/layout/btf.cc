#include "layout/btf.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "layout/name_hash.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint16_t kMagic = 0xeb9f;
constexpr std::uint32_t kFixedPart = 12;  // sizeof(struct btf_type)
constexpr std::uint32_t kHashed = 512;    // bytes of a name: KSYM_NAME_LEN

struct Header {  // struct btf_header
    std::uint16_t magic;
    std::uint8_t version, flags;
    std::uint32_t header_size, type_offset, type_size, string_offset, string_size;
};
static_assert(sizeof(Header) == 24);

// Bytes behind the fixed part, per include/uapi/linux/btf.h; nothing for kinds not known.
std::optional<std::uint64_t> data_size(BtfKind kind, std::uint32_t count) {
    switch (kind) {
        case BtfKind::integer:
        case BtfKind::variable:
        case BtfKind::decl_tag:
            return 4;
        case BtfKind::array:
            return 12;
        case BtfKind::structure:
        case BtfKind::union_:
        case BtfKind::section:
        case BtfKind::enumeration64:
            return std::uint64_t{count} * 12;
        case BtfKind::enumeration:
        case BtfKind::prototype:
            return std::uint64_t{count} * 8;
        case BtfKind::pointer:
        case BtfKind::forward:
        case BtfKind::typedef_:
        case BtfKind::volatile_:
        case BtfKind::const_:
        case BtfKind::restrict_:
        case BtfKind::function:
        case BtfKind::floating:
        case BtfKind::type_tag:
            return 0;
        case BtfKind::void_:
            break;
    }
    return std::nullopt;
}

BtfType decode(const std::uint8_t* at, std::uint32_t offset) {
    std::uint32_t words[3];
    std::memcpy(words, at, sizeof words);
    BtfType type;
    type.name_offset = words[0];
    type.kind = static_cast<BtfKind>(words[1] >> 24 & 0x1f);
    type.kind_flag = words[1] >> 31;
    type.count = words[1] & 0xffff;
    type.size_or_type = words[2];
    type.data = offset + kFixedPart;
    return type;
}

tl::unexpected<Unknown> corrupt(const std::string& what) {
    return unknown(Reason::corrupt, "BTF: " + what);
}

bool is_named_kind(BtfKind kind) {
    switch (kind) {
        case BtfKind::integer:
        case BtfKind::structure:
        case BtfKind::union_:
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
        case BtfKind::typedef_:
        case BtfKind::floating:
        case BtfKind::function:
            return true;
        default:
            return false;
    }
}

}  // namespace

Maybe<std::unique_ptr<Btf>> Btf::parse(std::vector<std::uint8_t> bytes, const Btf* base) {
    std::unique_ptr<Btf> btf(new Btf);
    btf->bytes_ = std::move(bytes);
    btf->base_ = base;
    if (base != nullptr) {
        btf->first_id_ = base->end_id();
        btf->string_base_ = base->strings_end();
    }
    auto indexed = btf->index();
    if (!indexed) return tl::unexpected<Unknown>(indexed.error());
    btf->build_name_table();
    return btf;
}

Maybe<void> Btf::index() {
    Bytes bytes{ByteSpan(bytes_)};
    auto header = bytes.get<Header>(0);
    if (!header || header->magic != kMagic || header->version != 1)
        return corrupt("no header (magic 0xeb9f, version 1) at its start");
    auto types =
        bytes.range(std::uint64_t{header->header_size} + header->type_offset, header->type_size);
    auto strings = bytes.range(std::uint64_t{header->header_size} + header->string_offset,
                               header->string_size);
    if (!types || !strings || bytes_.size() > UINT32_MAX)
        return corrupt("type or string section leaves the " + std::to_string(bytes_.size()) +
                       " bytes");
    if (!strings->empty() && strings->back() != 0) return corrupt("last string has no end");
    // Offset 0 is the name of what has none; a module's refers to its base's strings.
    if (base_ == nullptr && !strings->empty() && strings->front() != 0)
        return corrupt("first string is not empty");
    type_begin_ = header->header_size + header->type_offset;
    type_end_ = type_begin_ + header->type_size;
    string_begin_ = header->header_size + header->string_offset;
    string_size_ = header->string_size;

    offsets_.reserve(header->type_size / 24);  // the mean of kernels seen is 26
    std::uint64_t at = type_begin_;
    while (at < type_end_) {
        if (type_end_ - at < kFixedPart) return corrupt("type cut at " + std::to_string(at));
        BtfType type = decode(&bytes_[at], static_cast<std::uint32_t>(at));
        auto more = data_size(type.kind, type.count);
        if (!more)
            return corrupt("type of unknown kind " +
                           std::to_string(static_cast<unsigned>(type.kind)) + " at " +
                           std::to_string(at));
        if (*more > type_end_ - at - kFixedPart)
            return corrupt("type cut at " + std::to_string(at));
        offsets_.push_back(static_cast<std::uint32_t>(at));
        at += kFixedPart + *more;
    }
    offsets_.shrink_to_fit();
    return {};
}

// Of the beginning of a name: many types may share one that fills the section.
std::uint32_t Btf::hash_of(std::uint32_t name_offset) const {
    if (name_offset < string_base_) return base_->hash_of(name_offset);
    std::uint32_t own = name_offset - string_base_;
    if (own >= string_size_) return name_hash({});
    const auto* text = reinterpret_cast<const char*>(&bytes_[string_begin_ + own]);
    return name_hash({text, ::strnlen(text, std::min(kHashed, string_size_ - own))});
}

void Btf::build_name_table() {
    std::size_t named = 0;
    for (std::uint32_t offset : offsets_)
        named += is_named_kind(decode(&bytes_[offset], offset).kind);
    by_name_ = NameChains(offsets_.size(), named);
    for (auto i = static_cast<std::uint32_t>(offsets_.size()); i-- > 0;) {
        BtfType type = decode(&bytes_[offsets_[i]], offsets_[i]);
        if (!is_named_kind(type.kind) || type.name_offset == 0) continue;
        by_name_.add(hash_of(type.name_offset), i);
    }
}

std::optional<BtfType> Btf::type(std::uint32_t id) const {
    if (id < first_id_) {
        if (base_ != nullptr) return base_->type(id);
        if (id == 0) return BtfType{};
        return std::nullopt;
    }
    if (id >= end_id()) return std::nullopt;
    std::uint32_t offset = offsets_[id - first_id_];
    return decode(&bytes_[offset], offset);
}

std::string_view Btf::name(std::uint32_t name_offset) const {
    if (name_offset < string_base_) return base_->name(name_offset);
    std::uint32_t own = name_offset - string_base_;
    if (own >= string_size_) return {};
    // index() has checked that the section ends with a NUL.
    return reinterpret_cast<const char*>(&bytes_[string_begin_ + own]);
}

bool Btf::is_named(std::uint32_t name_offset, std::string_view text) const {
    if (name_offset < string_base_) return base_->is_named(name_offset, text);
    std::uint32_t own = name_offset - string_base_;
    if (own >= string_size_) return text.empty();
    if (text.size() >= string_size_ - own) return false;
    const auto* name = reinterpret_cast<const char*>(&bytes_[string_begin_ + own]);
    return std::string_view(name, text.size()) == text && name[text.size()] == 0;
}

std::uint32_t Btf::word(std::uint32_t id, const BtfType& type, std::uint32_t index) const {
    if (id < first_id_) return base_ == nullptr ? 0 : base_->word(id, type, index);
    auto value = Bytes{ByteSpan(bytes_)}.get<std::uint32_t>(type.data + std::uint64_t{index} * 4);
    return value.value_or(0);
}

std::vector<std::uint32_t> Btf::find(std::string_view wanted, BtfKind kind) const {
    std::vector<std::uint32_t> ids;
    for (std::uint32_t item : by_name_.of(name_hash(wanted.substr(0, kHashed)))) {
        std::uint32_t offset = offsets_[item];
        BtfType type = decode(&bytes_[offset], offset);
        if (type.kind == kind && is_named(type.name_offset, wanted))
            ids.push_back(item + first_id_);
    }
    return ids;
}

}  // namespace nfstriage::layout
