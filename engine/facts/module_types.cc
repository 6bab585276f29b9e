#include "facts/module_types.h"

#include <algorithm>
#include <array>

#include "arguments/data_symbols.h"

namespace nfstriage::facts {
namespace {

// Functions that walk btf_modules, static or not, in all kernels that have it (since v5.11).
constexpr std::array<std::string_view, 4> kWalkers{"btf_try_get_module", "btf_module_notify",
                                                   "btf_get_module_btf", "bpf_find_btf_id"};

// Whether a list of struct btf_module begins there.
bool is_list(const dump::Dump& dump, const layout::KernelLayout& layout, VAddr head) {
    auto list = layout.types->offset_of("struct btf_module", "list");
    auto module = layout.types->offset_of("struct btf_module", "module");
    if (!list || !module) return false;
    auto first = dump.memory().pointer(head);
    if (!first || *first == head) return false;
    auto owner = dump.memory().pointer(*first - *list + *module);
    if (!owner) return false;
    const auto& modules = layout.symbols->modules();
    return std::any_of(modules.begin(), modules.end(),
                       [&](const layout::Module& known) { return known.address == *owner; });
}

}  // namespace

void find_module_types(const dump::Dump& dump, layout::KernelLayout& layout) {
    if (layout.symbols->address("btf_modules") || layout.symbols->modules().empty()) return;
    arguments::CodeReader reader(layout.code_memory(dump), *layout.symbols, dump.arch());
    for (std::string_view name : kWalkers) {
        auto entry = layout.symbols->address(name);
        auto code =
            entry ? reader.function_at(*entry) : unknown(Reason::no_symbol, std::string(name));
        if (!code) continue;
        for (std::uint64_t address : arguments::made_addresses(**code))
            if (address % 8 == 0 && is_list(dump, layout, VAddr{address}) &&
                layout::add_module_types_from(layout, dump, VAddr{address}))
                return;
    }
}

}  // namespace nfstriage::facts
