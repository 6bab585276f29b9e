#include "isa/zydis.h"

#include <algorithm>

namespace nfstriage::isa {
namespace {

// Operands with an address that is computed, or named as a hint, but not accessed.
bool only_names_memory(const ZydisDecodedInstruction& head) {
    switch (head.meta.category) {
        case ZYDIS_CATEGORY_PREFETCH:
        case ZYDIS_CATEGORY_PREFETCHWT1:
        case ZYDIS_CATEGORY_CLDEMOTE:
            return true;
        default:
            break;
    }
    switch (head.mnemonic) {
        case ZYDIS_MNEMONIC_UD0:
        case ZYDIS_MNEMONIC_UD1:
        case ZYDIS_MNEMONIC_INVLPG:
            return true;
        default:
            return false;
    }
}

bool is_nop(const ZydisDecodedInstruction& head) {
    return head.meta.category == ZYDIS_CATEGORY_NOP || head.meta.category == ZYDIS_CATEGORY_WIDENOP;
}

// Zydis gives these the stack pointer and an operand at it, as it stands before or after; they are
// said in terms of before by x86_64_effects.cc.
bool moves_stack(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_PUSH:
        case ZYDIS_MNEMONIC_PUSHF:
        case ZYDIS_MNEMONIC_PUSHFQ:
        case ZYDIS_MNEMONIC_POP:
        case ZYDIS_MNEMONIC_POPF:
        case ZYDIS_MNEMONIC_POPFQ:
        case ZYDIS_MNEMONIC_ENTER:
        case ZYDIS_MNEMONIC_LEAVE:
        case ZYDIS_MNEMONIC_CALL:
        case ZYDIS_MNEMONIC_RET:
        case ZYDIS_MNEMONIC_IRET:
        case ZYDIS_MNEMONIC_IRETD:
        case ZYDIS_MNEMONIC_IRETQ:
            return true;
        default:
            return false;
    }
}

std::optional<X86Kind> kind_by_name(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_MOV:
        case ZYDIS_MNEMONIC_MOVNTI:
        case ZYDIS_MNEMONIC_MOVDIRI:
            return X86Kind::mov;
        case ZYDIS_MNEMONIC_MOVZX:
            return X86Kind::movzx;
        case ZYDIS_MNEMONIC_MOVSX:
        case ZYDIS_MNEMONIC_MOVSXD:
            return X86Kind::movsx;
        case ZYDIS_MNEMONIC_CDQE:
            return X86Kind::cdqe;
        case ZYDIS_MNEMONIC_LEA:
            return X86Kind::lea;
        case ZYDIS_MNEMONIC_ADD:
            return X86Kind::add;
        case ZYDIS_MNEMONIC_SUB:
            return X86Kind::sub;
        case ZYDIS_MNEMONIC_XOR:
            return X86Kind::exclusive_or;
        case ZYDIS_MNEMONIC_INC:
            return X86Kind::inc;
        case ZYDIS_MNEMONIC_DEC:
            return X86Kind::dec;
        case ZYDIS_MNEMONIC_XCHG:
            return X86Kind::xchg;
        case ZYDIS_MNEMONIC_XADD:
            return X86Kind::xadd;
        case ZYDIS_MNEMONIC_STOSB:
        case ZYDIS_MNEMONIC_STOSW:
        case ZYDIS_MNEMONIC_STOSD:
        case ZYDIS_MNEMONIC_STOSQ:
            return X86Kind::stos;
        case ZYDIS_MNEMONIC_PUSH:
            return X86Kind::push;
        case ZYDIS_MNEMONIC_PUSHF:
        case ZYDIS_MNEMONIC_PUSHFQ:
            return X86Kind::push_flags;
        case ZYDIS_MNEMONIC_POP:
            return X86Kind::pop;
        case ZYDIS_MNEMONIC_POPF:
        case ZYDIS_MNEMONIC_POPFQ:
            return X86Kind::pop_flags;
        case ZYDIS_MNEMONIC_ENTER:
            return X86Kind::enter;
        case ZYDIS_MNEMONIC_LEAVE:
            return X86Kind::leave;
        case ZYDIS_MNEMONIC_IRET:
        case ZYDIS_MNEMONIC_IRETD:
        case ZYDIS_MNEMONIC_IRETQ:
        case ZYDIS_MNEMONIC_UIRET:
        case ZYDIS_MNEMONIC_SYSRET:
        case ZYDIS_MNEMONIC_SYSEXIT:
        case ZYDIS_MNEMONIC_SYSENTER:
        case ZYDIS_MNEMONIC_RSM:
            return X86Kind::stop;
        case ZYDIS_MNEMONIC_UD0:
        case ZYDIS_MNEMONIC_UD1:
        case ZYDIS_MNEMONIC_UD2:
        case ZYDIS_MNEMONIC_INT1:
        case ZYDIS_MNEMONIC_INT3:
            return X86Kind::trap;
        case ZYDIS_MNEMONIC_INT:
            return X86Kind::interrupt;
        case ZYDIS_MNEMONIC_BT:
        case ZYDIS_MNEMONIC_BTS:
        case ZYDIS_MNEMONIC_BTR:
        case ZYDIS_MNEMONIC_BTC:
            return X86Kind::bit_test;
        case ZYDIS_MNEMONIC_XLAT:
            return X86Kind::xlat;
        case ZYDIS_MNEMONIC_CLZERO:
            return X86Kind::clzero;
        case ZYDIS_MNEMONIC_VMCALL:
        case ZYDIS_MNEMONIC_VMMCALL:
        case ZYDIS_MNEMONIC_VMLAUNCH:
        case ZYDIS_MNEMONIC_VMRESUME:
        case ZYDIS_MNEMONIC_VMRUN:
        case ZYDIS_MNEMONIC_VMFUNC:
        case ZYDIS_MNEMONIC_TDCALL:
        case ZYDIS_MNEMONIC_SEAMCALL:
        case ZYDIS_MNEMONIC_SYSCALL:
        case ZYDIS_MNEMONIC_ENCLS:
        case ZYDIS_MNEMONIC_ENCLU:
        case ZYDIS_MNEMONIC_ENCLV:
            return X86Kind::hand_over;
        case ZYDIS_MNEMONIC_XEND:
        case ZYDIS_MNEMONIC_XABORT:
            return X86Kind::other;  // Zydis calls them branches
        default:
            return std::nullopt;
    }
}

