// x86_64: objdump's text for flow, targets and places in memory; Capstone's lists for registers and
// memory that are read and written. What Capstone 4.0 is known to get wrong is named here, with
// why.
#include <capstone/capstone.h>

#include <array>

#include "listing.h"

namespace nfstriage::test {
namespace {

using isa::Flow;
using isa::Instruction;
using isa::MemoryOperand;
using isa::Register;
using isa::RegisterSet;

bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

// The mnemonic without its prefixes.
std::string bare(const std::string& mnemonic) {
    auto space = mnemonic.rfind(' ');
    return space == mnemonic.npos ? mnemonic : mnemonic.substr(space + 1);
}

Flow flow_of(const std::string& m, const std::string& operands) {
    if (starts(m, "call") || m == "lcall") return Flow::call;
    if (m == "ljmp" || starts(m, "jmp")) return Flow::jump;
    if (m[0] == 'j' || starts(m, "loop") || m == "xbegin") return Flow::branch;
    if (m == "ret" || m == "retq" || m == "retw") return Flow::ret;
    if (starts(m, "iret") || starts(m, "sysret") || starts(m, "sysexit") || starts(m, "lret") ||
        m == "rsm" || m == "sysenter" || m == "eretu" || m == "erets" || m == "uiret")
        return Flow::stop;
    if (m == "ud2" || m == "ud1" || m == "ud0" || m == "int3" || m == "int" || m == "int1")
        return Flow::trap;
    (void)operands;
    return Flow::next;
}

std::optional<Register> whole(const std::string& name) {
    return isa::register_number(Arch::x86_64, name);
}

// "%gs:0x8(%rax,%rcx,4)". Nothing if it is no memory operand or not in terms of whole registers.
std::optional<MemoryOperand> place_of(std::string text, std::uint64_t end) {
    MemoryOperand out;
    if (starts(text, "*")) text.erase(0, 1);
    if (starts(text, "%gs:") || starts(text, "%fs:")) {
        out.segment = text[1] == 'g' ? MemoryOperand::Segment::gs : MemoryOperand::Segment::fs;
        text.erase(0, 4);
    } else if (text.size() > 4 && text[0] == '%' && text[3] == ':') {
        text.erase(0, 4);
    } else if (text.empty() || text[0] == '%' || text[0] == '$') {
        return std::nullopt;
    }
    auto open = text.find('(');
    std::string number = text.substr(0, open);
    bool negative = starts(number, "-");
    auto value = std::strtoull(number.c_str() + (negative ? 1 : 0), nullptr, 16);
    out.displacement = static_cast<std::int64_t>(negative ? 0 - value : value);
    if (open == text.npos) return out;
    auto parts = split(text.substr(open + 1, text.find(')') - open - 1));
    if (!parts.empty() && parts[0] == "%rip") {
        out.displacement += static_cast<std::int64_t>(end);
        return out;
    }
    if (!parts.empty() && !parts[0].empty()) {
        out.base = whole(parts[0].substr(1));
        if (!out.base) return std::nullopt;
    }
    if (parts.size() >= 2 && parts[1] != "%riz") {
        out.index = whole(parts[1].substr(1));
        if (!out.index) return std::nullopt;
        if (parts.size() == 3) out.scale = static_cast<std::uint8_t>(std::atoi(parts[2].c_str()));
    }
    return out;
}

bool same_place(const MemoryOperand& a, const MemoryOperand& b) {
    return a.base == b.base && a.index == b.index && a.scale == b.scale &&
           a.displacement == b.displacement && a.segment == b.segment;
}

bool no_access(const std::string& m) {
    return starts(m, "lea") || starts(m, "nop") || starts(m, "prefetch") || m == "invlpg" ||
           starts(m, "ud") || m == "endbr64" || m == "cldemote";
}

class Capstone {
public:
    Capstone() {
        cs_open(CS_ARCH_X86, CS_MODE_64, &handle_);
        cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
        instruction_ = cs_malloc(handle_);
    }
    ~Capstone() {
        cs_free(instruction_, 1);
        cs_close(&handle_);
    }
    Capstone(const Capstone&) = delete;
    Capstone& operator=(const Capstone&) = delete;

