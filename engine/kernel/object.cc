#include "kernel/object.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernel/member.h"
#include "kernel/secrets.h"

namespace nfstriage::kernel {
namespace {

using layout::TypeKind;

constexpr std::size_t kLongestString = 255;

// "struct list_head", "union ...", or the base type's own name.
std::string spelling(const layout::TypeInfo& type) {
    if (type.kind == TypeKind::structure) return "struct " + type.name;
    if (type.kind == TypeKind::union_) return "union " + type.name;
    return type.name;
}

}  // namespace

Reader::Type& Reader::type(std::string_view name) const {
    const Types::value_type*& recent = recent_.slot(name);
    if (recent != nullptr && recent->first == name) return *recent->second;
    auto found = known_.find(name);
    if (found == known_.end()) {
        auto made = std::make_unique<Type>();
        made->name = std::string(name);
        found = known_.emplace(made->name, std::move(made)).first;
    }
    recent = &*found;
    return *found->second;
}

const Reader::Place& Reader::place(Type& type, std::string_view path) const {
    const Places::value_type*& recent = type.recent.slot(path);
    if (recent != nullptr && recent->first == path) return recent->second;
    auto found = type.places.find(path);
    if (found == type.places.end()) {
        Place place{types_.member(type.name, path), type.name + "." + std::string(path)};
        found = type.places.emplace(std::string(path), std::move(place)).first;
    }
    recent = &*found;
    return found->second;
}

void Reader::note(Reason why) const {
    if (why == Reason::not_dumped || why == Reason::filtered || why == Reason::corrupt) ++unread_;
}

Object Reader::object(std::string_view type_name, VAddr address) const {
    return Object(*this, type(type_name), address);
}

Maybe<Object> Reader::variable(std::string_view symbol, std::string_view type_name) const {
    auto address = symbols_.address(symbol);
    if (!address) return tl::unexpected<Unknown>(address.error());
    return object(type_name, *address);
}

Maybe<std::string> Reader::symbol_at(VAddr address) const {
    if (address.value < 4096) return unknown(Reason::null, hex(address));
    auto found = symbols_.find(address);
    if (!found) return tl::unexpected<Unknown>(found.error());
    if (found->offset == 0) return found->symbol.name;
    // In a table without data symbols the function before a variable is not its name.
    bool is_function = found->symbol.type == 't' || found->symbol.type == 'T' ||
                       found->symbol.type == 'w' || found->symbol.type == 'W';
    if (is_function && !symbols_.is_text(address)) return unknown(Reason::no_symbol, hex(address));
    return fmt::format("{}+{:#x}", found->symbol.name, found->offset);
}

Maybe<Object::Found> Object::find(std::string_view path) const {
    Object object = *this;
    for (auto arrow = path.find("->"); arrow != std::string_view::npos; arrow = path.find("->")) {
        auto next = object.follow(path.substr(0, arrow));
        if (!next) return tl::unexpected<Unknown>(next.error());
        object = *next;
        path.remove_prefix(arrow + 2);
    }
    const Reader::Place& place = reader_->place(*object.type_, path);
    if (!place.member) return tl::unexpected<Unknown>(place.member.error());
    return Found{&place, object.address_ + place.member->offset};
}

bool Object::has(std::string_view path) const {
    // Along pointers by type alone: nothing is read.
    Reader::Type* type = type_;
    for (auto arrow = path.find("->"); arrow != std::string_view::npos; arrow = path.find("->")) {
        const Reader::Place& place = reader_->place(*type, path.substr(0, arrow));
        if (!place.member || place.member->type.kind != TypeKind::pointer) return false;
        type = &reader_->type(place.member->type.pointee);
        path.remove_prefix(arrow + 2);
    }
    return reader_->place(*type, path).member.has_value();
}

std::string_view Object::first_of(std::initializer_list<std::string_view> paths) const {
    for (std::string_view path : paths)
        if (has(path)) return path;
    return *paths.begin();
}

Maybe<Object> Object::at(std::string_view path) const {
    auto found = find(path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    return Object(*reader_, reader_->type(spelling(found->place->member->type)), found->address);
}

Maybe<Object> Object::follow(std::string_view path) const {
    auto found = find(path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    const layout::TypeInfo& type = found->place->member->type;
    if (type.kind != TypeKind::pointer)
        return unknown(Reason::no_type, found->place->name + " is no pointer");
    auto target = reader_->memory().pointer(found->address);
    if (!target) {
        reader_->note(target.error().reason);
        return tl::unexpected<Unknown>(target.error());
    }
    if (target->is_null()) return unknown(Reason::null, found->place->name);
    return Object(*reader_, reader_->type(type.pointee), *target);
}

Maybe<Object> Object::container(std::string_view type, std::string_view path) const {
    Reader::Type& outer = reader_->type(type);
    const Reader::Place& place = reader_->place(outer, path);
    if (!place.member) return tl::unexpected<Unknown>(place.member.error());
    return Object(*reader_, outer, address_ - place.member->offset);
}

Object Object::as(std::string_view type) const {
    return Object(*reader_, reader_->type(type), address_);
}

Maybe<std::uint64_t> Object::number(const Found& found) const {
    auto value = read_value(reader_->memory(), *found.place->member, found.address);
    if (!value) reader_->note(value.error().reason);
    return value;
}

Maybe<std::uint64_t> Object::number(std::string_view path) const {
    auto found = find(path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    return number(*found);
}

Maybe<VAddr> Object::pointer(std::string_view path) const {
    auto value = number(path);
    if (!value) return tl::unexpected<Unknown>(value.error());
    return VAddr{*value};
}

Maybe<std::string> Object::string(const Found& found) const {
    const layout::TypeInfo& type = found.place->member->type;
    const dump::Memory& memory = reader_->memory();
    auto read = [&](VAddr address, std::size_t limit) {
        auto text = memory.cstring(address, limit);
        if (text) mark_text(reader_->dump(), found.place->name, {address, text->size()});
        return text;
    };
    if (type.kind == TypeKind::array)
        return read(found.address, std::min<std::size_t>(type.count, kLongestString));
    if (type.kind != TypeKind::pointer)
        return unknown(Reason::no_type, found.place->name + " is no string");
    auto target = memory.pointer(found.address);
    if (!target) return tl::unexpected<Unknown>(target.error());
    if (target->is_null()) return unknown(Reason::null, found.place->name);
    return read(*target, kLongestString);
}

Origin Object::origin(std::string_view path) const {
    auto found = find(path);
    if (!found) return {&reader_->place(*type_, path).name, address_};
    return {&found->place->name, found->address};
}

Maybe<VAddr> Object::address_of(std::string_view path) const {
    auto found = find(path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    return found->address;
}

template <>
Field<std::uint64_t> Object::get(std::string_view path) const {
    auto found = find(path);
    if (!found) return {found.error().reason, origin(path)};
    return {number(*found), Origin{&found->place->name, found->address}};
}

template <>
Field<std::int64_t> Object::get(std::string_view path) const {
    auto value = get<std::uint64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {static_cast<std::int64_t>(*value), value.origin()};
}

template <>
Field<bool> Object::get(std::string_view path) const {
    auto value = get<std::uint64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {*value != 0, value.origin()};
}

template <>
Field<VAddr> Object::get(std::string_view path) const {
    auto value = get<std::uint64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {VAddr{*value}, value.origin()};
}

template <>
Field<std::string> Object::get(std::string_view path) const {
    auto found = find(path);
    if (!found) return {found.error().reason, origin(path)};
    return {string(*found), Origin{&found->place->name, found->address}};
}

Field<std::string> Object::symbol(std::string_view path) const {
    auto target = get<VAddr>(path);
    if (!target) return {target.why(), target.origin()};
    return {reader_->symbol_at(*target), target.origin()};
}

}  // namespace nfstriage::kernel
