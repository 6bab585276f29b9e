#include "arguments/faulting_access.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace nfstriage::arguments {
namespace {

constexpr std::uint32_t kUnknownSize = 64;  // bytes that an operand of unknown size may span
constexpr std::uint32_t kLongestInstruction = 16;

std::optional<std::uint64_t> value_of(const Registers& registers, Arch arch, isa::Register reg) {
    return registers.get(isa::register_name(arch, reg));
}

std::uint64_t index_of(const isa::MemoryOperand& operand, std::uint64_t value) {
    if (operand.index_is_32)
        value =
            static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
    return value * operand.scale;
}

MemoryAccess access_of(const isa::MemoryOperand& operand, const Registers& registers, Arch arch) {
    using Segment = isa::MemoryOperand::Segment;
    MemoryAccess out;
    out.kind = !operand.written ? AccessKind::read
               : operand.read   ? AccessKind::update
                                : AccessKind::write;
    out.size = operand.size;
    out.base = operand.base;
    out.offset = operand.displacement;
    std::string text;
    std::optional<std::uint64_t> base = 0, index = 0, segment = 0;
    if (operand.segment != Segment::none) {
        text = operand.segment == Segment::gs ? "gs:" : "fs:";
        segment = registers.get(operand.segment == Segment::gs ? "gs_base" : "fs_base");
        out.base.reset();  // a register is an offset into the segment, no pointer
    }
    if (operand.base) {
        std::string name(isa::register_name(arch, *operand.base));
        base = value_of(registers, arch, *operand.base);
        if (out.base) {
            out.base_name = name;
            out.base_value = base;
        }
        text += name;
    }
    if (operand.index) {
        out.has_index = true;
        index = value_of(registers, arch, *operand.index);
        if (index) index = index_of(operand, *index);
        std::string name(isa::register_name(arch, *operand.index));
        if (operand.scale != 1) name += fmt::format("*{}", operand.scale);
        text += (operand.base ? " + " : "") + name;
        // Without a scale either register may be the pointer: a pointer is the larger number.
        bool is_swapped = out.base && operand.scale == 1 && index && base && !operand.index_is_32 &&
                          static_cast<std::int64_t>(*index) < 0 && *base < 0x1000'0000'0000;
        if (is_swapped) {
            out.base = operand.index;
            out.base_name = name;
            out.base_value = index;
            out.offset += static_cast<std::int64_t>(*base);
        } else if (index) {
            out.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(out.offset) + *index);
        }
    }
    if (base && index && segment)
        out.address = *base + *index + *segment + static_cast<std::uint64_t>(operand.displacement);
    if (!operand.base && !operand.index)
        text += fmt::format("{:#x}", static_cast<std::uint64_t>(operand.displacement));
    else
        text = with_offset(text, operand.displacement);
    out.operand = std::move(text);
    return out;
}

bool holds(const MemoryAccess& access, std::uint64_t address) {
    if (!access.address) return false;
    std::uint32_t size = access.size == 0 ? kUnknownSize : access.size;
    return address - *access.address < size;
}

// The parameter that a value was reached from, through any number of loads.
std::optional<Value> root_of(const FlowResult& flow, Value value) {
    for (unsigned step = 0; step < 16 && value.symbol < flow.symbols.size(); ++step) {
        const Symbol& symbol = flow.symbols[value.symbol];
        if (symbol.kind != Symbol::Kind::loaded ||
            symbol.segment != isa::MemoryOperand::Segment::none)
            return Value{value.symbol, 0, 64};
        value = symbol.from;
    }
    return std::nullopt;
}

// Where no prototype tells what the pointer came from: a register that still holds it, and the type
// that the object there shows. Returns what shows it, or "".
std::string assume_type(const AccessReaders& readers, const Registers& registers,
                        const FlowResult& flow, const Value& pointer, Describer& describer) {
    auto root = root_of(flow, pointer);
    if (!root) return {};
    Arch arch = readers.code.arch();
    for (isa::Register reg = 0; reg < isa::kRegisters; ++reg) {
        if (flow.state.registers[reg] != *root) continue;
        auto value = value_of(registers, arch, reg);
        if (!value) continue;
        auto known = readers.objects.identify(VAddr{*value});
        if (known.type.empty()) return {};
        std::string name(isa::register_name(arch, reg));
        describer.assume(root->symbol, {name, known.type + " *", true, true, std::nullopt});
        return fmt::format("{} is a {}: {}", name, known.type, known.ground);
    }
    return {};
}

