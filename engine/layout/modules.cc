#include "layout/modules.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "layout/build_id_note.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kLargestModule = 512ull << 20;
constexpr std::uint64_t kLongestName = 64;  // MODULE_NAME_LEN is 64 - sizeof(long)
constexpr std::uint64_t kMostNotes = 16;
constexpr std::uint64_t kLongestSrcversion = 32;  // 24 digits, scripts/mod/sumversion.c

bool in_range(const dump::VRange& range, VAddr a) {
    return a >= range.begin && a - range.begin < range.size;
}

bool is_module_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
}

// A {base, size} pair of a module layout; nothing when empty or not believable.
std::optional<dump::VRange> read_range(const dump::Memory& memory, const Types& types, VAddr module,
                                       const std::string& base_path, const std::string& size_path) {
    auto base = types.offset_of("struct module", base_path);
    auto size = types.offset_of("struct module", size_path);
    if (!base || !size) return std::nullopt;
    auto begin = memory.pointer(module + *base);
    auto bytes = memory.u32(module + *size);
    if (!begin || !bytes || begin->is_null() || *bytes == 0 || *bytes > kLargestModule)
        return std::nullopt;
    return dump::VRange{*begin, *bytes};
}

void read_ranges(const dump::Memory& memory, const Types& types, Module& module) {
    auto has = [&](std::string_view path) {
        return types.has_member("struct module", path).value_or(false);
    };
    if (has("mem")) {
        std::uint64_t text = static_cast<std::uint64_t>(types.enumerator("MOD_TEXT").value_or(0));
        std::uint64_t count = 0;
        if (auto member = types.member("struct module", "mem")) count = member->type.count;
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, 32); ++i) {
            std::string part = "mem[" + std::to_string(i) + "]";
            auto range = read_range(memory, types, module.address, part + ".base", part + ".size");
            if (!range) continue;
            module.ranges.push_back(*range);
            if (i == text) module.text.push_back(*range);
        }
        return;
    }
    bool layouts = has("core_layout");
    auto whole =
        layouts ? read_range(memory, types, module.address, "core_layout.base", "core_layout.size")
                : read_range(memory, types, module.address, "module_core", "core_size");
    auto text =
        layouts
            ? read_range(memory, types, module.address, "core_layout.base", "core_layout.text_size")
            : read_range(memory, types, module.address, "module_core", "core_text_size");
    if (whole) module.ranges.push_back(*whole);
    if (text) module.text.push_back(*text);
}

std::optional<Module> read_module(const dump::Memory& memory, const Types& types, VAddr address) {
    auto name_offset = types.offset_of("struct module", "name");
    if (!name_offset) return std::nullopt;
    auto name = memory.cstring(address + *name_offset, kLongestName);
    if (!name || !is_module_name(*name)) return std::nullopt;
    Module module;
    module.name = *name;
    module.address = address;
    read_ranges(memory, types, module);
    if (module.ranges.empty()) return std::nullopt;
    if (auto taints = types.offset_of("struct module", "taints"))
        module.taints = memory.u64(address + *taints).value_or(0);
    if (auto srcversion = types.offset_of("struct module", "srcversion"))
        if (auto text = memory.pointer(address + *srcversion); text && !text->is_null())
            module.srcversion = memory.cstring(*text, kLongestSrcversion).value_or("");
    return module;
}

}  // namespace

bool Module::contains(VAddr a) const {
    return std::any_of(ranges.begin(), ranges.end(), [a](auto& r) { return in_range(r, a); });
}

bool Module::contains_text(VAddr a) const {
    return std::any_of(text.begin(), text.end(), [a](auto& r) { return in_range(r, a); });
}

Maybe<ModuleList> read_modules(const dump::Memory& memory, const Types& types, VAddr start,
                               Budget budget) {
    auto list = types.offset_of("struct module", "list");
    if (!list) return tl::unexpected<Unknown>(list.error());
    ModuleList result;
    VAddr node = start;
    do {
        if (!budget.spend()) {
            result.why = "the list of modules is longer than believable";
            return result;
        }
        // Starting at the head, the first node is no module; starting inside, the head comes later.
        if (auto module = read_module(memory, types, node - *list))
            result.modules.push_back(std::move(*module));
        auto next = memory.pointer(node);
        if (!next) {
            result.why = "list of modules: " + to_string(next.error());
            return result;
        }
        node = *next;
    } while (node != start);
    result.complete = true;
    return result;
}

Maybe<std::string> read_module_build_id(const dump::Memory& memory, const Types& types,
                                        const Module& module) {
    auto notes_attrs = types.offset_of("struct module", "notes_attrs");
    auto attrs = types.offset_of("struct module_notes_attrs", "attrs");
    auto size_of_attr = types.size_of("struct bin_attribute");
    auto name_at = types.offset_of("struct bin_attribute", "attr.name");
    auto size_at = types.offset_of("struct bin_attribute", "size");
    auto note_at = types.offset_of("struct bin_attribute", "private");
    for (auto* offset : {&notes_attrs, &attrs, &size_of_attr, &name_at, &size_at, &note_at})
        if (!*offset) return tl::unexpected<Unknown>(offset->error());
    auto list = memory.pointer(module.address + *notes_attrs);
    if (!list) return tl::unexpected<Unknown>(list.error());
    if (list->is_null()) return unknown(Reason::no_symbol, module.name + " has no notes");
    std::optional<Unknown> lost;  // the name of a note
    for (std::uint64_t i = 0; i < kMostNotes; ++i) {
        VAddr attribute = *list + *attrs + i * *size_of_attr;
        auto name = memory.pointer(attribute + *name_at);
        if (!name) return tl::unexpected<Unknown>(name.error());
        if (name->is_null()) break;
        auto text = memory.cstring(*name, kLongestName);
        if (!text) lost = text.error();
        if (!text || *text != ".note.gnu.build-id") continue;
        auto note = memory.pointer(attribute + *note_at);
        auto size = memory.u64(attribute + *size_at);
        if (!note) return tl::unexpected<Unknown>(note.error());
        if (!size) return tl::unexpected<Unknown>(size.error());
        return read_build_id(memory, *note, *size);
    }
    if (lost) return tl::unexpected<Unknown>(*lost);
    return unknown(Reason::no_symbol, module.name + " has no note of its build id");
}

}  // namespace nfstriage::layout
