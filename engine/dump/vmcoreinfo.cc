#include "dump/vmcoreinfo.h"

#include "base/text.h"

namespace nfstriage::dump {
namespace {

std::string wrapped(std::string_view kind, std::string_view name) {
    std::string key(kind);
    key += '(';
    key += name;
    key += ')';
    return key;
}

// Integers as the kernel prints them with %ld, %lu, %d or 0x%lx.
std::optional<std::uint64_t> parse_any_base(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return parse_unsigned(text.substr(2), 16);
    return parse_unsigned(text);
}

}  // namespace

Vmcoreinfo Vmcoreinfo::parse(std::string_view text) {
    Vmcoreinfo result;
    text = text.substr(0, text.find('\0'));  // notes are padded with NULs
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (line.empty()) continue;
        std::size_t equals = line.find('=');
        std::string_view key = line.substr(0, equals);
        std::string_view value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
        result.lines_.emplace(key, value);  // the first of two equal keys stays
    }
    return result;
}

std::optional<std::string_view> Vmcoreinfo::text(std::string_view key) const {
    auto it = lines_.find(key);
    if (it == lines_.end()) return std::nullopt;
    return it->second;
}

std::optional<VAddr> Vmcoreinfo::symbol(std::string_view name) const {
    auto value = text(wrapped("SYMBOL", name));
    if (!value) return std::nullopt;
    if (value->starts_with("0x")) value->remove_prefix(2);
    auto address = parse_unsigned(*value, 16);
    if (!address) return std::nullopt;
    return VAddr{*address};
}

std::optional<std::uint64_t> Vmcoreinfo::offset(std::string_view member) const {
    auto value = text(wrapped("OFFSET", member));
    return value ? parse_any_base(*value) : std::nullopt;
}

std::optional<std::uint64_t> Vmcoreinfo::size(std::string_view type) const {
    auto value = text(wrapped("SIZE", type));
    return value ? parse_any_base(*value) : std::nullopt;
}

std::optional<std::uint64_t> Vmcoreinfo::length(std::string_view array) const {
    auto value = text(wrapped("LENGTH", array));
    return value ? parse_any_base(*value) : std::nullopt;
}

std::optional<std::int64_t> Vmcoreinfo::number(std::string_view name) const {
    auto value = text(wrapped("NUMBER", name));
    if (!value) return std::nullopt;
    bool negative = value->starts_with('-');
    if (negative) value->remove_prefix(1);
    auto magnitude = parse_any_base(*value);
    if (!magnitude) return std::nullopt;
    if (negative) {
        if (*magnitude > (1ull << 63)) return std::nullopt;
        return static_cast<std::int64_t>(0 - *magnitude);
    }
    return static_cast<std::int64_t>(*magnitude);  // hex values use all 64 bits
}

}  // namespace nfstriage::dump
