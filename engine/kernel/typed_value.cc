#include "kernel/typed_value.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "kernel/member.h"

namespace nfstriage::kernel {
namespace {

using layout::DeclaredMember;
using layout::DeclaredType;
using layout::TypeKind;

constexpr unsigned kDeepest = 32;                // structures in structures, in arrays, ...
constexpr std::uint64_t kMostMembers = 100'000;  // of all structures that one step looks into
constexpr std::size_t kLongestText = 4096;       // bytes of an array of char
constexpr std::size_t kLongestString = 255;
constexpr std::uint64_t kKernelHalf = 1ull << 63;
constexpr std::uint64_t kErrors = 4095;  // MAX_ERRNO of include/linux/err.h

bool is_aggregate(TypeKind kind) { return kind == TypeKind::structure || kind == TypeKind::union_; }

bool is_char(const DeclaredType& type) {
    return type.kind == TypeKind::character || (type.size == 1 && type.name == "char");
}

bool points_into_kernel(std::uint64_t value) {
    return value >= kKernelHalf && value < std::uint64_t{0} - kErrors;
}

// "A|B" where every bit is that of an enumerator; "" where one is not.
std::string names_of_bits(const std::vector<layout::Enumerator>& enumerators, std::uint64_t bits) {
    std::string names;
    for (const layout::Enumerator& one : enumerators) {
        auto bit = static_cast<std::uint64_t>(one.value);
        if (bit == 0 || (bit & (bit - 1)) != 0 || (bits & bit) == 0) continue;
        bits &= ~bit;
        names += (names.empty() ? "" : "|") + one.name;
    }
    return bits == 0 ? names : std::string();
}

// One step of a path: "slots[2]" is the member and the elements to go to from it.
struct Step {
    std::string_view name;
    std::vector<std::uint64_t> indices;
    bool valid = true;
};

Step parse_step(std::string_view text) {
    Step step;
    std::size_t open = text.find('[');
    step.name = text.substr(0, open);
    step.valid = !step.name.empty();
    while (step.valid && open != std::string_view::npos) {
        std::size_t close = text.find(']', open);
        auto index = close == std::string_view::npos
                         ? std::nullopt
                         : parse_unsigned(text.substr(open + 1, close - open - 1));
        if (!index) {
            step.valid = false;
            break;
        }
        step.indices.push_back(*index);
        open = close + 1 == text.size() ? std::string_view::npos : close + 1;
        if (open != std::string_view::npos && text[open] != '[') step.valid = false;
    }
    return step;
}

tl::unexpected<Unknown> no_member(const DeclaredType& type, std::string_view what) {
    return unknown(Reason::no_type, type.spelling + " has no member " + std::string(what));
}

// The member of that name, through anonymous structs and unions. The budget counts the members of
// every structure looked into: that is what a structure costs, wherever the name is found in it.
std::optional<DeclaredPlace> find_member(const layout::Types& types, const DeclaredType& type,
                                         std::string_view name, Budget& budget,
                                         unsigned depth = 0) {
    if (!budget.spend(depth > kDeepest ? budget.left() + 1 : type.members.size() + 1))
        return std::nullopt;
    for (const DeclaredMember& member : type.members) {
        if (budget.exhausted()) return std::nullopt;
        if (member.name != name && !member.name.empty()) continue;
        auto inner = types.declared(member.type);
        if (!inner) continue;
        if (member.name == name)
            return DeclaredPlace{std::move(*inner), member.offset, member.bit_offset,
                                 member.bit_size};
        if (auto found = find_member(types, *inner, name, budget, depth + 1)) {
            found->offset += member.offset;
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

Maybe<DeclaredPlace> find_declared(const layout::Types& types, const DeclaredType& type,
                                   std::string_view path) {
    DeclaredPlace at{type};
    for (std::string_view part : split(path, '.')) {
        Step step = parse_step(part);
        if (!step.valid)
            return unknown(Reason::no_type, "\"" + std::string(part) + "\" is no member");
        Budget budget(kMostMembers);
        auto next = find_member(types, at.type, step.name, budget);
        if (budget.exhausted())
            return unknown(Reason::corrupt,
                           at.type.spelling + " has structures inside each other without end");
        if (!next) return no_member(at.type, step.name);
        next->offset += at.offset;
        at = std::move(*next);
        for (std::uint64_t index : step.indices) {
            auto element = types.declared(at.type.target);
            if (at.type.kind != TypeKind::array || !element)
                return unknown(Reason::no_type, std::string(step.name) + " is no array");
            auto shift = checked_mul(index, element->size);
            auto offset = shift ? checked_add(at.offset, *shift) : shift;
            if (!offset) return unknown(Reason::no_type, std::string(part) + " is out of range");
            at = DeclaredPlace{std::move(*element), *offset};
        }
    }
    return at;
}

TypedValue ValueReader::object(const DeclaredType& type, VAddr address) {
    budget_ = Budget(limits_.values);
    return value(type, address, 0, 0);
}

Maybe<TypedValue> ValueReader::member(const DeclaredType& type, VAddr address,
                                      std::string_view path) {
    budget_ = Budget(limits_.values);
    DeclaredType from = type;
    for (auto arrow = path.find("->"); arrow != std::string_view::npos; arrow = path.find("->")) {
        std::string_view pointer = path.substr(0, arrow);
        auto place = find_declared(types_, from, pointer);
        if (!place) return tl::unexpected<Unknown>(place.error());
        auto target = types_.declared(place->type.target);
        if (place->type.kind != TypeKind::pointer || !target || !is_aggregate(target->kind))
            return unknown(Reason::no_type, std::string(pointer) + " of " + from.spelling +
                                                " is no pointer to a structure");
        auto next = memory_.pointer(address + place->offset);
        if (!next) return tl::unexpected<Unknown>(next.error());
        if (next->is_null())
            return unknown(Reason::null, from.spelling + "." + std::string(pointer) + " is NULL");
        address = *next;
        from = std::move(*target);
        path.remove_prefix(arrow + 2);
    }
    auto place = find_declared(types_, from, path);
    if (!place) return tl::unexpected<Unknown>(place.error());
    TypedValue found;
    if (place->bit_size == 0) {
        found = value(place->type, address + place->offset, place->offset, 0);
    } else {
        found.type = place->type.spelling;
        found.kind = place->type.kind;
        found.address = address + place->offset;
        found.size = place->type.size;
        found.bit_offset = place->bit_offset;
        found.bit_size = place->bit_size;
        read_number(place->type, found);
    }
    found.offset = place->offset;
    return found;
}

TypedValue ValueReader::value(const DeclaredType& type, VAddr at, std::uint64_t offset,
                              unsigned depth) {
    TypedValue value;
    value.type = type.spelling;
    value.kind = type.kind;
    value.address = at;
    value.offset = offset;
    value.size = type.size;
    value.is_signed = type.is_signed;
    if (!budget_.spend()) {
        value.number = unknown(Reason::budget, "too many values");
    } else if (depth > kDeepest) {
        value.number = unknown(Reason::corrupt, "types nested too deep");
    } else if (is_aggregate(type.kind)) {
        value.has_parts = true;
        read_members(type, value, depth);
    } else if (type.kind == TypeKind::array) {
        value.has_parts = true;
        read_elements(type, value, depth);
    } else {
        read_number(type, value);
    }
    return value;
}

void ValueReader::read_members(const DeclaredType& type, TypedValue& value, unsigned depth) {
    for (const DeclaredMember& member : type.members) {
        if (budget_.exhausted()) break;
        const VAddr at = value.address + member.offset;
        const std::uint64_t offset = value.offset + member.offset;
        auto inner = types_.declared(member.type);
        TypedValue part;
        if (inner && member.bit_size == 0) {
            part = this->value(*inner, at, offset, depth + 1);
        } else {
            (void)budget_.spend();
            part.address = at;
            part.offset = offset;
            part.bit_offset = member.bit_offset;
            part.bit_size = member.bit_size;
            if (inner) {
                part.type = inner->spelling;
                part.kind = inner->kind;
                part.size = inner->size;
                read_number(*inner, part);
            } else {
                part.number = tl::unexpected<Unknown>(inner.error());
            }
        }
        part.name = member.name;
        value.parts.push_back(std::move(part));
    }
    if (budget_.exhausted()) value.number = unknown(Reason::budget, "too many values");
}

void ValueReader::read_elements(const DeclaredType& type, TypedValue& value, unsigned depth) {
    value.count = type.count;
    auto element = types_.declared(type.target);
    if (!element) {
        value.has_parts = false;
        value.number = tl::unexpected<Unknown>(element.error());
        return;
    }
    if (is_char(*element) && type.count > 0) {
        value.has_parts = false;
        read_text(value);
        return;
    }
    const std::uint64_t most =
        limits_.elements == 0 ? type.count : std::min(type.count, limits_.elements);
    for (std::uint64_t i = 0; i < most && !budget_.exhausted(); ++i)
        value.parts.push_back(this->value(*element, value.address + i * element->size,
                                          value.offset + i * element->size, depth + 1));
}

void ValueReader::read_text(TypedValue& value) const {
    const std::size_t most = std::min<std::uint64_t>(value.count, kLongestText);
    std::string text(most, '\0');
    auto read = memory_.read(value.address, {reinterpret_cast<std::uint8_t*>(text.data()), most});
    if (!read) {
        // The page behind may be absent and the text end before it.
        auto begin = memory_.cstring(value.address, most);
        if (!begin) {
            value.number = tl::unexpected<Unknown>(begin.error());
            return;
        }
        text = std::move(*begin);
    }
    text.resize(std::min(text.size(), text.find('\0')));
    value.text = std::move(text);
}

void ValueReader::read_number(const DeclaredType& type, TypedValue& value) const {
    switch (type.kind) {
        case TypeKind::integer:
        case TypeKind::boolean:
        case TypeKind::character:
        case TypeKind::enumeration:
        case TypeKind::pointer:
        case TypeKind::floating:
            break;
        default:
            value.number = unknown(Reason::no_type, type.spelling);
            return;
    }
    value.is_signed = type.is_signed;
    if (type.size > 8 || type.kind == TypeKind::floating) {
        auto bytes = memory_.bytes(value.address, std::min<std::uint64_t>(type.size, 64));
        if (!bytes) {
            value.number = tl::unexpected<Unknown>(bytes.error());
            return;
        }
        std::string digits;
        for (auto byte = bytes->rbegin(); byte != bytes->rend(); ++byte)
            digits += fmt::format("{:02x}", *byte);
        value.text = "0x" + digits;
        return;
    }
    layout::Member member;
    member.bit_offset = value.bit_offset;
    member.bit_size = value.bit_size;
    member.type.kind = type.kind;
    member.type.size = type.size;
    member.type.is_signed = type.is_signed;
    value.number = read_value(memory_, member, value.address);
    if (value.number) explain(type, value);
}

void ValueReader::explain(const DeclaredType& type, TypedValue& value) const {
    const std::uint64_t number = *value.number;
    if (type.kind == TypeKind::enumeration) {
        for (const layout::Enumerator& one : type.enumerators)
            if (static_cast<std::uint64_t>(one.value) == number) {
                value.enumerator = one.name;
                return;
            }
        value.enumerator = names_of_bits(type.enumerators, number);
        return;
    }
    const bool word = type.size == 8 && value.bit_size == 0 && !type.is_signed;
    if (!word || !points_into_kernel(number)) return;
    value.symbol = symbol_at(number);
    if (type.kind != TypeKind::pointer || type.target_kind == TypeKind::function) return;
    auto target = types_.declared(type.target);
    if (!target || !is_char(*target)) return;
    if (auto text = memory_.cstring(VAddr{number}, kLongestString)) value.string = std::move(*text);
}

std::string ValueReader::symbol_at(std::uint64_t address) const {
    auto found = symbols_.find(VAddr{address});
    if (!found) return {};
    // In a table without data symbols the function in front of a variable is not its name.
    const bool is_function =
        std::string_view("tTwW").find(found->symbol.type) != std::string_view::npos;
    if (found->offset != 0 && is_function && !symbols_.is_text(VAddr{address})) return {};
    std::string text = found->symbol.name;
    if (found->offset != 0) text += fmt::format("+{:#x}", found->offset);
    if (!found->symbol.module.empty()) text += " [" + found->symbol.module + "]";
    return text;
}

}  // namespace nfstriage::kernel
