#include "arguments/call_target.h"

#include "arguments/flow_graph.h"

namespace nfstriage::arguments {
namespace {

bool is_indirect_call(const isa::Instruction& instruction) {
    if (instruction.flow != isa::Flow::call && instruction.flow != isa::Flow::jump) return false;
    return instruction.via || instruction.via_memory;
}

Maybe<CallTarget> through_register(isa::Register reg, const Registers& registers, Arch arch) {
    CallTarget target;
    target.through = isa::register_name(arch, reg);
    auto value = registers.get(target.through);
    if (!value) return unknown(Reason::not_in_log, target.through);
    target.address = *value;
    return target;
}

// Where the pointer is, in words of the machine, and its value.
Maybe<CallTarget> pointer_of(const isa::Instruction& instruction, const Registers& registers,
                             Arch arch, const dump::Memory* memory) {
    if (instruction.via) return through_register(*instruction.via, registers, arch);
    CallTarget target;
    if (*instruction.via_memory >= instruction.memory.size())
        return unknown(Reason::corrupt, "no such operand");
    const isa::MemoryOperand& operand = instruction.memory[*instruction.via_memory];
    if (operand.index || operand.segment != isa::MemoryOperand::Segment::none || memory == nullptr)
        return unknown(Reason::not_in_log, "the pointer is in memory");
    std::uint64_t base = 0;
    target.through = hex(static_cast<std::uint64_t>(operand.displacement));
    if (operand.base) {
        target.through =
            with_offset(std::string(isa::register_name(arch, *operand.base)), operand.displacement);
        auto value = registers.get(isa::register_name(arch, *operand.base));
        if (!value) return unknown(Reason::not_in_log, target.through);
        base = *value;
    }
    auto pointer = memory->u64(VAddr{base + static_cast<std::uint64_t>(operand.displacement)});
    if (!pointer) return tl::unexpected<Unknown>(pointer.error());
    target.address = *pointer;
    return target;
}

// What the pointer is in the calling function's own terms.
std::string expression_of(const AccessReaders& readers, VAddr call, isa::Register reg) {
    auto code = readers.code.function_at(call);
    if (!code) return {};
    auto flow = state_before(**code, readers.code.arch(), call, readers.code.symbols());
    if (!flow) return {};
    Described found =
        Describer(readers.types, readers.code, **code, *flow).value(flow->state.registers[reg]);
    return found.has_name ? found.text : "";
}

std::string expression_of(const AccessReaders& readers, VAddr call,
                          const isa::MemoryOperand& operand) {
    auto code = readers.code.function_at(call);
    if (!code || !operand.base || operand.index) return {};
    auto flow = state_before(**code, readers.code.arch(), call, readers.code.symbols());
    if (!flow) return {};
    Describer describer(readers.types, readers.code, **code, *flow);
    Described base = describer.value(flow->state.registers[*operand.base]);
    if (!base.has_name) return {};
    return describer.access(base, operand.displacement, 8).place.text;
}

void name(const layout::Symbols& symbols, CallTarget& target) {
    auto symbol = symbols.find(VAddr{target.address});
    if (!symbol) return;
    target.function = symbol->symbol.name;
    target.module = symbol->symbol.module;
    target.offset = symbol->offset;
}

// The call in front of `return_address`, or null.
const isa::Instruction* call_before(const AccessReaders& readers, VAddr return_address,
                                    std::shared_ptr<const FunctionCode>& code) {
    auto found = readers.code.function_at(return_address - 1);
    if (!found) return nullptr;
    code = *found;
    return code->before(return_address);
}

// Registers are still as they were at the call: nothing has run since.
Maybe<CallTarget> gone_astray(const AccessReaders& readers, const Registers& registers, VAddr pc) {
    Arch arch = readers.code.arch();
    std::optional<VAddr> back;
    if (arch == Arch::aarch64) {
        if (auto link = registers.get("x30")) back = VAddr{*link};
    } else if (auto sp = registers.sp(arch)) {
        if (auto word = readers.dump.memory().pointer(VAddr{*sp})) back = *word;
    }
    if (!back) return unknown(Reason::no_type, "no return address");
    std::shared_ptr<const FunctionCode> code;
    const isa::Instruction* call = call_before(readers, *back, code);
    if (call == nullptr || call->flow != isa::Flow::call)
        return unknown(Reason::no_type, "no call in front of " + hex(*back));
    CallTarget target;
    target.address = pc.value;
    target.has_happened = true;
    if (call->via) {
        target.through = isa::register_name(arch, *call->via);
        target.expression = expression_of(readers, VAddr{call->address}, *call->via);
    } else if (call->via_memory && *call->via_memory < call->memory.size()) {
        const isa::MemoryOperand& operand = call->memory[*call->via_memory];
        if (operand.base)
            target.through = with_offset(std::string(isa::register_name(arch, *operand.base)),
                                         operand.displacement);
        target.expression = expression_of(readers, VAddr{call->address}, operand);
    } else if (call->target) {
        auto thunk = readers.code.symbols().find(VAddr{*call->target});
        auto reg = thunk ? thunk_register(thunk->symbol.name) : std::nullopt;
        if (!reg) return unknown(Reason::no_type, "a direct call");
        target.through = isa::register_name(arch, *reg);
        target.expression = expression_of(readers, VAddr{call->address}, *reg);
    }
    return target;
}

}  // namespace

Maybe<CallTarget> call_target(const AccessReaders& readers, const Registers& registers, VAddr pc,
                              std::optional<VAddr> return_address) {
    Arch arch = readers.code.arch();
    const layout::Symbols& symbols = readers.code.symbols();
    auto here = symbols.find(pc);
    if (!here || !symbols.is_text(pc)) return gone_astray(readers, registers, pc);
    if (auto reg = thunk_register(here->symbol.name)) {
        auto target = through_register(*reg, registers, arch);
        if (!target) return target;
        name(symbols, *target);
        std::shared_ptr<const FunctionCode> code;
        const isa::Instruction* call =
            return_address ? call_before(readers, *return_address, code) : nullptr;
        // It must be the call of this very thunk.
        bool is_this =
            call != nullptr && call->target && *call->target == here->symbol.address.value;
        if (is_this) target->expression = expression_of(readers, VAddr{call->address}, *reg);
        return target;
    }
    auto code = readers.code.function_at(pc);
    if (!code) return tl::unexpected<Unknown>(code.error());
    const isa::Instruction* instruction = (*code)->at(pc);
    if (instruction == nullptr || !is_indirect_call(*instruction))
        return unknown(Reason::no_type, "no call through a pointer");
    auto target = pointer_of(*instruction, registers, arch, &readers.dump.memory());
    if (!target) return target;
    name(symbols, *target);
    // A jump to the inside of the function itself is the table of a switch.
    if (instruction->flow == isa::Flow::jump && target->offset != 0)
        return unknown(Reason::no_type, "a jump inside of the function");
    if (instruction->via)
        target->expression = expression_of(readers, pc, *instruction->via);
    else
        target->expression =
            expression_of(readers, pc, instruction->memory[*instruction->via_memory]);
    return target;
}

Maybe<CallTarget> call_target(const isa::Decoder& decoder, std::string_view function,
                              ByteSpan bytes, const Registers& registers) {
    Arch arch = decoder.arch();
    if (auto reg = thunk_register(function)) return through_register(*reg, registers, arch);
    auto instruction = decoder.decode(bytes, registers.pc(arch).value_or(0));
    if (!instruction) return tl::unexpected<Unknown>(instruction.error());
    if (!is_indirect_call(*instruction) || instruction->flow != isa::Flow::call)
        return unknown(Reason::no_type, "no call through a pointer");
    return pointer_of(*instruction, registers, arch, nullptr);
}

}  // namespace nfstriage::arguments
