#include "debuginfo/btf_builder.h"

#include <algorithm>
#include <cstring>

namespace nfstriage::debuginfo {
namespace {

using layout::BtfKind;

constexpr std::uint32_t kMostTypes = 0xfffff;       // BTF_MAX_TYPE
constexpr std::uint32_t kMostStrings = 0xffffff;    // BTF_MAX_NAME_OFFSET
constexpr std::uint32_t kMostEntries = 0xffff;      // BTF_MAX_VLEN
constexpr std::uint32_t kMostBitOffset = 0xffffff;  // beside a bit size
constexpr std::uint32_t kHeaderBytes = 24;          // struct btf_header
constexpr std::uint32_t kSigned = 1, kBool = 4;     // BTF_INT_*

void put(std::vector<std::uint8_t>& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) out.push_back(value >> shift & 0xff);
}

}  // namespace

BtfBuilder::BtfBuilder() {
    nodes_.emplace_back();  // void
    strings_.push_back('\0');
}

std::uint32_t BtfBuilder::string(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    if (text.empty()) return 0;
    auto [at, added] =
        string_offsets_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
    if (added) {
        strings_.insert(strings_.end(), text.begin(), text.end());
        strings_.push_back('\0');
    }
    return at->second;
}

void BtfBuilder::set_extra(Node& node, const std::vector<std::uint32_t>& words) {
    node.extra = static_cast<std::uint32_t>(extra_.size());
    node.words = static_cast<std::uint32_t>(words.size());
    extra_.insert(extra_.end(), words.begin(), words.end());
}

TypeId BtfBuilder::add(const Node& node) {
    nodes_.push_back(node);
    type_bytes_ += 12 + 4 * std::uint64_t{node.words};
    return static_cast<TypeId>(nodes_.size() - 1);
}

TypeId BtfBuilder::intern(const Node& node) {
    // FNV-1a over words.
    std::uint64_t hash = 0xcbf29ce484222325;
    auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
    mix(node.name);
    mix(static_cast<std::uint64_t>(node.kind) | (node.flag ? 256 : 0));
    mix(node.count);
    mix(node.size_or_type);
    for (std::uint32_t i = 0; i < node.words; ++i) mix(extra_[node.extra + i]);
    auto [begin, end] = by_content_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
        const Node& other = nodes_[at->second];
        bool same =
            other.name == node.name && other.kind == node.kind && other.flag == node.flag &&
            other.count == node.count && other.size_or_type == node.size_or_type &&
            other.words == node.words &&
            std::equal(extra_.begin() + node.extra, extra_.begin() + node.extra + node.words,
                       extra_.begin() + other.extra);
        if (!same) continue;
        extra_.resize(extra_.size() - node.words);
        return at->second;
    }
    TypeId id = add(node);
    by_content_.emplace(hash, id);
    return id;
}

TypeId BtfBuilder::integer(std::string_view name, std::uint32_t bytes, IntKind kind) {
    Node node;
    node.name = string(name);
    node.kind = BtfKind::integer;
    node.size_or_type = bytes;
    std::uint32_t encoding = kind == IntKind::signed_   ? kSigned
                             : kind == IntKind::boolean ? kBool
                                                        : 0;
    set_extra(node, {encoding << 24 | bytes * 8});
    return intern(node);
}

TypeId BtfBuilder::floating(std::string_view name, std::uint32_t bytes) {
    Node node;
    node.name = string(name);
    node.kind = BtfKind::floating;
    node.size_or_type = bytes;
    return intern(node);
}

TypeId BtfBuilder::refer(BtfKind kind, TypeId to) {
    Node node;
    node.kind = kind;
    node.size_or_type = to;
    return intern(node);
}

TypeId BtfBuilder::typedef_(std::string_view name, TypeId to) {
    Node node;
    node.name = string(name);
    node.kind = BtfKind::typedef_;
    node.size_or_type = to;
    return intern(node);
}

