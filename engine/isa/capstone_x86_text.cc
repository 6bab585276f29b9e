// The GNU assembler's way of writing: source before destination, a letter for the size where no
// register tells it.
#include "isa/capstone_x86_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace nfstriage::isa {
namespace {

struct Name {
    std::string_view intel, gnu;
};
constexpr std::array kNames = {
    Name{"cbw", "cbtw"},    Name{"cwde", "cwtl"},   Name{"cdqe", "cltq"},   Name{"cwd", "cwtd"},
    Name{"cdq", "cltd"},    Name{"cqo", "cqto"},    Name{"stosd", "stosl"}, Name{"lodsd", "lodsl"},
    Name{"movsd", "movsl"}, Name{"scasd", "scasl"}, Name{"insd", "insl"},   Name{"outsd", "outsl"},
    Name{"movabs", "mov"},  Name{"wait", "fwait"},  Name{"sal", "shl"},     Name{"retfq", "lret"}};

char size_letter(unsigned bytes) {
    switch (bytes) {
        case 1:
            return 'b';
        case 2:
            return 'w';
        case 4:
            return 'l';
        default:
            return 'q';
    }
}

bool is_string_instruction(std::string_view name) {
    constexpr std::array<std::string_view, 7> kStems = {"movs", "stos", "lods", "scas",
                                                        "cmps", "ins",  "outs"};
    return std::any_of(kStems.begin(), kStems.end(), [name](std::string_view stem) {
        return name.size() == stem.size() + 1 && name.starts_with(stem) &&
               std::string_view("bwdq").find(name.back()) != name.npos;
    });
}

// "0x28(%rdi)", "-0x8(%rbp,%rax,8)", "%gs:0x18"
std::string memory(csh handle, const cs_insn& instruction, const x86_op_mem& mem) {
    std::string out;
    bool accessed = instruction.id != X86_INS_LEA;
    if (accessed && (mem.segment == X86_REG_FS || mem.segment == X86_REG_GS))
        out += fmt::format("%{}:", cs_reg_name(handle, mem.segment));
    auto displacement = static_cast<std::uint64_t>(mem.disp);
    if (mem.base == X86_REG_RIP)
        return out +
               fmt::format("{:#x}(%rip)", instruction.address + instruction.size + displacement);
    // Capstone 5 says riz where there is an index that stands for none.
    bool has_index = mem.index != X86_REG_INVALID && mem.index != X86_REG_RIZ;
    bool absolute = mem.base == X86_REG_INVALID && !has_index;
    if (absolute) return out + fmt::format("{:#x}", displacement);
    if (mem.disp < 0)
        out += fmt::format("-{:#x}", 0 - displacement);
    else if (mem.disp > 0)
        out += fmt::format("{:#x}", displacement);
    out += '(';
    if (mem.base != X86_REG_INVALID) out += fmt::format("%{}", cs_reg_name(handle, mem.base));
    if (has_index) out += fmt::format(",%{},{}", cs_reg_name(handle, mem.index), mem.scale);
    return out + ')';
}

bool is_unary_arithmetic(unsigned id) {
    switch (id) {
        case X86_INS_INC:
        case X86_INS_DEC:
        case X86_INS_NEG:
        case X86_INS_NOT:
        case X86_INS_MUL:
        case X86_INS_IMUL:
        case X86_INS_DIV:
        case X86_INS_IDIV:
            return true;
        default:
            return false;
    }
}

bool is_shift(unsigned id) {
    switch (id) {
        case X86_INS_SHL:
        case X86_INS_SAL:
        case X86_INS_SHR:
        case X86_INS_SAR:
        case X86_INS_ROL:
        case X86_INS_ROR:
        case X86_INS_RCL:
        case X86_INS_RCR:
            return true;
        default:
            return false;
    }
}

bool has_signed_immediate(unsigned id) {
    switch (id) {
        case X86_INS_MOV:
        case X86_INS_MOVABS:
        case X86_INS_ADD:
        case X86_INS_OR:
        case X86_INS_ADC:
        case X86_INS_SBB:
        case X86_INS_AND:
        case X86_INS_SUB:
        case X86_INS_XOR:
        case X86_INS_CMP:
        case X86_INS_TEST:
        case X86_INS_IMUL:
        case X86_INS_PUSH:
            return true;
        default:
            return false;
    }
}

std::string immediate(const cs_insn& instruction, std::int64_t value) {
    auto bits = static_cast<std::uint64_t>(value);
    if (!has_signed_immediate(instruction.id)) return fmt::format("${:#x}", bits);
    unsigned above = 64 - 8u * instruction.detail->x86.operands[0].size;
    value = static_cast<std::int64_t>(bits << above) >> above;
    bits = static_cast<std::uint64_t>(value);
    return value < 0 ? fmt::format("$-{:#x}", 0 - bits) : fmt::format("${:#x}", bits);
}

// The size of the memory operand, if its instruction's name has to say it; else 0.
unsigned named_size(const cs_insn& instruction) {
    const cs_x86& x86 = instruction.detail->x86;
    for (unsigned i = 0; i < x86.op_count; ++i) {
        if (x86.operands[i].type != X86_OP_MEM) continue;
        unsigned size = x86.operands[i].size;
        if (x86.op_count == 1)
            return is_unary_arithmetic(instruction.id) || is_shift(instruction.id) ? size : 0;
        const cs_x86_op& other = x86.operands[i == 0 ? 1 : i - 1];
        bool told = other.type == X86_OP_REG && other.size == size && !is_shift(instruction.id);
        return told ? 0 : size;
    }
    return 0;
}

std::string gnu_name(const cs_insn& instruction, std::string_view name) {
    const cs_x86& x86 = instruction.detail->x86;
    switch (instruction.id) {
        case X86_INS_MOVZX:
        case X86_INS_MOVSX:
        case X86_INS_MOVSXD:
            return fmt::format("{}{}{}", instruction.id == X86_INS_MOVZX ? "movz" : "movs",
                               size_letter(x86.operands[1].size),
                               size_letter(x86.operands[0].size));
        case X86_INS_NOP:
            if (x86.op_count == 0) break;
            return fmt::format("{}{}", name, size_letter(x86.operands[0].size));
        default:
            break;
    }
    bool says_it_all = is_string_instruction(name);
    for (const Name& known : kNames)
        if (name == known.intel) name = known.gnu;
    if (says_it_all || name.starts_with("set") || name.starts_with("j")) return std::string(name);
    unsigned size = named_size(instruction);
    return size == 0 ? std::string(name) : fmt::format("{}{}", name, size_letter(size));
}

bool is_segment(const cs_x86_op& operand) {
    if (operand.type != X86_OP_REG) return false;
    switch (operand.reg) {
        case X86_REG_CS:
        case X86_REG_DS:
        case X86_REG_ES:
        case X86_REG_FS:
        case X86_REG_GS:
        case X86_REG_SS:
            return true;
        default:
            return false;
    }
}

// A no-op is padded with any prefixes; some of them are printed.
bool has_printed_prefix(const cs_insn& instruction) {
    constexpr std::string_view kPrinted = "\xf2\xf3\x64\x65";
    for (std::uint8_t byte : instruction.bytes) {
        if (kPrinted.find(static_cast<char>(byte)) != kPrinted.npos) return true;
        if (byte == 0x0f || byte == 0x90) break;
    }
    return false;
}

// False for forms that are written differently.
bool is_printed_alike(const cs_insn& instruction) {
    const cs_x86& x86 = instruction.detail->x86;
    switch (instruction.id) {
        case X86_INS_INT1:
        case X86_INS_INVPCID:
        case X86_INS_INVEPT:
        case X86_INS_INVVPID:
            return false;
        case X86_INS_MOV:
            return !is_segment(x86.operands[0]) && !is_segment(x86.operands[1]);
        case X86_INS_NOP:
            if (has_printed_prefix(instruction)) return false;
            if (x86.op_count == 0) return true;
            return x86.operands[0].type == X86_OP_MEM && (x86.rex & 8) == 0;
        case X86_INS_LEA:
        case X86_INS_PUSH:
        case X86_INS_XCHG:
            return x86.prefix[2] != X86_PREFIX_OPSIZE;
        case X86_INS_CALL:
        case X86_INS_JMP:
            return x86.prefix[1] == 0 || x86.operands[0].type == X86_OP_IMM;  // notrack
        default:
            return true;
    }
}

// In the order of the assembler: source first.
std::vector<const cs_x86_op*> operands_of(const cs_insn& instruction) {
    const cs_x86& x86 = instruction.detail->x86;
    std::vector<const cs_x86_op*> out;
    for (unsigned i = x86.op_count; i-- > 0;) out.push_back(&x86.operands[i]);
    // With rax, which comes first; Capstone 4 and 5 name it in different places.
    bool with_rax = instruction.id == X86_INS_XCHG && (x86.opcode[0] & 0xf8) == 0x90;
    if (with_rax && out[0]->reg != X86_REG_RAX && out[0]->reg != X86_REG_EAX)
        std::reverse(out.begin(), out.end());
    return out;
}

bool goes_elsewhere(const cs_insn& instruction) {
    return instruction.id == X86_INS_CALL || instruction.id == X86_INS_JMP;
}

}  // namespace

