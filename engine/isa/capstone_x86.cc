#include "isa/capstone_x86.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "isa/capstone_x86_table.h"
#include "isa/capstone_x86_text.h"

namespace nfstriage::isa {
namespace {

constexpr std::size_t kLongest = 15;

// A register and its parts, in the processor's order.
struct Family {
    x86_reg whole, half, quarter, low, high;
};
constexpr Family kFamilies[] = {
    {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_INVALID},
    {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_INVALID},
    {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_INVALID},
    {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_INVALID},
    {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_INVALID},
    {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_INVALID},
    {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_INVALID},
    {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_INVALID},
    {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_INVALID},
    {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_INVALID},
    {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_INVALID},
    {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_INVALID}};

bool is_prefix(std::uint8_t byte) {
    constexpr std::uint8_t kLegacy[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                        0x66, 0x67, 0xf0, 0xf2, 0xf3};
    bool rex = (byte & 0xf0) == 0x40;
    return rex || std::find(std::begin(kLegacy), std::end(kLegacy), byte) != std::end(kLegacy);
}

// The bytes before the opcode.
struct Prefixes {
    bool operand_size = false, lock = false, rep = false, segment = false;
    // In a way that compilers do not write them and decoders do not agree on: several of one group
    // (but cs again and again, with which kernels pad what they patch), an address size, two
    // operand sizes, REX before another one.
    bool is_odd = false;
};

Prefixes prefixes_of(ByteSpan bytes) {
    Prefixes out;
    auto once = [&out](bool& seen) {
        out.is_odd = out.is_odd || seen;
        seen = true;
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        switch (bytes[i]) {
            case 0x66:
                once(out.operand_size);
                break;
            case 0xf0:
                once(out.lock);
                break;
            case 0xf2:
            case 0xf3:
                once(out.rep);
                break;
            case 0x2e:
                if (out.segment && bytes[i - 1] != 0x2e) out.is_odd = true;
                out.segment = true;
                break;
            case 0x26:
            case 0x36:
            case 0x3e:
            case 0x64:
            case 0x65:
                once(out.segment);
                break;
            case 0x67:
                out.is_odd = true;
                break;
            default:
                // REX, which must be the last
                if ((bytes[i] & 0xf0) == 0x40) {
                    bool wide = (bytes[i] & 8) != 0;
                    if (wide && out.operand_size) out.is_odd = true;
                    if (i + 1 < bytes.size() && is_prefix(bytes[i + 1])) out.is_odd = true;
                }
                return out;
        }
    }
    return out;
}

// No-ops are padded with prefixes. Of the others that Capstone takes for one, some are not.
bool is_true_nop(const cs_x86& x86, ByteSpan bytes) {
    if (x86.prefix[0] == X86_PREFIX_LOCK || prefixes_of(bytes).lock) return false;
    if (x86.opcode[0] == 0x90) return (x86.rex & 1) == 0;  // else xchg r8,rax
    if (x86.opcode[0] == 0x0f && x86.opcode[1] == 0x1f) return true;
    constexpr std::uint8_t kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    return bytes.size() >= 4 && std::equal(std::begin(kEndbr64), std::end(kEndbr64), bytes.data());
}

// Capstone also takes numbers of control and segment registers that no processor has.
bool is_register_there(const cs_x86_op& operand, char access) {
    if (operand.type != X86_OP_REG) return true;
    switch (operand.reg) {
        case X86_REG_CR1:
        case X86_REG_CR5:
        case X86_REG_CR6:
        case X86_REG_CR7:
            return false;
        case X86_REG_CS:
            return access == 'r';
        default:
            return !(operand.reg >= X86_REG_CR9 && operand.reg <= X86_REG_CR15) &&
                   !(operand.reg >= X86_REG_DR8 && operand.reg <= X86_REG_DR15);
    }
}

// Forms that Capstone describes wrongly.
bool is_described_well(const CapstoneX86Row& row, const cs_x86& x86) {
    for (unsigned i = 0; i < x86.op_count; ++i)
        if (!is_register_there(x86.operands[i], row.access[i])) return false;
    // Capstone 5 takes far calls and jumps for near ones.
    unsigned extension = x86.modrm >> 3 & 7;
    if (x86.opcode[0] == 0xff && (extension == 3 || extension == 5)) return false;
    constexpr std::uint8_t kMovs = 0xa5;
    if (row.id == X86_INS_MOVSD && x86.opcode[0] != kMovs)
        return false;  // that of vector registers
    return row.id != X86_INS_MOVSXD || (x86.rex & 8) != 0;
}

bool has_usual_prefixes(const CapstoneX86Row& row, const cs_x86& x86, ByteSpan bytes) {
    Prefixes prefixes = prefixes_of(bytes);
    if (prefixes.is_odd || (prefixes.operand_size && !row.is_sized) ||
        (prefixes.rep && !row.takes_rep))
        return false;
    if (row.is_string && prefixes.rep && prefixes.operand_size) return false;  // taken for a long
    if (row.is_string && prefixes.rep && x86.prefix[0] == 0) return false;     // repne overlooked
    bool changes_memory = row.access.starts_with('b') && x86.operands[0].type == X86_OP_MEM;
    return !prefixes.lock || changes_memory;
}

bool goes_on_elsewhere(X86Kind kind) {
    return kind == X86Kind::call || kind == X86Kind::jump || kind == X86Kind::branch;
}

// Instructions without operands that kernels have and Capstone 4 does not know.
struct Fixed {
    std::array<std::uint8_t, 3> bytes;
    std::string_view text;
    RegisterSet reads, writes;
};
constexpr Fixed kFixed[] = {
    {{0x0f, 0x01, 0xee}, "rdpkru", bit(x86::rcx), bit(x86::rax) | bit(x86::rdx)},
    {{0x0f, 0x01, 0xef}, "wrpkru", bit(x86::rax) | bit(x86::rcx) | bit(x86::rdx), 0},
    {{0x0f, 0x01, 0xe8}, "serialize", 0, 0}};

const Fixed* fixed_at(ByteSpan bytes) {
    for (const Fixed& fixed : kFixed)
        if (bytes.size() >= 3 && std::equal(fixed.bytes.begin(), fixed.bytes.end(), bytes.data()))
            return &fixed;
    return nullptr;
}

class CapstoneX86 final : public X86Decoder {
public:
    CapstoneX86() {
        if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) != CS_ERR_OK) return;
        cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
        instruction_ = cs_malloc(handle_);
        for (Register r = 0; r < std::size(kFamilies); ++r) {
            const Family& family = kFamilies[r];
            parts_[family.high] = {r, 8, true};
            parts_[family.low] = {r, 8};
            parts_[family.quarter] = {r, 16};
            parts_[family.half] = {r, 32};
            parts_[family.whole] = {r, 64};
        }
        parts_[X86_REG_INVALID] = {};
    }
    ~CapstoneX86() override {
        if (instruction_) cs_free(instruction_, 1);
        if (handle_) cs_close(&handle_);
    }
    CapstoneX86(const CapstoneX86&) = delete;
    CapstoneX86& operator=(const CapstoneX86&) = delete;

    Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const override {
        X86Raw raw;
        if (const Fixed* fixed = fixed_at(bytes)) {
            raw.size = static_cast<std::uint8_t>(fixed->bytes.size());
            auto out = x86_instruction(raw, address);
            out->reads = fixed->reads;
            out->writes = fixed->writes;
            return out;
        }
        const CapstoneX86Row* row = take_apart(bytes, address);
        if (row == nullptr) return none();
        const cs_x86& x86 = instruction_->detail->x86;
        raw.kind = row->kind;
        raw.size = static_cast<std::uint8_t>(instruction_->size);
        raw.address_bits = static_cast<std::uint8_t>(x86.addr_size * 8);
        raw.stack_bytes = x86.prefix[2] == X86_PREFIX_OPSIZE ? 2 : 8;
        raw.is_string = row->is_string;
        raw.is_repeated = row->is_string && x86.prefix[0] != 0;
        for (unsigned i = 0; i < x86.op_count; ++i)
            if (row->access[i] != '-')
                raw.operands.push_back(operand(x86.operands[i], row->access[i]));
        if (raw.operands[0].type == X86Operand::Type::immediate && goes_on_elsewhere(raw.kind)) {
            raw.operands[0].is_relative = true;
            raw.operands[0].immediate -= address + raw.size;
        }
        auto out = x86_instruction(raw, address);
        if (!out) return out;
        RegisterSet absent = raw.operands[0].bits == 8 ? row->not_with_bytes : 0;
        out->reads |= row->reads & ~absent;
        out->writes |= row->writes & ~absent;
        return out;
    }

    Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const override {
        if (const Fixed* fixed = fixed_at(bytes)) return std::string(fixed->text);
        if (take_apart(bytes, address) == nullptr) return none();
        auto text = capstone_x86_text(handle_, *instruction_);
        if (!text) return unknown(Reason::no_decoder, "the instruction has no text");
        return text->substr(0, 100);
    }

private:
    static tl::unexpected<Unknown> none() {
        return unknown(Reason::no_decoder, "an instruction that is not known here, or none");
    }

