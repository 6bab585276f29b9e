#include "frames_by_cfi.h"

#include <algorithm>
#include <array>

namespace nfstriage::test {
namespace {

using arguments::FrameState;
using layout::CfiRow;
using layout::Location;

constexpr unsigned kDepth = 16;  // of calls that hand an entry value on
constexpr std::uint64_t kAddressBits = (std::uint64_t{1} << 48) - 1;  // without PAC or tag

bool is_kept_by_calls(Arch arch, std::string_view name) {
    constexpr std::array<std::string_view, 6> kX86{"rbx", "rbp", "r12", "r13", "r14", "r15"};
    constexpr std::array<std::string_view, 11> kArm{"x19", "x20", "x21", "x22", "x23", "x24",
                                                    "x25", "x26", "x27", "x28", "x29"};
    if (arch == Arch::x86_64) return std::find(kX86.begin(), kX86.end(), name) != kX86.end();
    return std::find(kArm.begin(), kArm.end(), name) != kArm.end();
}

std::optional<std::uint64_t> register_at(const Registers& registers, Arch arch, unsigned number) {
    auto name = arguments::dwarf_register(arch, number);
    return name ? registers.get(*name) : std::nullopt;
}

// The registers of the caller, with its program counter; nothing where a rule is not understood.
std::optional<Registers> caller_of(const FrameState& frame, const CfiRow& row, Arch arch,
                                   const dump::Memory& memory) {
    if (!frame.frame_address) return std::nullopt;
    std::uint64_t cfa = *frame.frame_address;
    Registers caller;
    for (const auto& [name, value] : frame.registers.values)
        if (is_kept_by_calls(arch, name)) caller.set(name, value);
    std::optional<std::uint64_t> pc;
    if (arch == Arch::aarch64) pc = frame.registers.get("x30");
    for (const CfiRow::Register& rule : row.registers) {
        std::optional<std::uint64_t> value;
        std::uint64_t place = cfa + static_cast<std::uint64_t>(rule.offset);
        if (rule.rule == CfiRow::Rule::saved) {
            if (auto word = memory.u64(VAddr{place})) value = *word;
        } else if (rule.rule == CfiRow::Rule::value) {
            value = place;
        }
        if (rule.reg == row.return_address) {
            pc = value;
            continue;
        }
        auto name = arguments::dwarf_register(arch, rule.reg);
        if (!name) continue;
        if (value)
            caller.set(*name, *value);
        else
            caller.values.erase(std::string(*name));
    }
    if (!pc) return std::nullopt;
    caller.set(arch == Arch::x86_64 ? "rsp" : "sp", cfa);
    caller.set(arch == Arch::x86_64 ? "rip" : "pc", *pc);
    return caller;
}

// The frame whose registers an exception or interrupt saved.
const unwind::InterruptedContext* context_of(const unwind::Result& unwound, std::size_t index) {
    for (const unwind::InterruptedContext& context : unwound.interrupted)
        if (!context.user_mode && context.frame == index) return &context;
    return nullptr;
}

// The function that the call in front of `return_address` names, if it names one: E8 rel32 of
// x86_64, BL of aarch64.
std::optional<std::uint64_t> called_directly(std::uint64_t return_address, Arch arch,
                                             const dump::Memory& memory) {
    if (arch == Arch::x86_64) {
        auto opcode = memory.u8(VAddr{return_address - 5});
        auto distance = memory.u32(VAddr{return_address - 4});
        if (!opcode || *opcode != 0xe8 || !distance) return std::nullopt;
        return return_address + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                                    static_cast<std::int32_t>(*distance)));
    }
    auto word = memory.u32(VAddr{return_address - 4});
    if (!word || *word >> 26 != 0x25) return std::nullopt;
    auto words = static_cast<std::int64_t>(static_cast<std::int32_t>(*word << 6) >> 6);
    return return_address - 4 + static_cast<std::uint64_t>(words * 4);
}

class Values {
public:
    Values(const std::vector<CfiFrame>& frames, const layout::KernelCode& code, Arch arch,
           const dump::Memory& memory)
        : frames_(frames), code_(code), arch_(arch), memory_(memory) {}

    std::optional<std::uint64_t> at(std::size_t index, const Location& location,
                                    unsigned depth) const {
        if (!frames_[index].known) return std::nullopt;
        if (location.kind == Location::Kind::entry_value) {
            if (location.offset != 0) return std::nullopt;
            return at_entry(index, location.reg, depth);
        }
        auto found = arguments::value_at(location, frames_[index].state, arch_, memory_);
        if (!found) return std::nullopt;
        return found->value;
    }

