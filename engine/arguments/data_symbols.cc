#include "arguments/data_symbols.h"

#include <map>

namespace nfstriage::arguments {

std::set<std::uint64_t> made_addresses(const FunctionCode& code) {
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
            if (!memory.base && !memory.index &&
                memory.segment == isa::MemoryOperand::Segment::none)
                addresses.insert(static_cast<std::uint64_t>(memory.displacement));
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

}  // namespace nfstriage::arguments