X86Kind kind_of(const ZydisDecodedInstruction& head) {
    if (auto kind = kind_by_name(head.mnemonic)) return *kind;
    switch (head.meta.category) {
        case ZYDIS_CATEGORY_XSAVE:
        case ZYDIS_CATEGORY_XSAVEOPT:
            return X86Kind::xsave;
        case ZYDIS_CATEGORY_CALL:
            return X86Kind::call;
        case ZYDIS_CATEGORY_UNCOND_BR:
            return X86Kind::jump;
        case ZYDIS_CATEGORY_COND_BR:
            return X86Kind::branch;
        case ZYDIS_CATEGORY_RET:
            // A far return changes the code segment: it ends an entry path, not a function.
            return head.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? X86Kind::stop : X86Kind::ret;
        default:
            return X86Kind::other;
    }
}

bool is_string(const ZydisDecodedInstruction& head) {
    return head.meta.category == ZYDIS_CATEGORY_STRINGOP ||
           head.meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
}

bool is_repeated(const ZydisDecodedInstruction& head) {
    constexpr auto kPrefixes =
        ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
    return is_string(head) && (head.attributes & kPrefixes) != 0;
}

bool is_accessed(const ZydisDecodedOperand& operand) {
    return operand.mem.type == ZYDIS_MEMOP_TYPE_MEM || operand.mem.type == ZYDIS_MEMOP_TYPE_VSIB ||
           operand.mem.type == ZYDIS_MEMOP_TYPE_MIB;
}

}  // namespace

std::unique_ptr<X86Decoder> x86_decoder() { return std::make_unique<ZydisX86>(); }