    // What register `reg` held when the function of frame `index` was entered, by the caller's call
    // site. A call through a pointer may have gone through other functions: not asked.
    std::optional<std::uint64_t> at_entry(std::size_t index, std::uint16_t reg,
                                          unsigned depth) const {
        if (depth == 0 || index + 1 >= frames_.size() || !frames_[index + 1].called_inner ||
            !frames_[index + 1].known)
            return std::nullopt;
        auto function = code_.place(frames_[index].state.instruction);
        auto call = code_.place(VAddr{frames_[index + 1].pc - 1});
        if (!function || !call) return std::nullopt;
        auto source = function->table->function_at(function->address);
        auto target = called_directly(frames_[index + 1].pc, arch_, memory_);
        if (!source || !target) return std::nullopt;
        std::uint64_t shift = frames_[index].state.instruction.value - function->address;
        if (*target != source->entry + shift) return std::nullopt;
        auto passed = call->table->call_arguments(call->address + 1);
        if (!passed) return std::nullopt;
        for (const layout::CallArgument& argument : *passed)
            if (argument.reg == reg) return at(index + 1, argument.value, depth - 1);
        return std::nullopt;
    }

private:
    const std::vector<CfiFrame>& frames_;
    const layout::KernelCode& code_;
    Arch arch_;
    const dump::Memory& memory_;
};

}  // namespace

std::vector<CfiFrame> frames_by_cfi(const unwind::Result& unwound, const layout::KernelCode& code,
                                    Arch arch, const dump::Memory& memory) {
    std::vector<CfiFrame> result;
    std::optional<Registers> registers;
    for (std::size_t i = 0; i < unwound.frames.size(); ++i) {
        const Frame& frame = unwound.frames[i];
        const unwind::InterruptedContext* context = context_of(unwound, i);
        bool precise = context != nullptr || (i == 0 && frame.trust == Trust::registers);
        CfiFrame judged;
        judged.pc = frame.address.value_or(0);
        judged.called_inner = i > 0 && context == nullptr;
        if (context != nullptr)
            registers = context->registers;
        else if (i == 0)
            registers = unwound.registers[0];
        if (registers) {
            auto pc = registers->pc(arch);
            if (!pc || ((*pc ^ judged.pc) & kAddressBits) != 0) registers.reset();
        }
        judged.state.instruction = VAddr{judged.pc - (precise ? 0 : 1)};
        judged.state.trust = Trust::cfi;
        std::optional<Registers> next;
        if (registers) {
            judged.known = true;
            judged.state.registers = *registers;
            auto row = code.cfi(judged.state.instruction);
            if (row && row->cfa) {
                if (auto base = register_at(*registers, arch, row->cfa->reg))
                    judged.state.frame_address =
                        *base + static_cast<std::uint64_t>(row->cfa->offset);
                next = caller_of(judged.state, *row, arch, memory);
            }
        }
        result.push_back(std::move(judged));
        registers = std::move(next);
    }
    return result;
}

std::vector<JudgedParameter> pointer_parameters(const std::vector<CfiFrame>& frames,
                                                std::size_t index, const layout::KernelCode& code,
                                                Arch arch, const dump::Memory& memory) {
    std::vector<JudgedParameter> result;
    auto place = code.place(frames[index].state.instruction);
    if (!place) return result;
    auto source = place->table->function_at(place->address);
    if (!source) return result;
    Values values(frames, code, arch, memory);
    for (std::size_t i = 0; i < source->parameters.size(); ++i) {
        const layout::Parameter& parameter = source->parameters[i];
        if (!parameter.type.ends_with('*')) continue;
        JudgedParameter judged;
        judged.index = static_cast<unsigned>(i);
        judged.name = parameter.name;
        judged.type = parameter.type;
        for (const Location& location : parameter.locations) {
            if (place->address >= location.begin && place->address < location.end)
                judged.now = values.at(index, location, kDepth);
            if (location.kind == Location::Kind::in_register && source->entry >= location.begin &&
                source->entry < location.end)
                judged.at_entry = values.at_entry(index, location.reg, kDepth);
        }
        result.push_back(std::move(judged));
    }
    return result;
}

std::string file_of(const CfiFrame& frame, const layout::KernelCode& code) {
    auto source = code.source_of(frame.state.instruction);
    return source && !source->empty() ? source->back().file : "";
}

}  // namespace nfstriage::test
