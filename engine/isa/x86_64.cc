#include "isa/x86_64.h"

#include <algorithm>
#include <optional>

namespace nfstriage::isa {
namespace {

bool reads(const ZydisDecodedOperand& operand) {
    return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
}

bool writes(const ZydisDecodedOperand& operand) {
    return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
}

// Operands with an address that is computed, or named as a hint, but not accessed.
bool only_names_memory(const ZydisDecodedInstruction& head) {
    switch (head.meta.category) {
        case ZYDIS_CATEGORY_NOP:
        case ZYDIS_CATEGORY_WIDENOP:
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

// Zydis gives these the stack pointer and an operand at it, as it stands before or after; set_stack
// says it in terms of before.
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

// Others take over here and may change any register: a hypervisor, a guest, a user.
bool hands_over(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_VMCALL:
        case ZYDIS_MNEMONIC_VMMCALL:
        case ZYDIS_MNEMONIC_VMLAUNCH:
        case ZYDIS_MNEMONIC_VMRESUME:
        case ZYDIS_MNEMONIC_VMRUN:
        case ZYDIS_MNEMONIC_VMFUNC:
        case ZYDIS_MNEMONIC_TDCALL:
        case ZYDIS_MNEMONIC_SEAMCALL:
        case ZYDIS_MNEMONIC_SYSCALL:
        case ZYDIS_MNEMONIC_INT:
        case ZYDIS_MNEMONIC_ENCLS:
        case ZYDIS_MNEMONIC_ENCLU:
        case ZYDIS_MNEMONIC_ENCLV:
            return true;
        default:
            return false;
    }
}

// A bit number in a register reaches beyond the operand, to either side.
bool is_bit_string(const X86Raw& raw) {
    switch (raw.head.mnemonic) {
        case ZYDIS_MNEMONIC_BT:
        case ZYDIS_MNEMONIC_BTS:
        case ZYDIS_MNEMONIC_BTR:
        case ZYDIS_MNEMONIC_BTC:
            return raw.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
                   raw.operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
        default:
            return false;
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

// The operand's address, and its size unless that is not what is accessed.
MemoryOperand memory_operand(const X86Decoder& decoder, const X86Raw& raw,
                             const ZydisDecodedOperand& operand, std::uint64_t end) {
    const auto& mem = operand.mem;
    MemoryOperand out;
    out.displacement = mem.disp.value;
    out.size = operand.size / 8;
    out.read = reads(operand);
    out.written = writes(operand);
    if (mem.segment == ZYDIS_REGISTER_FS) out.segment = MemoryOperand::Segment::fs;
    if (mem.segment == ZYDIS_REGISTER_GS) out.segment = MemoryOperand::Segment::gs;

    bool plain = true;
    if (mem.base == ZYDIS_REGISTER_RIP) {
        out.displacement =
            static_cast<std::int64_t>(end + static_cast<std::uint64_t>(mem.disp.value));
    } else if (mem.base != ZYDIS_REGISTER_NONE) {
        X86Part base = decoder.part(mem.base);
        if (base.bits != 0) out.base = base.reg;
        plain = base.bits == 64;
    }
    if (raw.head.address_width != 64) plain = false;
    if (mem.index != ZYDIS_REGISTER_NONE) {
        X86Part index = decoder.part(mem.index);
        if (index.bits == 64) {
            out.index = index.reg;
            out.scale = std::max<std::uint8_t>(mem.scale, 1);
        } else {
            plain = false;
        }
    }
    bool unsized = is_bit_string(raw) || is_repeated(raw.head) ||
                   raw.head.meta.category == ZYDIS_CATEGORY_XSAVE ||
                   raw.head.meta.category == ZYDIS_CATEGORY_XSAVEOPT ||
                   raw.head.mnemonic == ZYDIS_MNEMONIC_XLAT;
    if (!plain || unsized) out.size = 0;
    return out;
}

void add_address_reads(const X86Decoder& decoder, const ZydisDecodedOperand& operand,
                       Instruction& out) {
    for (ZydisRegister reg : {operand.mem.base, operand.mem.index}) {
        X86Part part = decoder.part(reg);
        if (part.bits != 0) out.reads |= bit(part.reg);
    }
}

// Reads, writes and memory from the operands. False: more memory operands than there is room for.
bool add_operands(const X86Decoder& decoder, X86Raw& raw, Instruction& out) {
    bool stack = moves_stack(raw.head.mnemonic), named = only_names_memory(raw.head);
    bool nop = raw.head.meta.category == ZYDIS_CATEGORY_NOP ||
               raw.head.meta.category == ZYDIS_CATEGORY_WIDENOP;
    for (unsigned i = 0; i < raw.head.operand_count; ++i) {
        const ZydisDecodedOperand& operand = raw.operands[i];
        raw.memory[i] = kNoMemory;
        if (nop || (stack && operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)) continue;
        if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
            X86Part part = decoder.part(operand.reg.value);
            if (part.bits == 0) continue;
            if (reads(operand)) out.reads |= bit(part.reg);
            if (writes(operand)) out.writes |= bit(part.reg);
        } else if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) {
            add_address_reads(decoder, operand, out);
            bool accessed = operand.mem.type == ZYDIS_MEMOP_TYPE_MEM ||
                            operand.mem.type == ZYDIS_MEMOP_TYPE_VSIB ||
                            operand.mem.type == ZYDIS_MEMOP_TYPE_MIB;
            if (named || !accessed || operand.actions == 0) continue;
            if (out.memory.full()) return false;
            raw.memory[i] = static_cast<std::uint8_t>(out.memory.size());
            out.memory.push_back(memory_operand(decoder, raw, operand, out.end()));
            if (writes(operand)) out.stores.push_back({.memory = raw.memory[i], .known = false});
        }
    }
    return true;
}

// What Zydis does not list.
void add_omissions(const X86Raw& raw, Instruction& out) {
    if (hands_over(raw.head.mnemonic)) {
        out.reads |= x86::kAllButStack;
        out.writes |= x86::kAllButStack;
    }
    if (is_repeated(raw.head)) {
        out.reads |= bit(x86::rcx);
        out.writes |= bit(x86::rcx);
    }
    // rsi and rdi move along: Zydis 4.0 says so of movs, stos and lods only.
    if (is_string(raw.head))
        for (const MemoryOperand& operand : out.memory)
            if (operand.base) out.writes |= bit(*operand.base);
    if (raw.head.mnemonic == ZYDIS_MNEMONIC_XLAT) out.reads |= bit(x86::rax);
    if (raw.head.mnemonic == ZYDIS_MNEMONIC_CLZERO) {  // the cache line that contains [rax]
        auto index = static_cast<std::uint8_t>(out.memory.size());
        out.memory.push_back({.base = x86::rax, .size = 0, .written = true});
        out.stores.push_back({.memory = index, .known = false});
    }
}

void set_flow(const X86Decoder& decoder, const X86Raw& raw, Instruction& out) {
    switch (raw.head.mnemonic) {
        case ZYDIS_MNEMONIC_IRET:
        case ZYDIS_MNEMONIC_IRETD:
        case ZYDIS_MNEMONIC_IRETQ:
        case ZYDIS_MNEMONIC_UIRET:
        case ZYDIS_MNEMONIC_SYSRET:
        case ZYDIS_MNEMONIC_SYSEXIT:
        case ZYDIS_MNEMONIC_SYSENTER:
        case ZYDIS_MNEMONIC_RSM:
            out.flow = Flow::stop;
            return;
        case ZYDIS_MNEMONIC_UD0:
        case ZYDIS_MNEMONIC_UD1:
        case ZYDIS_MNEMONIC_UD2:
        case ZYDIS_MNEMONIC_INT:
        case ZYDIS_MNEMONIC_INT1:
        case ZYDIS_MNEMONIC_INT3:
            out.flow = Flow::trap;
            return;
        default:
            break;
    }
    switch (raw.head.meta.category) {
        case ZYDIS_CATEGORY_CALL:
            out.flow = Flow::call;
            break;
        case ZYDIS_CATEGORY_UNCOND_BR:
            out.flow = Flow::jump;
            break;
        case ZYDIS_CATEGORY_COND_BR:
            out.flow = Flow::branch;
            break;
        case ZYDIS_CATEGORY_RET:
            // A far return changes the code segment: it ends an entry path, not a function.
            out.flow = raw.head.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? Flow::stop : Flow::ret;
            return;
        default:
            return;
    }
    if (raw.head.mnemonic == ZYDIS_MNEMONIC_XEND || raw.head.mnemonic == ZYDIS_MNEMONIC_XABORT) {
        out.flow = Flow::next;
        return;
    }
    const ZydisDecodedOperand& to = raw.operands[0];
    if (to.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && to.imm.is_relative)
        out.target = out.end() + static_cast<std::uint64_t>(to.imm.value.s);
    if (to.type == ZYDIS_OPERAND_TYPE_REGISTER) out.via = decoder.part(to.reg.value).reg;
    if (to.type == ZYDIS_OPERAND_TYPE_MEMORY && raw.memory[0] != kNoMemory)
        out.via_memory = raw.memory[0];
}

}  // namespace

X86Decoder::X86Decoder() {
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

Maybe<Instruction> X86Decoder::decode(ByteSpan bytes, std::uint64_t address) const {
    Instruction out;
    out.address = address;
    X86Raw raw;
    auto status = ZydisDecoderDecodeFull(
        &decoder_, bytes.data(), std::min<std::size_t>(bytes.size(), ZYDIS_MAX_INSTRUCTION_LENGTH),
        &raw.head, raw.operands.data());
    if (!ZYAN_SUCCESS(status)) {
        if (is_x86_fred_return(bytes)) {
            out.size = 4;
            out.flow = Flow::stop;
            return out;
        }
        if (status == ZYDIS_STATUS_NO_MORE_DATA && bytes.size() < ZYDIS_MAX_INSTRUCTION_LENGTH)
            return unknown(Reason::corrupt, "the instruction goes on behind the bytes given");
        return unknown(Reason::corrupt, "no instruction");
    }
    out.size = raw.head.length;
    if (!add_operands(*this, raw, out))
        return unknown(Reason::no_decoder, "an instruction with many memory operands");
    add_omissions(raw, out);
    set_flow(*this, raw, out);
    add_x86_effects(*this, raw, out);
    return out;
}

}  // namespace nfstriage::isa
