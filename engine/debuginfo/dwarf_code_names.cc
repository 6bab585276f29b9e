#include "debuginfo/dwarf_code_names.h"

namespace nfstriage::debuginfo {

namespace {

constexpr unsigned kMaxDepth = 16;  // of references and of types made of types

// "char **" for a pointer to "char *", "void (*)()" for one to the function "void ()".
std::string pointer_to(std::string target) {
    if (target.ends_with(" ()")) return target.substr(0, target.size() - 2) + "(*)()";
    if (auto inner = target.find("(*"); inner != std::string::npos)
        return target.insert(inner + 1, "*");
    return target + (target.ends_with('*') ? "*" : " *");
}

}  // namespace

void CodeNames::start_unit() {
    named_.clear();
    types_.clear();
    parameter_types_.clear();
}

void CodeNames::tell(std::uint64_t offset, std::string_view name, std::uint64_t origin) {
    named_[offset] = {name.empty() ? 0 : strings_.number(name), origin, true};
}

Die CodeNames::die(std::uint64_t offset) const {
    if ((offset & DieAttributes::kAlternate) == 0) return object_.die_at(offset);
    if (object_.alternate() == nullptr) return {};
    return object_.alternate()->die_at(offset & ~DieAttributes::kAlternate);
}

std::uint32_t CodeNames::name(std::uint64_t offset, unsigned depth) {
    if (offset == 0 || depth > kMaxDepth) return 0;
    Named& known = named_[offset];
    if (known.name != 0) return known.name;
    std::uint64_t origin = known.origin;
    if (!known.read) {
        known.read = true;
        if (Die found = die(offset)) {
            DieAttributes attributes(object_.library(), found);
            std::string_view own = attributes.text(DW_AT_name);
            if (!own.empty()) return known.name = strings_.number(own);
            auto to = attributes.reference(DW_AT_abstract_origin);
            if (!to) to = attributes.reference(DW_AT_specification);
            known.origin = origin = to.value_or(0);
        }
    }
    std::uint32_t number = name(origin, depth + 1);
    named_[offset].name = number;
    return number;
}

std::uint32_t CodeNames::type_of(std::uint64_t parameter) {
    if (auto known = parameter_types_.find(parameter); known != parameter_types_.end())
        return known->second;
    std::uint32_t found = 0;
    std::uint64_t offset = parameter;
    for (unsigned depth = 0; depth < kMaxDepth && offset != 0; depth++) {
        Die at = die(offset);
        if (!at) break;
        DieAttributes attributes(object_.library(), at);
        if (auto to = attributes.reference(DW_AT_type)) {
            found = type(*to | (offset & DieAttributes::kAlternate));
            break;
        }
        offset = attributes.reference(DW_AT_abstract_origin).value_or(0);
    }
    parameter_types_[parameter] = found;
    return found;
}

std::uint32_t CodeNames::type(std::uint64_t offset) {
    if (auto known = types_.find(offset); known != types_.end()) return known->second;
    std::uint32_t number = strings_.number(spell(offset, 0));
    types_[offset] = number;
    return number;
}

std::string CodeNames::spell(std::uint64_t offset, unsigned depth) {
    if (depth > kMaxDepth) return "";
    if (auto known = types_.find(offset); known != types_.end())
        return std::string(strings_.text(known->second));
    Die found = die(offset);
    if (!found) return "";
    DieAttributes attributes(object_.library(), found);
    std::string name(attributes.text(DW_AT_name));
    auto target = [&] {
        auto to = attributes.reference(DW_AT_type);
        if (!to) return std::string("void");
        return spell(*to | (offset & DieAttributes::kAlternate), depth + 1);
    };
    auto tagged = [&](const char* keyword) {
        return std::string(keyword) + (name.empty() ? " {...}" : ' ' + name);
    };
    std::string text;
    switch (found.tag()) {
        case DW_TAG_base_type:
        case DW_TAG_typedef:
        case DW_TAG_unspecified_type:
            text = name;
            break;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
            text = tagged("struct");
            break;
        case DW_TAG_union_type:
            text = tagged("union");
            break;
        case DW_TAG_enumeration_type:
            text = tagged("enum");
            break;
        case DW_TAG_pointer_type:
            text = pointer_to(target());
            break;
        case DW_TAG_const_type: {
            std::string inner = target();
            text = inner.ends_with('*') ? inner + " const" : "const " + inner;
            break;
        }
        case DW_TAG_volatile_type:
            text = "volatile " + target();
            break;
        case DW_TAG_array_type:
            text = target() + "[]";
            break;
        case DW_TAG_subroutine_type:
            text = target() + " ()";
            break;
        default:
            text = target();
            break;
    }
    types_[offset] = strings_.number(text);
    return text;
}

}  // namespace nfstriage::debuginfo
