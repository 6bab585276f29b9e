// aarch64: objdump's text says which registers an instruction names and where in memory it works;
// the rules below say which of the operands is written.
#include <set>

#include "listing.h"

namespace nfstriage::test {
namespace {

using isa::Flow;
using isa::Instruction;
using isa::MemoryOperand;
using isa::Register;
using isa::RegisterSet;

bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

// "x3", "w3", "sp", "wsp"; nothing for xzr and vector registers.
std::optional<Register> register_of(const std::string& text) {
    if (text == "sp" || text == "wsp") return Register{31};
    if (text.size() < 2 || (text[0] != 'x' && text[0] != 'w') || !std::isdigit(text[1]))
        return std::nullopt;
    return static_cast<Register>(std::atoi(text.c_str() + 1));
}

Flow flow_of(const std::string& m) {
    if (m == "bl" || starts(m, "blr")) return Flow::call;
    if (m == "b" || m == "br" || starts(m, "bra")) return Flow::jump;
    if (m == "b.al" || m == "b.nv" || m == "bc.al" || m == "bc.nv") return Flow::jump;
    if (starts(m, "b.") || starts(m, "bc.") || starts(m, "cbz") || starts(m, "cbnz") ||
        starts(m, "tbz") || starts(m, "tbnz"))
        return Flow::branch;
    if (starts(m, "ret")) return Flow::ret;
    if (m == "brk" || m == "hlt" || m == "udf") return Flow::trap;
    if (starts(m, "eret") || m == "drps") return Flow::stop;
    return Flow::next;
}

RegisterSet set_of(const std::vector<std::string>& operands, std::size_t from, std::size_t count) {
    RegisterSet out = 0;
    for (std::size_t i = from; i < std::min(from + count, operands.size()); ++i)
        if (auto r = register_of(operands[i])) out |= isa::bit(*r);
    return out;
}

bool is_any(const std::string& m, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), m) != names.end();
}

// The number of leading operands that are written, after `skipped` ones that are not.
RegisterSet written(const std::string& m, const std::vector<std::string>& operands) {
    RegisterSet link = isa::bit(30);
    if (m == "bl" || starts(m, "blr")) return link;
    if (is_any(m, {"paciasp", "pacibsp", "autiasp", "autibsp", "xpaclri", "paciaz", "pacibz",
                   "autiaz", "autibz"}))
        return link;
    if (m == "pacia1716" || m == "autia1716" || m == "pacib1716" || m == "autib1716")
        return isa::bit(17);
    if (is_any(m, {"hvc", "smc", "svc"})) return isa::bit(18) - 1;
    if (is_any(m, {"cmp", "cmn",  "tst",  "ccmp", "ccmn", "msr",   "prfm",   "prfum", "dc",
                   "ic",  "at",   "tlbi", "sys",  "cmpp", "br",    "ret",    "cbz",   "cbnz",
                   "tbz", "tbnz", "wfet", "wfit", "rmif", "setf8", "setf16", "b",     "hint",
                   "brk", "hlt",  "udf",  "dmb",  "dsb",  "isb",   "sttr",   "sttrb", "sttrh",
                   "cfp", "dvp",  "cpp",  "gic",  "brb"}))
        return 0;
    if (starts(m, "bra") || starts(m, "b.") || starts(m, "bc.")) return 0;
    if (starts(m, "stxp") || starts(m, "stlxp") || starts(m, "stxr") || starts(m, "stlxr"))
        return set_of(operands, 0, 1);
    if (starts(m, "casp")) return set_of(operands, 0, 2);
    if (starts(m, "cas")) return set_of(operands, 0, 1);
    if (starts(m, "st")) return 0;
    if (is_any(m, {"ldp", "ldnp", "ldpsw", "ldxp", "ldaxp"})) return set_of(operands, 0, 2);
    if (starts(m, "swp")) return set_of(operands, 1, 1);
    for (const char* atomic : {"ldadd", "ldclr", "ldeor", "ldset", "ldsm", "ldum"})
        if (starts(m, atomic)) return set_of(operands, 1, 1);
    return set_of(operands, 0, 1);
}

