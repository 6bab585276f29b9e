#include "arguments/function_code_tables.h"

#include <algorithm>

namespace nfstriage::arguments {
namespace {

constexpr std::size_t kMostEntries = 1024;
constexpr std::size_t kFarthestBack = 32;  // instructions between a comparison and its jump

bool begins_instruction(const FunctionCode& code, VAddr address) {
    return code.at(address) != nullptr;
}

std::optional<JumpTable> finished(VAddr jump, std::vector<VAddr> targets) {
    if (targets.empty()) return std::nullopt;
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    return JumpTable{jump, std::move(targets)};
}

std::optional<JumpTable> read_absolute(const FunctionCode& code, const isa::Instruction& jump,
                                       const dump::Memory& memory) {
    if (!jump.via_memory || *jump.via_memory >= jump.memory.size()) return std::nullopt;
    const isa::MemoryOperand& place = jump.memory[*jump.via_memory];
    if (place.base || !place.index || place.scale != 8 ||
        place.segment != isa::MemoryOperand::Segment::none)
        return std::nullopt;
    std::vector<VAddr> targets;
    VAddr table{static_cast<std::uint64_t>(place.displacement)};
    while (targets.size() < kMostEntries) {
        auto target = memory.pointer(table + 8 * targets.size());
        if (!target || !begins_instruction(code, *target)) break;
        targets.push_back(*target);
    }
    return finished(VAddr{jump.address}, std::move(targets));
}

// Reads the instructions in front of an aarch64 `br`, backwards.
class RelativeTable {
public:
    RelativeTable(const FunctionCode& code, std::size_t jump, const dump::Memory& memory)
        : code_(code), jump_(jump), memory_(memory) {}

    std::optional<JumpTable> read() const {
        const isa::Instruction& jump = code_.instructions[jump_];
        if (!jump.via) return std::nullopt;
        auto add_at = writer(*jump.via, jump_);
        if (!add_at) return std::nullopt;
        auto add = word(*add_at);
        // ADD (extended register), 64 bits: option in bits 13-15, shift in bits 10-12.
        if (!add || (*add & 0xffe00000u) != 0x8b200000u || ((*add >> 10) & 7) != 2)
            return std::nullopt;
        auto base_register = static_cast<isa::Register>((*add >> 5) & 31);
        auto entry_register = static_cast<isa::Register>((*add >> 16) & 31);
        auto base = constant(base_register, *add_at, 4);
        auto load_at = writer(entry_register, *add_at);
        if (!base || !load_at) return std::nullopt;
        const isa::Instruction& load = code_.instructions[*load_at];
        if (load.memory.size() != 1) return std::nullopt;
        const isa::MemoryOperand& place = load.memory[0];
        if (!place.read || !place.base || !place.index || place.displacement != 0 ||
            place.scale != place.size)
            return std::nullopt;
        auto table = constant(*place.base, *load_at, 4);
        if (!table) return std::nullopt;
        return collect(VAddr{*base}, VAddr{*table}, place.size, (*add >> 13) & 7,
                       count(*place.index, *load_at));
    }

private:
    std::optional<std::uint32_t> word(std::size_t index) const {
        auto value = memory_.u32(VAddr{code_.instructions[index].address});
        if (!value) return std::nullopt;
        return *value;
    }

    // The nearest instruction before `index`, without a gap, that writes the register.
    std::optional<std::size_t> writer(isa::Register reg, std::size_t index) const {
        for (std::size_t steps = 0; steps < kFarthestBack && index > 0; ++steps) {
            const isa::Instruction& after = code_.instructions[index];
            const isa::Instruction& at = code_.instructions[--index];
            if (at.end() != after.address || at.flow == isa::Flow::call) return std::nullopt;
            if (at.writes & isa::bit(reg)) return index;
        }
        return std::nullopt;
    }

    std::optional<std::uint64_t> constant(isa::Register reg, std::size_t index,
                                          unsigned depth) const {
        auto at = writer(reg, index);
        if (!at || depth == 0) return std::nullopt;
        for (const isa::Effect& effect : code_.instructions[*at].effects) {
            if (effect.to != reg || effect.bits != 64) continue;
            if (effect.kind == isa::Effect::Kind::constant) return effect.value;
            if (effect.kind != isa::Effect::Kind::sum) return std::nullopt;
            auto from = constant(effect.from, *at, depth - 1);
            if (!from) return std::nullopt;
            return *from + effect.value;
        }
        return std::nullopt;
    }

    // Entries by the comparison with the greatest index, `cmp wN, #imm`.
    std::size_t count(isa::Register index_register, std::size_t index) const {
        for (std::size_t steps = 0; steps < kFarthestBack && index > 0; ++steps) {
            const isa::Instruction& at = code_.instructions[--index];
            if (at.writes & isa::bit(index_register)) break;
            auto compare = word(index);
            // SUBS WZR or XZR, register, immediate without shift.
            if (compare && (*compare & 0x7fc0001fu) == 0x7100001fu &&
                ((*compare >> 5) & 31) == index_register)
                return std::min<std::size_t>(kMostEntries, ((*compare >> 10) & 0xfff) + 1);
        }
        return kMostEntries;
    }

    std::optional<JumpTable> collect(VAddr base, VAddr table, std::uint32_t size, unsigned option,
                                     std::size_t most) const {
        std::vector<VAddr> targets;
        while (targets.size() < most) {
            VAddr at = table + targets.size() * size;
            std::optional<std::int64_t> entry = read_entry(at, size, option);
            if (!entry) break;
            VAddr target = base + static_cast<std::uint64_t>(*entry * 4);
            if (!begins_instruction(code_, target)) break;
            targets.push_back(target);
        }
        if (most < kMostEntries && targets.size() < most) return std::nullopt;
        return finished(VAddr{code_.instructions[jump_].address}, std::move(targets));
    }

    // `option` as in the extended register form: 0 uxtb, 1 uxth, 2 uxtw, 4 sxtb, 5 sxth, 6 sxtw.
    std::optional<std::int64_t> read_entry(VAddr at, std::uint32_t size, unsigned option) const {
        std::uint32_t raw = 0;
        if (size == 1) {
            auto value = memory_.u8(at);
            if (!value) return std::nullopt;
            raw = *value;
        } else if (size == 2) {
            auto value = memory_.u16(at);
            if (!value) return std::nullopt;
            raw = *value;
        } else if (size == 4) {
            auto value = memory_.u32(at);
            if (!value) return std::nullopt;
            raw = *value;
        } else {
            return std::nullopt;
        }
        switch (option) {
            case 0:
                return static_cast<std::uint8_t>(raw);
            case 1:
                return static_cast<std::uint16_t>(raw);
            case 2:
                return raw;
            case 4:
                return static_cast<std::int8_t>(raw);
            case 5:
                return static_cast<std::int16_t>(raw);
            case 6:
                return static_cast<std::int32_t>(raw);
            default:
                return std::nullopt;
        }
    }

    const FunctionCode& code_;
    std::size_t jump_;
    const dump::Memory& memory_;
};

}  // namespace

std::optional<JumpTable> read_jump_table(const FunctionCode& code, std::size_t index, Arch arch,
                                         const dump::Memory& memory) {
    if (arch == Arch::x86_64) return read_absolute(code, code.instructions[index], memory);
    return RelativeTable(code, index, memory).read();
}

}  // namespace nfstriage::arguments
