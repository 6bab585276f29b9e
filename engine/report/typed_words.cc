#include "report/typed_words.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/pointer_kind.h"

namespace nfstriage::report {
namespace {

using kernel::TypedValue;
using layout::TypeKind;

// Words of bits, which nobody reads as a decimal number.
bool is_word_of_bits(const TypedValue& value) {
    constexpr std::array<std::string_view, 4> kNames = {"flags", "mask", "magic", "gfp"};
    return !value.is_signed && std::any_of(kNames.begin(), kNames.end(), [&](auto name) {
        return value.name.find(name) != std::string::npos;
    });
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char c : escape(text)) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string integer_text(const TypedValue& value) {
    const std::uint64_t number = *value.number;
    if (value.is_signed) return std::to_string(static_cast<std::int64_t>(number));
    const bool address = value.size == 8 && value.bit_size == 0 && number >> 63 != 0;
    if (address || (is_word_of_bits(value) && number > 9)) return hex(number);
    return std::to_string(number);
}

std::string character_text(const TypedValue& value) {
    std::string text = integer_text(value);
    if (*value.number >= 0x20 && *value.number < 0x7f)
        text += fmt::format(" '{}'", static_cast<char>(*value.number));
    return text;
}

}  // namespace

std::string unknown_text(const Unknown& why) {
    switch (why.reason) {
        case Reason::not_dumped:
            return "(not dumped)";
        case Reason::filtered:
            return "(filtered)";
        case Reason::unmapped:
            return "(not mapped)";
        case Reason::null:
            return "(behind NULL)";
        case Reason::no_type:
            return "(type not described)";
        case Reason::budget:
            return "(not read: too many values)";
        case Reason::corrupt:
            return "(damaged)";
        default:
            return "(unknown: " + std::string(to_string(why.reason)) + ")";
    }
}

std::string pointer_remark(const TypedValue& value, Arch arch) {
    if (!value.number || value.kind != TypeKind::pointer || *value.number == 0) return {};
    auto words = kernel::pointer_words(*value.number, arch, std::nullopt);
    const bool telling =
        words.kind == kernel::PointerKind::error || words.kind == kernel::PointerKind::poison;
    return telling ? words.text : std::string();
}

std::string scalar_text(const TypedValue& value, Arch arch) {
    if (value.text)
        return value.kind == TypeKind::array ? in_quotes(*value.text) : escape(*value.text);
    if (!value.number) return unknown_text(value.number.error());
    const std::uint64_t number = *value.number;
    switch (value.kind) {
        case TypeKind::boolean:
            return number == 0 ? "false" : number == 1 ? "true" : std::to_string(number);
        case TypeKind::enumeration: {
            std::string text = integer_text(value);
            return value.enumerator.empty() ? text : escape(value.enumerator) + " (" + text + ")";
        }
        case TypeKind::pointer: {
            if (number == 0) return "NULL";
            std::string text = hex(number);
            if (!value.symbol.empty()) text += " <" + escape(value.symbol) + ">";
            if (value.string) text += " " + in_quotes(*value.string);
            std::string remark = pointer_remark(value, arch);
            return remark.empty() ? text : text + " (" + escape(remark) + ")";
        }
        case TypeKind::character:
            return character_text(value);
        default: {
            std::string text = value.size == 1 && value.type == "char" ? character_text(value)
                                                                       : integer_text(value);
            if (!value.symbol.empty()) text += " <" + escape(value.symbol) + ">";
            return text;
        }
    }
}

std::string structure_remark(const TypedValue& value) {
    if (value.type != "struct list_head" || value.parts.size() != 2) return {};
    for (const TypedValue& link : value.parts)
        if (!link.number || *link.number != value.address.value) return {};
    return "empty";
}

}  // namespace nfstriage::report