    const cs_insn* decode(const Line& line) {
        const std::uint8_t* code = line.bytes.data();
        std::size_t size = line.bytes.size();
        std::uint64_t address = line.address;
        return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_
                                                                             : nullptr;
    }
    RegisterSet general(const cs_regs regs, unsigned count) const {
        RegisterSet out = 0;
        for (unsigned i = 0; i < count; ++i) {
            std::string name = cs_reg_name(handle_, regs[i]) ? cs_reg_name(handle_, regs[i]) : "";
            if (auto r = general(name)) out |= isa::bit(*r);
        }
        return out;
    }
    bool access(const cs_insn* instruction, RegisterSet& reads, RegisterSet& writes) {
        cs_regs read, write;
        std::uint8_t read_count = 0, write_count = 0;
        if (cs_regs_access(handle_, instruction, read, &read_count, write, &write_count) != 0)
            return false;
        reads = general(read, read_count);
        writes = general(write, write_count);
        return true;
    }

private:
    // Any part of a register counts as the whole.
    static std::optional<Register> general(std::string name) {
        static const std::array<std::string_view, 8> kOld = {"ax", "cx", "dx", "bx",
                                                             "sp", "bp", "si", "di"};
        if (name.empty()) return std::nullopt;
        if (name[0] == 'r' && name.size() > 1 && std::isdigit(name[1]))
            return static_cast<Register>(std::atoi(name.c_str() + 1));
        if (name.size() == 3 && (name[0] == 'r' || name[0] == 'e')) name.erase(0, 1);
        if (name.size() == 3 && name[2] == 'l') name.pop_back();
        if (name.size() == 2 && (name[1] == 'l' || name[1] == 'h')) name[1] = 'x';
        auto found = std::find(kOld.begin(), kOld.end(), name);
        if (found == kOld.end()) return std::nullopt;
        return static_cast<Register>(found - kOld.begin());
    }

    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
};

// Where the two lists differ with a reason.
bool expected_difference(const std::string& m, const Instruction& ours) {
    // We say what a call changes in its function, and that others may change anything.
    if (ours.flow == Flow::call || ours.flow == Flow::stop || ours.flow == Flow::trap) return true;
    if (m == "vmcall" || m == "vmmcall" || m == "vmgexit" || starts(m, "vml") || starts(m, "vmr") ||
        m == "tdcall" || m == "seamcall" || m == "syscall" || starts(m, "encl") || m == "vmfunc")
        return true;
    return false;
}

void compare_with_capstone(const Line& line, const std::string& m, const Instruction& ours,
                           Findings& findings) {
    static thread_local Capstone capstone;
    const cs_insn* theirs = capstone.decode(line);
    if (!theirs || theirs->size != ours.size || expected_difference(m, ours)) return;
    RegisterSet reads = 0, writes = 0;
    if (!capstone.access(theirs, reads, writes)) return;
    // Capstone 4.0 lists rax as written by cltd and cqto, the operand of test, and leaves out what
    // cmpxchg loads on failure, and memory that many instructions write: only what it has more than
    // we counts there.
    bool reads_only = m == "cltd" || m == "cqto" || starts(m, "test");
    if ((writes & ~ours.writes) != 0 && !reads_only)
        findings.add("Capstone: more written by " + m, line);
    if ((ours.writes & ~writes) != 0 && m != "cmpxchg")
        findings.add("Capstone: fewer written by " + m, line);
    const cs_x86& detail = theirs->detail->x86;
    for (unsigned i = 0; i < detail.op_count; ++i) {
        if (detail.operands[i].type != X86_OP_MEM) continue;
        bool written = (detail.operands[i].access & CS_AC_WRITE) != 0;
        bool ours_written = std::any_of(ours.memory.begin(), ours.memory.end(),
                                        [](const MemoryOperand& o) { return o.written; });
        if (written && !ours_written && !reads_only)
            findings.add("Capstone: memory written by " + m, line);
    }
}

}  // namespace

void compare_x86(const Line& line, const Instruction& ours, Findings& findings) {
    std::string m = bare(line.mnemonic);
    auto operands = split(line.operands);
    if (ours.flow != flow_of(m, line.operands)) findings.add("flow of " + m, line);
    if (ours.target &&
        (operands.empty() || std::strtoull(operands.back().c_str(), nullptr, 16) != *ours.target))
        findings.add("target", line);
    bool indirect = !operands.empty() && operands[0][0] == '*';
    if (indirect && !ours.via && !ours.via_memory) findings.add("indirect target", line);

    bool direct = ours.target.has_value();
    for (const std::string& operand : operands) {
        auto place = direct ? std::nullopt : place_of(operand, ours.end());
        if (!place) continue;
        if (no_access(m)) {
            if (!ours.memory.empty()) findings.add("memory where none is accessed", line);
            continue;
        }
        if (m == "pop" && place->base == Register{4}) place->displacement += 8;
        if (std::none_of(ours.memory.begin(), ours.memory.end(),
                         [&](const MemoryOperand& o) { return same_place(o, *place); }))
            findings.add("memory address of " + m, line);
    }
    if (ours.stores.size() != static_cast<std::size_t>(std::count_if(
                                  ours.memory.begin(), ours.memory.end(),
                                  [](const MemoryOperand& operand) { return operand.written; })))
        findings.add("stores and written memory differ in number", line);
    compare_with_capstone(line, m, ours, findings);
}

}  // namespace nfstriage::test