std::optional<std::string> capstone_x86_text(csh handle, const cs_insn& instruction) {
    const cs_x86& x86 = instruction.detail->x86;
    if (!is_printed_alike(instruction)) return std::nullopt;
    std::string_view whole = instruction.mnemonic;
    std::string prefix;
    for (auto space = whole.find(' '); space != whole.npos; space = whole.find(' ')) {
        prefix += std::string(whole.substr(0, space)) + " ";
        whole.remove_prefix(space + 1);
    }
    std::string name = prefix + gnu_name(instruction, whole);
    if (x86.op_count == 0 || is_string_instruction(whole)) return name;
    std::string operands;
    for (const cs_x86_op* each : operands_of(instruction)) {
        const cs_x86_op& operand = *each;
        if (!operands.empty()) operands += ',';
        bool elsewhere = goes_elsewhere(instruction);
        if (operand.type == X86_OP_IMM) {
            bool target = elsewhere || whole.starts_with("j") || whole.starts_with("loop");
            operands += target ? fmt::format("{:#x}", static_cast<std::uint64_t>(operand.imm))
                               : immediate(instruction, operand.imm);
            continue;
        }
        if (elsewhere) operands += '*';
        operands += operand.type == X86_OP_REG
                        ? fmt::format("%{}", cs_reg_name(handle, operand.reg))
                        : memory(handle, instruction, operand.mem);
    }
    return fmt::format("{:<6} {}", name, operands);
}

}  // namespace nfstriage::isa