    // Fills `instruction_`. Null: not decoded.
    const CapstoneX86Row* take_apart(ByteSpan bytes, std::uint64_t address) const {
        if (instruction_ == nullptr) return nullptr;
        const std::uint8_t* code = bytes.data();
        std::size_t size = std::min(bytes.size(), kLongest);
        if (!cs_disasm_iter(handle_, &code, &size, &address, instruction_)) return nullptr;
        const cs_x86& x86 = instruction_->detail->x86;
        const CapstoneX86Row* row = capstone_x86_row(instruction_->id, x86.op_count);
        if (row == nullptr) return nullptr;
        bool fits = instruction_->id == X86_INS_NOP
                        ? is_true_nop(x86, bytes)
                        : has_usual_prefixes(*row, x86, bytes) && is_described_well(*row, x86);
        return fits ? row : nullptr;
    }

    X86Operand operand(const cs_x86_op& from, char access) const {
        X86Operand out;
        out.bits = static_cast<std::uint16_t>(from.size * 8);
        out.read = access == 'r' || access == 'b';
        out.written = access == 'w' || access == 'b';
        if (from.type == X86_OP_REG) {
            out.type = X86Operand::Type::reg;
            out.reg = parts_[from.reg];
        } else if (from.type == X86_OP_MEM) {
            out.type = X86Operand::Type::memory;
            out.at_rip = from.mem.base == X86_REG_RIP;
            out.base = parts_[from.mem.base];
            out.index = parts_[from.mem.index];
            out.scale = static_cast<std::uint8_t>(from.mem.scale);
            out.displacement = from.mem.disp;
            if (from.mem.segment == X86_REG_FS)
                out.segment = MemoryOperand::Segment::fs;
            else if (from.mem.segment == X86_REG_GS)
                out.segment = MemoryOperand::Segment::gs;
        } else {
            out.type = X86Operand::Type::immediate;
            out.immediate = static_cast<std::uint64_t>(from.imm);
        }
        return out;
    }

    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
    std::array<X86Part, X86_REG_ENDING> parts_;
};

}  // namespace

std::unique_ptr<X86Decoder> x86_decoder_by_capstone() { return std::make_unique<CapstoneX86>(); }

}  // namespace nfstriage::isa