ZydisX86::ZydisX86() {
    ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisFormatterInit(&formatter_, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterSetProperty(&formatter_, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    for (auto property :
         {ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_FORMATTER_PROP_ADDR_PADDING_RELATIVE,
          ZYDIS_FORMATTER_PROP_DISP_PADDING, ZYDIS_FORMATTER_PROP_IMM_PADDING})
        ZydisFormatterSetProperty(&formatter_, property, ZYDIS_PADDING_DISABLED);

    for (int i = 0; i <= ZYDIS_REGISTER_MAX_VALUE; ++i) {
        auto reg = static_cast<ZydisRegister>(i);
        auto whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
        if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15) continue;
        parts_[i].reg = static_cast<Register>(whole - ZYDIS_REGISTER_RAX);
        parts_[i].bits =
            static_cast<std::uint8_t>(ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg));
        parts_[i].high = reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
    }
}

X86Operand ZydisX86::operand(const ZydisDecodedOperand& from) const {
    X86Operand out;
    out.bits = from.size;
    out.read = (from.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    out.written = (from.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    switch (from.type) {
        case ZYDIS_OPERAND_TYPE_REGISTER:
            out.type = X86Operand::Type::reg;
            out.reg = parts_[from.reg.value];
            break;
        case ZYDIS_OPERAND_TYPE_MEMORY:
            out.type = X86Operand::Type::memory;
            out.at_rip = from.mem.base == ZYDIS_REGISTER_RIP;
            out.base = parts_[from.mem.base];
            out.index = parts_[from.mem.index];
            out.vector_index = from.mem.index != ZYDIS_REGISTER_NONE && out.index.bits == 0;
            out.scale = std::max<std::uint8_t>(from.mem.scale, 1);
            if (from.mem.segment == ZYDIS_REGISTER_FS)
                out.segment = MemoryOperand::Segment::fs;
            else if (from.mem.segment == ZYDIS_REGISTER_GS)
                out.segment = MemoryOperand::Segment::gs;
            out.displacement = from.mem.disp.value;
            if (!is_accessed(from)) out.read = out.written = false;
            break;
        case ZYDIS_OPERAND_TYPE_IMMEDIATE:
            out.type = X86Operand::Type::immediate;
            out.immediate = from.imm.value.u;
            out.is_relative = from.imm.is_relative;
            break;
        default:
            break;
    }
    return out;
}

Maybe<Instruction> ZydisX86::decode(ByteSpan bytes, std::uint64_t address) const {
    ZydisDecodedInstruction head;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
    auto status = ZydisDecoderDecodeFull(
        &decoder_, bytes.data(), std::min<std::size_t>(bytes.size(), ZYDIS_MAX_INSTRUCTION_LENGTH),
        &head, operands.data());
    X86Raw raw;
    if (!ZYAN_SUCCESS(status)) {
        if (is_x86_fred_return(bytes)) {
            raw.size = 4;
            raw.kind = X86Kind::stop;
            return x86_instruction(raw, address);
        }
        if (status == ZYDIS_STATUS_NO_MORE_DATA && bytes.size() < ZYDIS_MAX_INSTRUCTION_LENGTH)
            return unknown(Reason::corrupt, "the instruction goes on behind the bytes given");
        return unknown(Reason::corrupt, "no instruction");
    }
    raw.kind = kind_of(head);
    raw.size = head.length;
    raw.address_bits = head.address_width;
    raw.is_string = is_string(head);
    raw.is_repeated = is_repeated(head);
    bool stack = moves_stack(head.mnemonic), named = only_names_memory(head);
    if (is_nop(head)) head.operand_count = 0;
    for (unsigned i = 0; i < head.operand_count; ++i) {
        bool hidden = operands[i].visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
        if (stack && hidden) {
            if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
                raw.stack_bytes = static_cast<std::uint8_t>(operands[i].size / 8);
            continue;
        }
        raw.operands.push_back(operand(operands[i]));
        if (named && operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
            raw.operands.back().read = raw.operands.back().written = false;
    }
    return x86_instruction(raw, address);
}

}  // namespace nfstriage::isa