TypeId BtfBuilder::array(TypeId element, std::uint64_t count) {
    TypeId index = integer("__ARRAY_SIZE_TYPE__", 4, IntKind::unsigned_);
    Node node;
    node.kind = BtfKind::array;
    set_extra(node, {element, index,
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX))});
    return intern(node);
}

TypeId BtfBuilder::enumeration(std::string_view name, std::uint32_t bytes, bool is_signed,
                               const std::vector<Enumerator>& values) {
    auto needs_64 = [&](const Enumerator& entry) {
        return is_signed ? entry.value < INT32_MIN || entry.value > INT32_MAX
                         : static_cast<std::uint64_t>(entry.value) > UINT32_MAX;
    };
    bool wide = bytes > 4 || std::any_of(values.begin(), values.end(), needs_64);
    Node node;
    node.name = string(name);
    node.kind = wide ? BtfKind::enumeration64 : BtfKind::enumeration;
    node.flag = is_signed;
    node.size_or_type = bytes;
    std::vector<std::uint32_t> words;
    for (const Enumerator& entry : values) {
        if (node.count == kMostEntries) break;
        ++node.count;
        words.push_back(string(entry.name));
        words.push_back(static_cast<std::uint32_t>(entry.value));
        if (wide)
            words.push_back(
                static_cast<std::uint32_t>(static_cast<std::uint64_t>(entry.value) >> 32));
    }
    set_extra(node, words);
    return intern(node);
}

TypeId BtfBuilder::prototype(TypeId result, const std::vector<Parameter>& parameters,
                             bool variadic) {
    Node node;
    node.kind = BtfKind::prototype;
    node.size_or_type = result;
    std::vector<std::uint32_t> words;
    for (const Parameter& parameter : parameters) {
        if (node.count == kMostEntries - 1) break;
        ++node.count;
        words.push_back(string(parameter.name));
        words.push_back(parameter.type);
    }
    if (variadic) {
        ++node.count;
        words.insert(words.end(), {0, 0});
    }
    set_extra(node, words);
    return intern(node);
}

TypeId BtfBuilder::function(std::string_view name, TypeId prototype, bool global) {
    Node node;
    node.name = string(name);
    node.kind = BtfKind::function;
    node.count = global ? 1 : 0;  // BTF_FUNC_GLOBAL, BTF_FUNC_STATIC
    node.size_or_type = prototype;
    return intern(node);
}

TypeId BtfBuilder::declare(BtfKind kind, std::string_view tag) {
    Node node;
    node.name = string(tag);
    node.kind = kind;
    node.defined = false;
    return add(node);
}

bool BtfBuilder::fill(Node& node, std::uint64_t bytes, const std::vector<Member>& members) {
    if (members.size() > kMostEntries || bytes > UINT32_MAX) return false;
    bool bit_fields = std::any_of(members.begin(), members.end(),
                                  [](const Member& member) { return member.bit_size != 0; });
    std::uint64_t most = bit_fields ? kMostBitOffset : UINT32_MAX;
    for (const Member& member : members)
        if (member.bit_offset > most || member.bit_size > 0xff) return false;
    node.flag = bit_fields;
    node.count = static_cast<std::uint32_t>(members.size());
    node.size_or_type = static_cast<std::uint32_t>(bytes);
    std::vector<std::uint32_t> words;
    words.reserve(members.size() * 3);
    for (const Member& member : members) {
        words.push_back(string(member.name));
        words.push_back(member.type);
        words.push_back(static_cast<std::uint32_t>(member.bit_offset) | member.bit_size << 24);
    }
    set_extra(node, words);
    return true;
}

bool BtfBuilder::define(TypeId declared, std::uint64_t bytes, const std::vector<Member>& members) {
    if (declared >= nodes_.size() || nodes_[declared].defined) return false;
    if (!fill(nodes_[declared], bytes, members)) return false;
    nodes_[declared].defined = true;
    type_bytes_ += 4 * std::uint64_t{nodes_[declared].words};
    return true;
}

