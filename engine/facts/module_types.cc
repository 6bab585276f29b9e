#include "facts/module_types.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "arguments/function_code.h"

namespace nfstriage::facts {
namespace {

// Functions that walk btf_modules, static or not, in all kernels that have it (since v5.11).
constexpr std::array<std::string_view, 4> kWalkers{"btf_try_get_module", "btf_module_notify",
                                                   "btf_get_module_btf", "bpf_find_btf_id"};

// Addresses that the code makes out of constants: `lea sym(%rip)`, `mov $sym`, `adrp` and `add`.
// Along the text, not along the paths: what is found is tried, not believed.
std::set<std::uint64_t> made_addresses(const arguments::FunctionCode& code) {
    std::set<std::uint64_t> addresses;
    std::map<isa::Register, std::uint64_t> known;
    for (const isa::Instruction& instruction : code.instructions) {
        std::map<isa::Register, std::uint64_t> made;
        for (const isa::Effect& effect : instruction.effects) {
            if (effect.kind == isa::Effect::Kind::constant) made[effect.to] = effect.value;
            auto from = known.find(effect.from);
            if (effect.kind == isa::Effect::Kind::sum && from != known.end())
                made[effect.to] = from->second + effect.value;
        }
        for (const isa::MemoryOperand& memory : instruction.memory) {
            auto base = memory.base ? known.find(*memory.base) : known.end();
            if (base != known.end() && !memory.index)
                addresses.insert(base->second + static_cast<std::uint64_t>(memory.displacement));
        }
        for (auto& [number, value] : made) {
            known[number] = value;
            addresses.insert(value);
        }
    }
    return addresses;
}

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
        for (std::uint64_t address : made_addresses(**code))
            if (address % 8 == 0 && is_list(dump, layout, VAddr{address}) &&
                layout::add_module_types_from(layout, dump, VAddr{address}))
                return;
    }
}

}  // namespace nfstriage::facts
