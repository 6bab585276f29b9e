// Text of x86_64 instructions: Zydis prints AT&T operands under Intel's names; people who read
// kernel disassembly know those of the GNU assembler, and crash and objdump print these.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "isa/zydis.h"

namespace nfstriage::isa {
namespace {

struct Name {
    std::string_view intel, gnu;
};

constexpr std::array kConditions = {Name{"z", "e"},   Name{"nz", "ne"}, Name{"nb", "ae"},
                                    Name{"nbe", "a"}, Name{"nl", "ge"}, Name{"nle", "g"}};

constexpr std::array kNames = {Name{"cbw", "cbtw"},    Name{"cwde", "cwtl"},
                               Name{"cdqe", "cltq"},   Name{"cwd", "cwtd"},
                               Name{"cdq", "cltd"},    Name{"cqo", "cqto"},
                               Name{"movsd", "movsl"}, Name{"stosd", "stosl"},
                               Name{"lodsd", "lodsl"}, Name{"cmpsd", "cmpsl"},
                               Name{"scasd", "scasl"}, Name{"insd", "insl"},
                               Name{"outsd", "outsl"}, Name{"movdir64bz", "movdir64b"}};

char size_letter(unsigned bits) {
    switch (bits) {
        case 8:
            return 'b';
        case 16:
            return 'w';
        case 32:
            return 'l';
        default:
            return 'q';
    }
}

std::string gnu_name(const ZydisDecodedInstruction& head, const ZydisDecodedOperand* operands,
                     std::string_view name) {
    switch (head.mnemonic) {
        case ZYDIS_MNEMONIC_MOVZX:
        case ZYDIS_MNEMONIC_MOVSX:
        case ZYDIS_MNEMONIC_MOVSXD:
            return fmt::format("{}{}{}", head.mnemonic == ZYDIS_MNEMONIC_MOVZX ? "movz" : "movs",
                               size_letter(operands[1].size), size_letter(operands[0].size));
        case ZYDIS_MNEMONIC_NOP:
            if (head.operand_count_visible == 0) break;
            return fmt::format("nop{}", size_letter(head.operand_width));
        case ZYDIS_MNEMONIC_INC:
        case ZYDIS_MNEMONIC_DEC:
        case ZYDIS_MNEMONIC_NEG:
        case ZYDIS_MNEMONIC_NOT:
        case ZYDIS_MNEMONIC_MUL:
        case ZYDIS_MNEMONIC_IMUL:
        case ZYDIS_MNEMONIC_DIV:
        case ZYDIS_MNEMONIC_IDIV:
            if (head.operand_count_visible > 1 || operands[0].type != ZYDIS_OPERAND_TYPE_MEMORY)
                break;
            return fmt::format("{}{}", name, size_letter(operands[0].size));
        default:
            break;
    }
    for (std::string_view stem : {"j", "set", "cmov"}) {
        if (!name.starts_with(stem)) continue;
        for (const Name& condition : kConditions)
            if (name.substr(stem.size()) == condition.intel)
                return fmt::format("{}{}", stem, condition.gnu);
    }
    // movsd and cmpsd are vector instructions too: those have operands that are printed.
    if (head.operand_count_visible == 0 || name.starts_with("movdir"))
        for (const Name& known : kNames)
            if (name == known.intel) return std::string(known.gnu);
    return std::string(name);
}

bool is_prefix(std::string_view word) {
    return word == "lock" || word == "notrack" || word == "bnd" || word.starts_with("rep");
}

bool is_indirect(const ZydisDecodedInstruction& head, const ZydisDecodedOperand* operands) {
    bool branch =
        head.meta.category == ZYDIS_CATEGORY_CALL || head.meta.category == ZYDIS_CATEGORY_UNCOND_BR;
    return branch && head.operand_count_visible > 0 &&
           operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE &&
           operands[0].type != ZYDIS_OPERAND_TYPE_POINTER;
}

// "mov 0x28(%rdi), %rax" → "mov    0x28(%rdi),%rax"
std::string in_columns(const ZydisDecodedInstruction& head, const ZydisDecodedOperand* operands,
                       std::string_view text) {
    std::string out;
    auto space = text.find(' ');
    while (space != text.npos && is_prefix(text.substr(0, space))) {
        out += std::string(text.substr(0, space)) + " ";
        text.remove_prefix(space + 1);
        space = text.find(' ');
    }
    std::string name = gnu_name(head, operands, text.substr(0, space));
    if (space == text.npos) return out + name;
    std::string rest;
    for (std::size_t i = space + 1; i < text.size(); ++i)
        if (text[i] != ' ') rest += text[i];
    if (head.mnemonic == ZYDIS_MNEMONIC_NOP && rest.starts_with('%'))
        rest.erase(0, rest.find(',') + 1);  // a register that the instruction only encodes
    if (is_indirect(head, operands) && !rest.starts_with('*')) rest.insert(0, "*");
    return fmt::format("{:<6} {}", out + name, rest);
}

// The absolute address that Zydis prints for a rip relative operand, marked as what it is.
std::string mark_relative(const ZydisDecodedInstruction& head, const ZydisDecodedOperand* operands,
                          std::uint64_t address, std::string text) {
    for (unsigned i = 0; i < head.operand_count_visible; ++i) {
        if (operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY ||
            operands[i].mem.base != ZYDIS_REGISTER_RIP)
            continue;
        std::string absolute =
            fmt::format("{:#x}", address + head.length +
                                     static_cast<std::uint64_t>(operands[i].mem.disp.value));
        auto at = text.rfind(absolute);
        if (at != text.npos) text.insert(at + absolute.size(), "(%rip)");
    }
    return text;
}

}  // namespace

bool is_x86_fred_return(ByteSpan bytes) {
    return bytes.size() >= 4 && (bytes[0] == 0xf3 || bytes[0] == 0xf2) && bytes[1] == 0x0f &&
           bytes[2] == 0x01 && bytes[3] == 0xca;
}

Maybe<std::string> ZydisX86::text(ByteSpan bytes, std::uint64_t address) const {
    ZydisDecodedInstruction head;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
    std::size_t size = std::min<std::size_t>(bytes.size(), ZYDIS_MAX_INSTRUCTION_LENGTH);
    auto status = ZydisDecoderDecodeFull(&decoder_, bytes.data(), size, &head, operands.data());
    if (!ZYAN_SUCCESS(status)) {
        if (is_x86_fred_return(bytes)) return std::string(bytes[0] == 0xf3 ? "eretu" : "erets");
        return unknown(Reason::corrupt, "no instruction");
    }
    std::array<char, 256> buffer;
    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter_, &head, operands.data(),
                                                      head.operand_count_visible, buffer.data(),
                                                      buffer.size(), address, nullptr)))
        return unknown(Reason::no_decoder, "the instruction has no text");
    std::string text = in_columns(head, operands.data(), buffer.data());
    return mark_relative(head, operands.data(), address, std::move(text)).substr(0, 100);
}

}  // namespace nfstriage::isa
