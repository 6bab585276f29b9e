#include "arguments/code_members.h"

#include <array>
#include <optional>

#include "arguments/describe.h"
#include "arguments/flow.h"
#include "base/text.h"

namespace nfstriage::arguments {
namespace {

constexpr std::size_t kMostFlows = 16;  // states that one question computes
constexpr std::size_t kLongestInstruction = 16;

CodeAnswer unknown_because(Reason reason, std::string why) {
    return {Tri::unknown, reason, std::move(why), {}};
}

std::string shown(std::string_view structure, std::string_view member) {
    return std::string(structure) + "." + std::string(member);
}

// The number behind '$' or '#' of an instruction's text.
std::optional<std::uint64_t> immediate(std::string_view text) {
    std::size_t at = text.find_first_of("$#");
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + 1);
    bool negative = text.starts_with("-");
    if (negative) text.remove_prefix(1);
    unsigned base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    auto value = parse_unsigned(text.substr(0, text.find_first_not_of("0123456789abcdef")), base);
    if (!value) return std::nullopt;
    return negative ? 0 - *value : *value;
}

}  // namespace

CodeMembers::CodeMembers(CodeFacts& facts, const layout::Types& types)
    : facts_(facts), types_(types) {}

// Whether `base` + `displacement` is the member of `structure` at `offset`.
CodeMembers::Base CodeMembers::base_of(const FunctionCode& code,
                                       const isa::Instruction& instruction, isa::Register base,
                                       std::int64_t displacement, std::string_view structure,
                                       std::uint64_t offset, std::uint64_t size) {
    const CodeReader& reader = facts_.reader();
    auto flow = state_before(code, reader.arch(), VAddr{instruction.address}, reader.symbols());
    if (!flow || !flow->all_paths_seen) return Base::unknown;
    Describer describer(types_, reader, code, *flow);
    Described pointer = describer.value(flow->state.registers[base]);
    std::string type = pointee(pointer.type);
    if (type.empty()) return Base::unknown;
    if (type == structure)
        return static_cast<std::uint64_t>(displacement) == offset ? Base::ours : Base::other;
    // A structure that has ours inside, or begins ours.
    auto access = describer.access(pointer, displacement, static_cast<std::uint32_t>(size));
    return access.structure == structure ? Base::ours : Base::other;
}

CodeAnswer CodeMembers::touches(std::string_view function, std::string_view structure,
                                std::string_view member) {
    auto wanted = types_.member(structure, member);
    if (!wanted) return unknown_because(wanted.error().reason, wanted.error().what);
    const CodeFacts::Body& body = facts_.body_of(function);
    std::uint64_t offset = wanted->offset;
    std::uint64_t size = std::max<std::uint64_t>(wanted->type.size, 1);
    std::size_t flows = 0;
    std::string maybe;
    auto look = [&](const FunctionCode& code, const isa::Instruction& instruction,
                    isa::Register base, std::int64_t displacement) -> bool {
        if (displacement < 0 || static_cast<std::uint64_t>(displacement) - offset >= size)
            return false;
        if (base == isa::stack_pointer(facts_.reader().arch())) return false;
        VAddr site{instruction.address};
        if (++flows > kMostFlows) {
            maybe = "too many places that may be one";
            return false;
        }
        Base found = base_of(code, instruction, base, displacement, structure, offset, size);
        if (found == Base::unknown && maybe.empty())
            maybe = CodeFacts::place(code, site) + " may use it";
        return found == Base::ours;
    };
    for (const auto& code : body.functions)
        for (const isa::Instruction& instruction : code->instructions) {
            bool hit = false;
            for (const isa::MemoryOperand& operand : instruction.memory)
                if (operand.base && !operand.index &&
                    operand.segment == isa::MemoryOperand::Segment::none)
                    hit = hit || look(*code, instruction, *operand.base, operand.displacement);
            for (const isa::Effect& effect : instruction.effects)
                if (effect.kind == isa::Effect::Kind::sum && effect.bits == 64 &&
                    effect.to != isa::stack_pointer(facts_.reader().arch()))
                    hit = hit || look(*code, instruction, effect.from,
                                      static_cast<std::int64_t>(effect.value));
            if (!hit) continue;
            VAddr site{instruction.address};
            return {Tri::yes,
                    Reason::no_type,
                    CodeFacts::place(*code, site) + " uses " + shown(structure, member),
                    {site}};
        }
    if (body.functions.empty() || !body.complete) return unknown_because(body.reason, body.why);
    if (!maybe.empty()) return unknown_because(Reason::no_type, maybe);
    return unknown_because(Reason::no_symbol, "no use of " + shown(structure, member) +
                                                  " was recognised in " + std::string(function));
}