// "[x1, w2, uxtw #2]", "[x1, #16]!", "[x1], #16"
struct Place {
    MemoryOperand operand;
    std::int64_t moved = 0;  // pre- and post-indexed
    bool moves = false;
};

std::int64_t number(const std::string& text) {
    auto hash = text.find('#');
    return std::strtoll(text.c_str() + (hash == text.npos ? 0 : hash + 1), nullptr, 0);
}

std::optional<Place> place_of(const std::vector<std::string>& operands) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
        if (operands[i][0] != '[') continue;
        auto close = operands[i].find(']');
        auto parts = split(operands[i].substr(1, close - 1));
        Place out;
        out.operand.base = register_of(parts[0]);
        for (std::size_t k = 1; k < parts.size(); ++k) {
            if (parts[k][0] == '#') {
                out.operand.displacement = number(parts[k]);
            } else if (auto index = register_of(parts[k])) {
                out.operand.index = index;
            } else if (!out.operand.index) {
                continue;  // xzr
            } else if (starts(parts[k], "lsl") || starts(parts[k], "uxtw") ||
                       starts(parts[k], "sxtw") || starts(parts[k], "sxtx")) {
                out.operand.index_is_32 = parts[k][3] == 'w';
                out.operand.index_is_signed = starts(parts[k], "sxtw");
                if (parts[k].find('#') != parts[k].npos)
                    out.operand.scale = static_cast<std::uint8_t>(1 << number(parts[k]));
            }
        }
        if (close + 1 < operands[i].size() && operands[i][close + 1] == '!') {
            out.moves = true;
            out.moved = out.operand.displacement;
        }
        if (i + 1 < operands.size()) {
            out.moves = true;
            out.moved = number(operands[i + 1]);
            if (register_of(operands[i + 1])) out.moved = INT64_MIN;
        }
        return out;
    }
    return std::nullopt;
}

// "cpyp [x0]!, [x1]!, x2!" and "setp [x0]!, x1!, x2": all with an exclamation mark are written.
bool is_copy_or_set(const std::string& m, const std::string& operands) {
    return (starts(m, "cpy") || starts(m, "set")) && operands.find("]!") != operands.npos;
}

RegisterSet written_in_steps(std::string operands) {
    RegisterSet out = 0;
    for (std::string& operand : split(operands)) {
        if (operand.back() != '!') continue;
        operand.pop_back();
        if (operand[0] == '[') operand = operand.substr(1, operand.size() - 2);
        if (auto r = register_of(operand)) out |= isa::bit(*r);
    }
    return out;
}

bool no_access(const std::string& m) {
    return starts(m, "prf") || m == "stg" || m == "st2g" || m == "ldg" || m == "stgm" ||
           m == "ldgm";
}

void compare_memory(const Line& line, const Place& place, const Instruction& ours,
                    Findings& findings) {
    const std::string& m = line.mnemonic;
    if (no_access(m)) {
        if (!ours.memory.empty()) findings.add("memory where none is accessed", line);
        return;
    }
    if (ours.memory.empty()) return findings.add("memory missing", line);
    const MemoryOperand& first = ours.memory[0];
    const MemoryOperand& theirs = place.operand;
    if (first.base != theirs.base || first.index != theirs.index ||
        first.displacement != theirs.displacement || first.index_is_32 != theirs.index_is_32 ||
        first.index_is_signed != theirs.index_is_signed || first.scale != theirs.scale)
        findings.add("memory address", line);
    bool both = starts(m, "cas") || starts(m, "swp") || starts(m, "ldadd") || starts(m, "ldclr") ||
                starts(m, "ldeor") || starts(m, "ldset") || starts(m, "ldsm") ||
                starts(m, "ldum") || starts(m, "stadd") || starts(m, "stclr") ||
                starts(m, "steor") || starts(m, "stset") || starts(m, "stsm") || starts(m, "stum");
    bool writes = both || starts(m, "st"), reads = both || starts(m, "ld");
    for (const MemoryOperand& operand : ours.memory)
        if (operand.read != reads || operand.written != writes)
            findings.add("memory read or written", line);
    bool open = m == "ldraa" || m == "ldrab";  // the base is authenticated
    if (place.moves && place.moved != INT64_MIN && !open) {
        auto effect = std::find_if(ours.effects.begin(), ours.effects.end(),
                                   [&](const isa::Effect& e) { return e.to == theirs.base; });
        if (effect == ours.effects.end() || static_cast<std::int64_t>(effect->value) != place.moved)
            findings.add("writeback", line);
    }
}

}  // namespace

