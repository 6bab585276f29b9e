#include "facts/typed_look.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "facts/vocabulary.h"

namespace nfstriage::facts {
namespace {

using layout::DeclaredType;
using layout::TypeKind;

bool is_aggregate(TypeKind kind) { return kind == TypeKind::structure || kind == TypeKind::union_; }

// Names that a path could have begun with, through anonymous members.
void add_names(const std::vector<layout::LayoutMember>& members,
               std::vector<std::string_view>& names) {
    for (const layout::LayoutMember& member : members) {
        if (!member.name.empty())
            names.push_back(member.name);
        else
            add_names(member.parts, names);
    }
}

// The first part of a path, without its index: "slots[2].seq" is "slots".
std::string_view first_part(std::string_view path) {
    return path.substr(0, path.find_first_of(".[-"));
}

std::string without_arrows(std::string_view path) {
    return std::string(path.substr(0, path.find("->")));
}

}  // namespace

Maybe<void> TypedLook::describe_type() {
    const layout::Types& types = *layout_->types;
    answer_.spelling = type_.spelling;
    answer_.kind = type_.kind;
    answer_.size = type_.size;
    answer_.source = std::string(types.source_of(type_.spelling));
    answer_.members = layout::layout_of(types, type_);
    answer_.enumerators = type_.enumerators;
    if (!is_aggregate(type_.kind)) answer_.base = type_.name;
    if (question_.members.empty()) return {};

    std::vector<std::string_view> names;
    add_names(answer_.members, names);
    std::vector<layout::LayoutMember> chosen;
    for (const std::string& path : question_.members) {
        // What lies behind a pointer has no place in this type; it is looked for when it is read.
        const std::string inside = without_arrows(path);
        auto place = kernel::find_declared(types, type_, inside);
        if (!place && place.error().reason != Reason::no_type)
            return tl::unexpected<Unknown>(place.error());
        if (!place) {
            const std::string_view begin = first_part(inside);
            std::string near = begin.empty() ? "" : nearest(begin, names);
            if (near == begin) near.clear();
            return unknown(Reason::no_type,
                           place.error().what + (near.empty() ? "" : "; " + near + " is one"));
        }
        layout::LayoutMember line;
        line.name = inside;
        line.declaration = types.declaration(place->type.ref, inside);
        line.offset = place->offset;
        line.size = place->type.size;
        line.bit_offset = place->bit_offset;
        line.bit_size = place->bit_size;
        line.elements = place->type.count;
        if (is_aggregate(place->type.kind) && place->bit_size == 0) {
            line.opened = true;
            line.parts = layout::layout_of(types, place->type, place->offset);
        }
        chosen.push_back(std::move(line));
    }
    answer_.members = std::move(chosen);
    return {};
}

Maybe<void> TypedLook::find_objects() {
    std::uint64_t shift = 0;
    if (!question_.link.empty()) {
        auto place = kernel::find_declared(*layout_->types, type_, question_.link);
        if (!place) return tl::unexpected<Unknown>(place.error());
        shift = place->offset;
    }
    for (const std::string& word : question_.addresses) {
        auto address = find_address(*dump_, *layout_->symbols, word);
        if (!address) return tl::unexpected<Unknown>(address.error());
        for (std::uint64_t i = 0; i < std::max<std::uint64_t>(question_.count, 1); ++i)
            addresses_.push_back(*address - shift + i * type_.size);
    }
    return {};
}

Result<TypedLook> TypedLook::ask(const dump::Dump& dump, layout::KernelLayout& layout,
                                 TypeQuestion question, const std::string& input) {
    auto type = find_type(*layout.types, question.type);
    // Without modules their types are missing, and the names of what pointers of objects point to.
    const bool wants_modules = !question.addresses.empty() && layout.symbols->modules().empty();
    if (!type || wants_modules) {
        find_modules(dump, layout);
        type = find_type(*layout.types, question.type);
    }
    if (!type)
        return error(input, std::nullopt,
                     "a C type of this kernel was expected, found \"" + question.type +
                         "\": " + type.error().what,
                     layout.types->sources().empty()
                         ? "give the kernel's debuginfo (--debuginfo)"
                         : "check the name; types of modules are there if the module is loaded");
    TypedLook look(dump, layout, std::move(question));
    look.type_ = std::move(*type);
    if (auto described = look.describe_type(); !described)
        return error(
            input, std::nullopt,
            "a member of " + look.type_.spelling + " was expected: " + described.error().what,
            "struct without a member shows all of them");
    if (auto found = look.find_objects(); !found)
        return error(input, std::nullopt,
                     "an address or a symbol was expected: " + found.error().what,
                     "nfstriage sym looks for symbols");
    look.opened_ = describe_opened(dump, layout);
    return look;
}

void TypedLook::read(const std::function<void(const ObjectAnswer&)>& take) const {
    const layout::Types& types = *layout_->types;
    kernel::ValueReader reader(dump_->memory(), types, *layout_->symbols, question_.limits);
    const kernel::Slabs slabs(*dump_, types, *layout_->symbols);
    for (VAddr address : addresses_) {
        ObjectAnswer object;
        object.address = address;
        object.symbol = reader.symbol_at(address.value);
        if (object.symbol.empty())
            if (auto slab = slabs.object_at(address)) object.slab = std::move(*slab);
        if (type_.size >= 8 && is_aggregate(type_.kind) && address.value % 4 != 0)
            object.notes.push_back(
                "the address is not aligned: no object of this type begins here");
        if (object.slab && object.slab->offset + type_.size > object.slab->cache.size)
            object.notes.push_back(
                fmt::format("{} bytes do not fit into the slab object from offset {:#x}: the type "
                            "may be another",
                            type_.size, object.slab->offset));
        if (question_.members.empty()) {
            object.values.push_back(reader.object(type_, address));
        } else {
            for (const std::string& path : question_.members) {
                auto value = reader.member(type_, address, path);
                kernel::TypedValue found;
                if (value)
                    found = std::move(*value);
                else
                    found.number = tl::unexpected<Unknown>(value.error());
                found.name = path;
                object.values.push_back(std::move(found));
            }
        }
        take(object);
    }
}

}  // namespace nfstriage::facts