// "lock btrq $0x9,0x8c0(%rbx)", or on one byte "lock andb $0xfd,0x8c1(%rbx)".
Tri CodeMembers::x86_64_bit(const FunctionCode& code, const isa::Instruction& instruction,
                            std::string_view text, std::string_view structure, Bit bit) {
    if (!text.starts_with("lock ")) return Tri::no;
    text.remove_prefix(5);
    while (text.starts_with(" ")) text.remove_prefix(1);
    std::string_view name = text.substr(0, text.find(' '));
    bool tests = name.starts_with("btr") || name.starts_with("bts") || name.starts_with("btc");
    bool sets = name == "orb" || name == "xorb", clears = name == "andb";
    if (!tests && !sets && !clears) return Tri::no;
    auto number = immediate(text);
    if (!number) return Tri::unknown;  // the bit is in a register
    const isa::MemoryOperand* operand = nullptr;
    for (const isa::MemoryOperand& each : instruction.memory)
        if (each.written) operand = &each;
    if (operand == nullptr || !operand->base) return Tri::no;
    if (operand->index) return Tri::unknown;
    std::uint64_t first = bit.offset;
    if (tests) {
        // A word of the bitmap may be named, and the bit counted in it.
        std::uint64_t distance = static_cast<std::uint64_t>(operand->displacement) - first;
        if (distance * 8 + *number != bit.number) return Tri::no;
    } else {
        std::uint64_t mask = std::uint64_t{1} << bit.number % 8;
        if (static_cast<std::uint64_t>(operand->displacement) != first + bit.number / 8 ||
            ((sets ? *number : ~*number) & 0xff) != mask)
            return Tri::no;
    }
    Base base = base_of(code, instruction, *operand->base, operand->displacement, structure,
                        static_cast<std::uint64_t>(operand->displacement), 1);
    return tri(base != Base::other);
}

// "ldclral x1, x0, [x2]" (FEAT_LSE): the mask in one register, the address in another.
Tri CodeMembers::aarch64_bit(const FunctionCode& code, const isa::Instruction& instruction,
                             std::string_view text, std::string_view structure, Bit bit) {
    constexpr std::array<std::string_view, 6> kAtomic = {"ldclr", "ldset", "ldeor",
                                                         "stclr", "stset", "steor"};
    bool exclusive = text.starts_with("ldxr") || text.starts_with("ldaxr") ||
                     text.starts_with("stxr") || text.starts_with("stlxr");
    bool atomic = false;
    for (std::string_view name : kAtomic) atomic = atomic || text.starts_with(name);
    if (!exclusive && !atomic) return Tri::no;
    if (exclusive || instruction.memory.empty() || !instruction.memory.front().base)
        return Tri::unknown;
    const CodeReader& reader = facts_.reader();
    auto flow = state_before(code, reader.arch(), VAddr{instruction.address}, reader.symbols());
    if (!flow || !flow->all_paths_seen) return Tri::unknown;
    const isa::MemoryOperand& operand = instruction.memory.front();
    isa::RegisterSet masks = instruction.reads & ~isa::bit(*operand.base);
    bool wanted = false, constant = false;
    for (unsigned r = 0; r < isa::kRegisters; ++r) {
        if ((masks & isa::bit(static_cast<isa::Register>(r))) == 0) continue;
        const Value& value = flow->state.registers[r];
        if (flow->symbols[value.symbol].kind != Symbol::Kind::zero) continue;
        constant = true;
        wanted = wanted || static_cast<std::uint64_t>(value.offset) == std::uint64_t{1}
                                                                           << bit.number % 64;
    }
    if (!constant) return Tri::unknown;
    if (!wanted) return Tri::no;
    const Value& address = flow->state.registers[*operand.base];
    std::uint64_t at = static_cast<std::uint64_t>(address.offset + operand.displacement);
    if (at != bit.offset + bit.number / 64 * 8) return Tri::no;
    Describer describer(types_, reader, code, *flow);
    Value object = address;
    object.offset = 0;
    std::string type = pointee(describer.value(object).type);
    return tri(type.empty() || type == structure);
}

CodeAnswer CodeMembers::changes_bit(std::string_view function, std::string_view structure,
                                    std::string_view member, unsigned bit) {
    auto wanted = types_.member(structure, member);
    if (!wanted) return unknown_because(wanted.error().reason, wanted.error().what);
    const CodeFacts::Body& body = facts_.body_of(function);
    CodeReader& reader = facts_.reader();
    bool x86 = reader.arch() == Arch::x86_64;
    std::string maybe;
    for (const auto& code : body.functions)
        for (const isa::Instruction& instruction : code->instructions) {
            bool written = false;
            for (const isa::MemoryOperand& operand : instruction.memory)
                written = written || operand.written;
            if (!written) continue;
            VAddr site{instruction.address};
            std::array<std::uint8_t, kLongestInstruction> bytes{};
            std::span<std::uint8_t> own(bytes.data(),
                                        std::min<std::size_t>(instruction.size, bytes.size()));
            if (!reader.memory().read(site, own)) continue;
            auto text = reader.decoder().text(own, instruction.address);
            if (!text) continue;
            Bit wanted_bit{wanted->offset, bit};
            Tri found = x86 ? x86_64_bit(*code, instruction, *text, structure, wanted_bit)
                            : aarch64_bit(*code, instruction, *text, structure, wanted_bit);
            if (found == Tri::yes)
                return {Tri::yes,
                        Reason::no_type,
                        CodeFacts::place(*code, site) + " is \"" + *text + "\": bit " +
                            std::to_string(bit) + " of " + shown(structure, member),
                        {site}};
            if (found == Tri::unknown && maybe.empty())
                maybe =
                    CodeFacts::place(*code, site) + " changes bits that are not known: " + *text;
        }
    if (body.functions.empty() || !body.complete || body.hosted)
        return unknown_because(body.reason, body.why);
    if (!maybe.empty()) return unknown_because(Reason::no_type, maybe);
    return {Tri::no,
            Reason::no_type,
            "the whole of " + std::string(function) + " has no atomic change of bit " +
                std::to_string(bit) + " at " + shown(structure, member),
            {}};
}

}  // namespace nfstriage::arguments