// Names the base register's value and the member by the function's code.
void explain(const AccessReaders& readers, const FunctionCode& code, const Registers& registers,
             VAddr pc, FaultingAccess& fault) {
    const MemoryAccess& access = fault.access;
    if (!access.base) return;
    auto flow = state_before(code, readers.code.arch(), pc, readers.code.symbols());
    if (!flow) return;
    Describer describer(readers.types, readers.code, code, *flow);
    Value base = flow->state.registers[*access.base];
    std::int64_t offset = access.offset;
    Described described;
    // The register may point into an object already: the object itself is what has a name.
    Value whole{base.symbol, 0, 64};
    if (base.bits == 64 && !access.has_index && base.offset != 0) {
        described = describer.value(whole);
        if (!pointee(described.type).empty())
            offset += base.offset;
        else
            described = describer.value(base);
    } else {
        described = describer.value(base);
    }
    if (!described.has_name) {
        std::string ground = assume_type(readers, registers, *flow, base, describer);
        if (ground.empty()) return;
        described = describer.value(base);
        if (!described.has_name) return;
        fault.origin = std::move(ground);
    }
    auto found = describer.access(described, offset, access.size);
    fault.is_likely = !flow->all_paths_seen;
    fault.object = described.text;
    fault.type = described.type;
    if (!access.has_index) {
        fault.expression = found.place.text;
        fault.member = found.member;
    }
    if (auto root = root_of(*flow, base)) {
        Described from = describer.value(*root);
        if (from.parameter)
            fault.origin = (from.text == described.text ? "" : from.text + " is ") +
                           fmt::format("argument {} of {}", *from.parameter, code.name);
    }
}

// An object whose type only its slab cache tells.
void explain_by_slab(const AccessReaders& readers, FaultingAccess& fault) {
    const MemoryAccess& access = fault.access;
    if (!fault.expression.empty() || !access.base_value || access.has_index) return;
    auto object = readers.objects.slab_object(VAddr{*access.base_value});
    if (!object || !object->cache.shared || *object->cache.shared || object->offset != 0) return;
    std::string type = kernel::Objects::type_of_cache(object->cache.name);
    if (type.empty() || access.offset < 0) return;
    auto member =
        member_at(readers.types, type, static_cast<std::uint64_t>(access.offset), access.size);
    if (!member) return;
    fault.type = type + " *";
    fault.object = access.base_name;
    fault.member = member->path;
    fault.expression = access.base_name + "->" + member->path;
    fault.origin = "its type is that of its slab cache";
}

// The processor went where there is no code.
FaultingAccess astray(std::uint64_t pc, kernel::PointerWords words) {
    FaultingAccess fault;
    fault.access.kind = AccessKind::execute;
    fault.access.address = pc;
    fault.base = std::move(words);
    return fault;
}

}  // namespace

std::string_view to_string(AccessKind kind) {
    switch (kind) {
        case AccessKind::read:
            return "read";
        case AccessKind::write:
            return "write";
        case AccessKind::update:
            return "read and write";
        case AccessKind::execute:
            return "instruction fetch";
    }
    return "read";
}

Maybe<MemoryAccess> faulting_operand(const isa::Instruction& instruction,
                                     const Registers& registers, Arch arch,
                                     std::optional<std::uint64_t> fault_address,
                                     const std::function<bool(std::uint64_t)>& is_bad) {
    if (instruction.memory.empty())
        return unknown(Reason::no_type, "the instruction accesses no memory");
    std::vector<MemoryAccess> all;
    for (const isa::MemoryOperand& operand : instruction.memory)
        if (operand.read || operand.written) all.push_back(access_of(operand, registers, arch));
    if (all.empty()) return unknown(Reason::no_type, "the instruction accesses no memory");
    if (fault_address) {
        for (const MemoryAccess& access : all)
            if (holds(access, *fault_address)) return access;
        // The address of another fault, or registers that were not saved.
        bool known = std::all_of(all.begin(), all.end(), [](auto& a) { return !!a.address; });
        if (known)
            return unknown(Reason::corrupt,
                           "no operand of the instruction is at " + hex(*fault_address));
    }
    for (const MemoryAccess& access : all)
        if (access.address && is_bad(*access.address)) return access;
    if (all.size() == 1 && (fault_address || !all.front().address)) return all.front();
    return unknown(Reason::corrupt, "nothing shows which operand faulted");
}