void compare_a64(const Line& line, const Instruction& ours, Findings& findings) {
    const std::string& m = line.mnemonic;
    auto operands = split(line.operands);
    if (ours.flow != flow_of(m)) findings.add("flow", line);
    if (ours.target) {
        auto target = std::strtoull(operands.back().c_str(), nullptr, 16);
        if (target != *ours.target) findings.add("target", line);
    }
    auto place = place_of(operands);
    bool steps = is_copy_or_set(m, line.operands);
    RegisterSet writes = steps ? written_in_steps(line.operands) : written(m, operands);
    if (!steps && place && place->moves && place->operand.base)
        writes |= isa::bit(*place->operand.base);
    if (writes != ours.writes) findings.add("registers written", line);

    // Every register in the text is read or written.
    RegisterSet named = 0;
    std::string word;
    for (char c : line.operands + ",") {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
            word += c;
        } else {
            if (auto r = register_of(word)) named |= isa::bit(*r);
            word.clear();
        }
    }
    if ((named & ~(ours.reads | ours.writes)) != 0) findings.add("register not seen", line);
    bool implicit = ours.flow == Flow::ret || ours.flow == Flow::call || starts(m, "casp") ||
                    operands.empty() || (starts(m, "tlbi") && operands.size() == 1) ||
                    is_any(m, {"hvc", "smc", "svc", "hint"});
    if (!implicit && (named | ours.reads | ours.writes) != named)
        findings.add("register that the text does not name", line);

    bool literal = (starts(m, "ldr")) && !place;
    if (steps) {
        if (ours.memory.empty() || !ours.memory[0].written || ours.memory[0].size != 0)
            findings.add("memory of copy or set", line);
    } else if (place) {
        compare_memory(line, *place, ours, findings);
    } else if (!literal && !ours.memory.empty() && m != "dc") {
        findings.add("memory where none is accessed", line);
    }
    if (ours.stores.size() != static_cast<std::size_t>(std::count_if(
                                  ours.memory.begin(), ours.memory.end(),
                                  [](const MemoryOperand& operand) { return operand.written; })))
        findings.add("stores and written memory differ in number", line);
    if (is_any(m, {"mov", "adr", "adrp"}) && operands.size() == 2 && register_of(operands[0])) {
        bool from_vector = operands[1].find('.') != operands[1].npos;
        bool said = ours.effects.size() == 1;
        if (said == from_vector) findings.add("mov without an effect", line);
        if (said && operands[1][0] == '#' &&
            (ours.effects[0].kind != isa::Effect::Kind::constant ||
             ours.effects[0].value != std::strtoull(operands[1].c_str() + 1, nullptr, 0)))
            if (!(operands[0][0] == 'w' &&
                  ours.effects[0].value ==
                      (std::strtoull(operands[1].c_str() + 1, nullptr, 0) & 0xffffffff)))
                findings.add("constant", line);
        if (said && starts(m, "adr") &&
            ours.effects[0].value != std::strtoull(operands[1].c_str(), nullptr, 16))
            findings.add("constant", line);
    }
}

}  // namespace nfstriage::test