TypeId BtfBuilder::anonymous(BtfKind kind, std::uint64_t bytes,
                             const std::vector<Member>& members) {
    Node node;
    node.kind = kind;
    return fill(node, bytes, members) ? intern(node) : 0;
}

bool BtfBuilder::defined(TypeId id) const { return id < nodes_.size() && nodes_[id].defined; }

BtfKind BtfBuilder::kind(TypeId id) const {
    return id < nodes_.size() ? nodes_[id].kind : BtfKind::void_;
}

TypeId BtfBuilder::target(TypeId id) const {
    if (id >= nodes_.size()) return 0;
    const Node& node = nodes_[id];
    switch (node.kind) {
        case BtfKind::pointer:
        case BtfKind::typedef_:
        case BtfKind::volatile_:
        case BtfKind::const_:
        case BtfKind::restrict_:
        case BtfKind::function:
            return node.size_or_type;
        case BtfKind::array:
            return extra_[node.extra];
        default:
            return 0;
    }
}

std::vector<TypeId> BtfBuilder::member_types(TypeId id) const {
    std::vector<TypeId> result;
    if (id >= nodes_.size()) return result;
    const Node& node = nodes_[id];
    if (!node.defined || (node.kind != BtfKind::structure && node.kind != BtfKind::union_))
        return result;
    for (std::uint32_t i = 0; i < node.count; ++i) result.push_back(extra_[node.extra + i * 3 + 1]);
    return result;
}

const BtfBuilder::Node& BtfBuilder::behind(TypeId id) const {
    // A target is always older than what refers to it.
    while (id < nodes_.size() && nodes_[id].kind != BtfKind::array &&
           nodes_[id].kind != BtfKind::pointer && target(id) != 0)
        id = target(id);
    return nodes_[id < nodes_.size() ? id : 0];
}

bool BtfBuilder::is_signed(TypeId id) const {
    const Node& node = behind(id);
    if (node.kind == BtfKind::integer) return (extra_[node.extra] >> 24 & kSigned) != 0;
    return (node.kind == BtfKind::enumeration || node.kind == BtfKind::enumeration64) && node.flag;
}

std::optional<std::uint32_t> BtfBuilder::size(TypeId id) const {
    const Node& node = behind(id);
    switch (node.kind) {
        case BtfKind::integer:
        case BtfKind::floating:
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
            return node.size_or_type;
        default:
            return std::nullopt;
    }
}

std::uint64_t BtfBuilder::bytes() const { return kHeaderBytes + type_bytes_ + strings_.size(); }

Maybe<std::vector<std::uint8_t>> BtfBuilder::finish() const {
    if (types() > kMostTypes || strings_.size() > kMostStrings)
        return unknown(Reason::budget, std::to_string(types()) + " types and " +
                                           std::to_string(strings_.size()) +
                                           " bytes of strings are more than BTF can number");
    std::vector<std::uint8_t> out;
    out.reserve(bytes());
    auto size = static_cast<std::uint32_t>(type_bytes_);
    put(out, 0x0001eb9f);  // magic, version 1, no flags
    for (std::uint32_t word :
         {kHeaderBytes, 0U, size, size, static_cast<std::uint32_t>(strings_.size())})
        put(out, word);
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        put(out, node.name);
        bool forward = !node.defined;
        BtfKind kind = forward ? BtfKind::forward : node.kind;
        bool flag = forward ? node.kind == BtfKind::union_ : node.flag;
        put(out, (flag ? 1U << 31 : 0) | static_cast<std::uint32_t>(kind) << 24 | node.count);
        put(out, node.size_or_type);
        for (std::uint32_t word = 0; word < node.words; ++word) put(out, extra_[node.extra + word]);
    }
    out.insert(out.end(), strings_.begin(), strings_.end());
    return out;
}

}  // namespace nfstriage::debuginfo
