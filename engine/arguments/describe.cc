#include "arguments/describe.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/frame.h"

namespace nfstriage::arguments {
namespace {

constexpr unsigned kDeepest = 12;                    // loads through loads
constexpr std::uint32_t kReadsCurrent = 0xd5384100;  // mrs x0, sp_el0
constexpr std::size_t kLongest = 200;                // bytes of an expression

std::string_view name_of_size(std::uint32_t size) {
    switch (size) {
        case 1:
            return "u8";
        case 2:
            return "u16";
        case 4:
            return "u32";
        default:
            return "u64";
    }
}

std::string in_front_of_arrow(const Described& pointer) {
    return pointer.is_plain ? pointer.text : "(" + pointer.text + ")";
}

}  // namespace

std::string with_offset(const std::string& text, std::int64_t offset) {
    if (offset == 0) return text;
    if (offset > 0) return fmt::format("{} + {:#x}", text, offset);
    return fmt::format("{} - {:#x}", text, 0 - static_cast<std::uint64_t>(offset));
}

Describer::Describer(const layout::Types& types, const CodeReader& reader, const FunctionCode& code,
                     const FlowResult& flow)
    : types_(types), reader_(reader), symbols_(reader.symbols()), code_(code), flow_(flow) {
    if (auto places = parameter_places(types, code.name, reader.arch())) {
        parameters_ = std::move(*places);
        knows_parameters_ = true;
    }
}

Described Describer::constant(std::uint64_t value) const {
    Described out;
    out.has_name = true;
    if (static_cast<std::int64_t>(value) < -4096)
        if (auto at = symbols_.find(VAddr{value})) {
            out.text = with_offset("&" + at->symbol.name, static_cast<std::int64_t>(at->offset));
            out.is_plain = false;
            return out;
        }
    out.text = value < 10 ? std::to_string(value) : fmt::format("{:#x}", value);
    return out;
}

Described Describer::entry(isa::Register reg) const {
    for (unsigned index = 0; index < parameters_.size(); ++index) {
        const ParameterPlace& parameter = parameters_[index];
        if (!parameter.reg || *parameter.reg != reg || parameter.is_structure) continue;
        Described out;
        out.has_name = !parameter.name.empty();
        out.text = out.has_name ? parameter.name : fmt::format("argument {}", index);
        out.is_plain = out.has_name;
        out.type = parameter.type;
        out.parameter = index;
        return out;
    }
    Described out;
    out.text = fmt::format("{} at entry", isa::register_name(reader_.arch(), reg));
    out.is_plain = false;
    return out;
}

Described Describer::stacked(std::int64_t offset) const {
    for (unsigned index = 0; index < parameters_.size(); ++index) {
        const ParameterPlace& parameter = parameters_[index];
        if (parameter.reg || parameter.is_structure || parameter.stacked != offset) continue;
        Described out;
        out.has_name = !parameter.name.empty();
        out.text = out.has_name ? parameter.name : fmt::format("argument {}", index);
        out.is_plain = out.has_name;
        out.type = parameter.type;
        out.parameter = index;
        return out;
    }
    Described out;
    out.text = with_offset("*(u64 *)(frame", offset) + ")";
    out.is_plain = false;
    return out;
}

// x86_64 6.2 gathered the hottest per-CPU variables in struct pcpu_hot (e57ef2ed97c1).
Described Describer::per_cpu(const Symbol& symbol) const {
    Described out;
    const arguments::Symbol& from = flow_.symbols[symbol.from.symbol];
    if (from.kind != Symbol::Kind::zero) {
        out.text = "a per-CPU variable";
        out.is_plain = false;
        return out;
    }
    auto variable = symbols_.find(VAddr{static_cast<std::uint64_t>(symbol.from.offset)});
    if (!variable) {
        out.text = fmt::format("the per-CPU variable at {:#x}", symbol.from.offset);
        out.is_plain = false;
        return out;
    }
    const std::string& name = variable->symbol.name;
    out.has_name = true;
    if (name == "current_task" && variable->offset == 0) {
        out.text = "current";
        out.type = "struct task_struct *";
        return out;
    }
    auto member = member_at(types_, "struct " + name, variable->offset, symbol.size);
    if (member && member->path == "current_task") {
        out.text = "current";
        out.type = member->spelling;
        return out;
    }
    out.text = "this_cpu(" + with_offset(name, static_cast<std::int64_t>(variable->offset)) + ")";
    if (member) {
        out.text = "this_cpu(" + name + "." + member->path + ")";
        out.type = member->spelling;
    }
    return out;
}

Described Describer::result(const Symbol& symbol) const {
    Described out;
    out.is_plain = true;
    const isa::Instruction* call = code_.at(symbol.instruction);
    if (call == nullptr || !call->target) {
        out.text = "the result of a call";
        out.is_plain = false;
        return out;
    }
    auto callee = symbols_.find(VAddr{*call->target});
    if (!callee || callee->offset != 0) {
        out.text = fmt::format("the result of the call at {:#x}", symbol.instruction.value);
        out.is_plain = false;
        return out;
    }
    out.text = callee->symbol.name + "()";
    out.has_name = true;
    if (auto type = types_.result_of(without_suffix(callee->symbol.name))) out.type = *type;
    return out;
}

// aarch64 keeps the current task in sp_el0 (arch/arm64/include/asm/current.h).
Described Describer::computed(const Symbol& symbol) const {
    Described out;
    out.is_plain = false;
    out.text = "a computed value";
    if (reader_.arch() != Arch::aarch64) return out;
    auto word = reader_.memory().u32(symbol.instruction);
    if (!word || (*word & ~0x1fu) != kReadsCurrent) return out;
    out.text = "current";
    out.type = "struct task_struct *";
    out.has_name = out.is_plain = true;
    return out;
}

Described Describer::loaded(const Symbol& symbol, unsigned depth) const {
    if (symbol.segment != isa::MemoryOperand::Segment::none) return per_cpu(symbol);
    const arguments::Symbol& base = flow_.symbols[symbol.from.symbol];
    if (base.kind == Symbol::Kind::frame) {
        Described out;
        out.text = with_offset("the local at frame", symbol.from.offset);
        out.is_plain = false;
        return out;
    }
    if (base.kind == Symbol::Kind::zero) {
        Described out = constant(static_cast<std::uint64_t>(symbol.from.offset));
        if (out.text.starts_with('&')) {
            out.text.erase(0, 1);
            out.is_plain = out.text.find(' ') == std::string::npos;
        } else {
            out.text = fmt::format("*({} *){}", name_of_size(symbol.size), out.text);
            out.is_plain = false;
        }
        return out;
    }
    Value pointer = symbol.from;
    pointer.offset = 0;
    Described described = value_at(pointer, depth + 1);
    return access(described, symbol.from.offset, symbol.size).place;
}

Described Describer::symbol(SymbolId id, unsigned depth) const {
    if (auto known = assumed_.find(id); known != assumed_.end()) return known->second;
    const Symbol& symbol = flow_.symbols[id];
    Described out;
    switch (symbol.kind) {
        case Symbol::Kind::zero:
            return constant(0);
        case Symbol::Kind::frame:
            out.text = "frame";
            return out;
        case Symbol::Kind::entry:
            return entry(symbol.reg);
        case Symbol::Kind::stacked:
            return stacked(symbol.from.offset);
        case Symbol::Kind::loaded:
            return loaded(symbol, depth);
        case Symbol::Kind::result:
            return result(symbol);
        case Symbol::Kind::merged:
            out.text = fmt::format("one of several values of {}",
                                   isa::register_name(reader_.arch(), symbol.reg));
            out.is_plain = false;
            return out;
        case Symbol::Kind::other:
            return computed(symbol);
    }
    return out;
}

Described Describer::value_at(const Value& value, unsigned depth) const {
    if (value.symbol >= flow_.symbols.size() || depth > kDeepest)
        return {"...", "", false, true, {}};
    const arguments::Symbol& from = flow_.symbols[value.symbol];
    if (from.kind == Symbol::Kind::zero) return constant(static_cast<std::uint64_t>(value.offset));
    if (from.kind == Symbol::Kind::frame) {
        Described out;
        out.text = "&local at " + with_offset("frame", value.offset);
        out.is_plain = false;
        return out;
    }
    Described base = symbol(value.symbol, depth);
    if (base.text.size() > kLongest) return {"...", base.type, false, true, {}};
    if (value.offset == 0) return base;
    // The address of a member, where one begins there.
    std::string structure = pointee(base.type);
    if (!structure.empty() && value.offset > 0) {
        auto member = member_at(types_, structure, static_cast<std::uint64_t>(value.offset), 0);
        if (member && member->inside == 0) {
            Described out;
            out.text = "&" + in_front_of_arrow(base) + "->" + member->path;
            out.type = member->spelling.empty() ? "" : member->spelling + " *";
            out.has_name = base.has_name;
            out.is_plain = false;
            return out;
        }
    }
    Described out;
    out.text = with_offset(base.text, value.offset);
    out.has_name = base.has_name;
    out.is_plain = false;
    return out;
}

Describer::Access Describer::access(const Described& pointer, std::int64_t offset,
                                    std::uint32_t size) const {
    Access out;
    std::string structure = pointee(pointer.type);
    if (!structure.empty() && offset >= 0) {
        auto member = member_at(types_, structure, static_cast<std::uint64_t>(offset), size);
        if (member) {
            out.structure = structure;
            out.member = member->path;
            out.place.text = in_front_of_arrow(pointer) + "->" + member->path;
            bool whole = member->inside == 0 && (size == 0 || member->type.size == size);
            if (whole) out.place.type = member->spelling;
            out.place.has_name = pointer.has_name;
            return out;
        }
    }
    std::string address = with_offset(pointer.text, offset);
    bool simple = offset == 0 && pointer.is_plain;
    out.place.text = simple ? fmt::format("*({} *){}", name_of_size(size), address)
                            : fmt::format("*({} *)({})", name_of_size(size), address);
    out.place.has_name = pointer.has_name;
    out.place.is_plain = false;
    return out;
}

Described Describer::memory(const Value& address, std::uint32_t size) const {
    Value pointer = address;
    pointer.offset = 0;
    return access(value(pointer), address.offset, size).place;
}

}  // namespace nfstriage::arguments