std::string FaultingAccess::sentence() const {
    std::string out(to_string(access.kind));
    if (access.kind == AccessKind::execute)
        return out + " at " + hex(access.address.value_or(0)) + ", " + base.sentence();
    if (access.size != 0)
        out += access.size == 1 ? " of 1 byte" : fmt::format(" of {} bytes", access.size);
    bool is_named = access.base_value && base.is_bad() && base.kind != kernel::PointerKind::freed &&
                    base.kind != kernel::PointerKind::unmapped &&
                    base.kind != kernel::PointerKind::non_canonical &&
                    base.kind != kernel::PointerKind::user;
    if (is_named) {
        bool is_small = base.kind == kernel::PointerKind::null && access.address;
        out += " at " + (is_small ? with_offset("NULL", static_cast<std::int64_t>(*access.address))
                                  : with_offset(base.text, access.offset));
        if (access.address && base.kind != kernel::PointerKind::null)
            out += " = " + hex(*access.address);
    } else if (access.address) {
        out += " at " + hex(*access.address);
    }
    out += ": " + (expression.empty() ? access.operand : expression);
    if (access.base_name.empty()) return out;
    std::string name = object.empty() ? access.base_name : object;
    std::vector<std::string> said;
    if (name != access.base_name) said.push_back("in " + access.base_name);
    if (!origin.empty()) said.push_back(origin);
    std::string is;
    if (access.base_value) is = base.sentence();
    if (said.empty() && is.empty()) return out;
    out += "; " + name;
    if (!said.empty()) {
        out += " (";
        for (std::size_t i = 0; i < said.size(); ++i) out += (i ? ", " : "") + said[i];
        out += ")";
    }
    if (!is.empty()) out += " is " + is;
    if (is_likely) out += "; likely, as not every way through the function was seen";
    return out;
}

Maybe<FaultingAccess> faulting_access(const AccessReaders& readers, const Registers& registers,
                                      VAddr pc, std::optional<std::uint64_t> fault_address) {
    if (!readers.code.symbols().is_text(pc) && fault_address == pc.value)
        return astray(pc.value, kernel::pointer_words(pc.value, "", readers.dump,
                                                      readers.code.symbols(), readers.objects));
    auto code = readers.code.function_at(pc);
    if (!code) return tl::unexpected<Unknown>(code.error());
    const isa::Instruction* instruction = (*code)->at(pc);
    if (instruction == nullptr) return unknown(Reason::no_decoder, "no instruction at " + hex(pc));
    Arch arch = readers.code.arch();
    auto is_bad = [&](std::uint64_t address) {
        if (kernel::pointer_words(address, arch, std::nullopt).is_bad()) return true;
        auto mapped = readers.dump.translate(VAddr{address});
        return !mapped && mapped.error().reason == Reason::unmapped;
    };
    auto access = faulting_operand(*instruction, registers, arch, fault_address, is_bad);
    if (!access) return tl::unexpected<Unknown>(access.error());
    FaultingAccess fault;
    fault.access = std::move(*access);
    std::vector<std::uint8_t> bytes(instruction->size);
    if (readers.code.memory().read(pc, bytes))
        if (auto text = readers.code.decoder().text(bytes, pc.value)) fault.instruction = *text;
    explain(readers, **code, registers, pc, fault);
    explain_by_slab(readers, fault);
    if (fault.access.base_value)
        fault.base = kernel::pointer_words(*fault.access.base_value, pointee(fault.type),
                                           readers.dump, readers.code.symbols(), readers.objects);
    return fault;
}

Maybe<FaultingAccess> faulting_access(const isa::Decoder& decoder, ByteSpan bytes,
                                      const Registers& registers,
                                      std::optional<std::uint64_t> fault_address) {
    Arch arch = decoder.arch();
    auto known_pc = registers.pc(arch);
    if (known_pc && fault_address == known_pc)
        return astray(*known_pc, kernel::pointer_words(*known_pc, arch, std::nullopt));
    std::uint64_t pc = known_pc.value_or(0);
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), kLongestInstruction));
    auto instruction = decoder.decode(bytes, pc);
    if (!instruction) return tl::unexpected<Unknown>(instruction.error());
    auto is_bad = [&](std::uint64_t address) {
        return kernel::pointer_words(address, arch, std::nullopt).is_bad();
    };
    auto access = faulting_operand(*instruction, registers, arch, fault_address, is_bad);
    if (!access) return tl::unexpected<Unknown>(access.error());
    FaultingAccess fault;
    fault.access = std::move(*access);
    if (auto text = decoder.text(bytes, pc)) fault.instruction = *text;
    if (fault.access.base_value)
        fault.base = kernel::pointer_words(*fault.access.base_value, arch, std::nullopt);
    return fault;
}

}  // namespace nfstriage::arguments
