#include "layout/module_sections.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kMostSections = 4096;   // 40 to 60; -ffunction-sections makes one each
constexpr std::uint64_t kLongestSection = 128;  // bytes of a name

std::optional<std::uint64_t> take_hex(std::string_view& line) {
    std::uint64_t value = 0;
    auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), value, 16);
    if (failure != std::errc() || end == line.data() + line.size() || *end != ' ')
        return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return value;
}

// One entry of the list: bytes apart, and where it has name and address.
struct EntryShape {
    std::uint64_t size, name, address;
};

// The name was a member of its own before v5.8 (ed66f991bb19), the address since v6.14 is the
// attribute's `private` (4b2c11e4aaf7).
Maybe<EntryShape> entry_shape(const Types& types) {
    auto first = [&types](const std::string& type, std::initializer_list<const char*> paths) {
        auto offset = types.offset_of(type, *paths.begin());
        for (auto path = paths.begin() + 1; !offset && path != paths.end(); ++path)
            offset = types.offset_of(type, *path);
        return offset;
    };
    const bool own = types.size_of("struct module_sect_attr").has_value();
    const std::string type = own ? "struct module_sect_attr" : "struct bin_attribute";
    auto size = types.size_of(type);
    auto name = own ? first(type, {"battr.attr.name", "name"}) : first(type, {"attr.name"});
    auto address = first(type, {own ? "address" : "private"});
    if (!size) return tl::unexpected<Unknown>(size.error());
    if (!name) return tl::unexpected<Unknown>(name.error());
    if (!address) return tl::unexpected<Unknown>(address.error());
    return EntryShape{*size, *name, *address};
}

// How many entries there are: `nsections`, since v6.14 (d8959b947a8d) the pointers to them, which
// a null ends.
Maybe<std::uint64_t> count_entries(const dump::Memory& memory, const Types& types, VAddr list,
                                   VAddr entries, std::uint64_t entry_size) {
    if (auto count = types.offset_of("struct module_sect_attrs", "nsections")) {
        auto value = memory.u32(list + *count);
        if (!value) return tl::unexpected<Unknown>(value.error());
        return std::uint64_t{*value};
    }
    auto group = types.offset_of("struct module_sect_attrs", "grp.bin_attrs");
    if (!group) group = types.offset_of("struct module_sect_attrs", "grp.bin_attrs_new");
    if (!group) return tl::unexpected<Unknown>(group.error());
    auto pointers = memory.pointer(list + *group);
    if (!pointers) return tl::unexpected<Unknown>(pointers.error());
    for (std::uint64_t count = 0; count <= kMostSections; ++count) {
        auto pointer = memory.pointer(*pointers + count * 8);
        if (!pointer) return tl::unexpected<Unknown>(pointer.error());
        if (pointer->is_null()) return count;
        if (*pointer != entries + count * entry_size) break;
    }
    return unknown(Reason::corrupt, "the list of a module's sections is not one");
}

}  // namespace

std::vector<std::uint8_t> encode_sections(const std::vector<LinkedSection>& sections) {
    std::string text;
    for (const LinkedSection& section : sections)
        if (section.name.find('\n') == std::string::npos)
            text += fmt::format("{:x} {:x} {}\n", section.address, section.size, section.name);
    return {text.begin(), text.end()};
}

Maybe<std::vector<LinkedSection>> linked_sections(const Profile& profile, std::string_view module) {
    auto bytes = profile.section(ProfileSection::sections, module);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    std::vector<LinkedSection> result;
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        auto address = take_hex(line);
        auto size = address ? take_hex(line) : std::nullopt;
        if (!size || *size > ~*address)
            return unknown(Reason::corrupt,
                           "the profile's sections of " + std::string(module) + " are damaged");
        result.push_back({std::string(line), *address, *size});
    }
    return result;
}

bool tells_of_sections(const Profile& profile) {
    std::set<std::string> told;
    for (const Profile::Entry& entry : profile.entries())
        if (entry.kind == ProfileSection::sections) told.insert(entry.object);
    return std::all_of(profile.objects().begin(), profile.objects().end(),
                       [&](const ProfileObject& object) {
                           return object.name.empty() || told.count(object.name) != 0;
                       });
}

Maybe<std::vector<LoadedSection>> read_module_sections(const dump::Memory& memory,
                                                       const Types& types, const Module& module) {
    auto member = types.offset_of("struct module", "sect_attrs");
    auto attrs = types.offset_of("struct module_sect_attrs", "attrs");
    auto shape = entry_shape(types);
    if (!member) return tl::unexpected<Unknown>(member.error());
    if (!attrs) return tl::unexpected<Unknown>(attrs.error());
    if (!shape) return tl::unexpected<Unknown>(shape.error());
    auto list = memory.pointer(module.address + *member);
    if (!list) return tl::unexpected<Unknown>(list.error());
    if (list->is_null())
        return unknown(Reason::no_symbol, "the kernel keeps no sections of " + module.name);
    const VAddr entries = *list + *attrs;
    auto count = count_entries(memory, types, *list, entries, shape->size);
    if (!count) return tl::unexpected<Unknown>(count.error());
    if (*count > kMostSections)
        return unknown(Reason::corrupt,
                       module.name + " claims " + std::to_string(*count) + " sections");
    std::vector<LoadedSection> result;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const VAddr entry = entries + i * shape->size;
        auto name_at = memory.pointer(entry + shape->name);
        if (!name_at) return tl::unexpected<Unknown>(name_at.error());
        auto name = memory.cstring(*name_at, kLongestSection);
        if (!name) return tl::unexpected<Unknown>(name.error());
        auto address = memory.pointer(entry + shape->address);
        if (!address) return tl::unexpected<Unknown>(address.error());
        result.push_back({std::move(*name), *address});
    }
    return result;
}

}  // namespace nfstriage::layout
