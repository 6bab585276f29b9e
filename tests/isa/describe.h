// An instruction in one line, for tests: "reads rdi; writes rax; [rdi+0x28] 8 r; rax = [0]".
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "isa/decoder.h"

namespace nfstriage::test {

inline std::string hex(std::uint64_t value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "0x%llx", static_cast<unsigned long long>(value));
    return buffer;
}

inline std::string registers(Arch arch, isa::RegisterSet set) {
    std::string out;
    for (isa::Register r = 0; r < isa::kRegisters; ++r)
        if (set & isa::bit(r)) out += " " + std::string(isa::register_name(arch, r));
    return out;
}

inline std::string describe(Arch arch, const isa::MemoryOperand& operand) {
    auto name = [&](isa::Register r) { return std::string(isa::register_name(arch, r)); };
    std::string out = "[";
    if (operand.segment == isa::MemoryOperand::Segment::fs) out += "fs:";
    if (operand.segment == isa::MemoryOperand::Segment::gs) out += "gs:";
    if (operand.base) out += name(*operand.base);
    if (operand.index) {
        out += "+" + name(*operand.index) + "*" + std::to_string(operand.scale);
        if (operand.index_is_32) out += operand.index_is_signed ? " sxtw" : " uxtw";
    }
    bool absolute = !operand.base && !operand.index;
    if (absolute) {
        out += hex(static_cast<std::uint64_t>(operand.displacement));
    } else if (operand.displacement != 0) {
        bool negative = operand.displacement < 0;
        auto value = static_cast<std::uint64_t>(operand.displacement);
        out += (negative ? "-" : "+") + hex(negative ? 0 - value : value);
    }
    out += "] " + std::to_string(operand.size) + " ";
    return out + (operand.read ? "r" : "") + (operand.written ? "w" : "");
}

inline std::string describe(Arch arch, const isa::Effect& effect) {
    auto name = [&](isa::Register r) { return std::string(isa::register_name(arch, r)); };
    std::string out = name(effect.to) + " = ";
    switch (effect.kind) {
        case isa::Effect::Kind::copy:
            out += name(effect.from);
            break;
        case isa::Effect::Kind::constant:
            out += hex(effect.value);
            break;
        case isa::Effect::Kind::sum: {
            bool negative = effect.value >> 63;
            out += name(effect.from) + (negative ? " - " : " + ") +
                   hex(negative ? 0 - effect.value : effect.value);
            break;
        }
        case isa::Effect::Kind::load:
            out += "[" + std::to_string(effect.memory) + "]";
            break;
    }
    if (effect.bits != 64) out += " of " + std::to_string(effect.bits);
    if (effect.is_signed) out += " signed";
    return out;
}

inline std::string describe(Arch arch, const isa::Instruction& instruction) {
    static constexpr const char* kFlows[] = {"next", "call", "jump", "branch",
                                             "ret",  "trap", "stop"};
    std::vector<std::string> parts;
    if (instruction.flow != isa::Flow::next)
        parts.push_back(kFlows[static_cast<int>(instruction.flow)]);
    if (instruction.target) parts.push_back("to " + hex(*instruction.target));
    if (instruction.via)
        parts.push_back("via " + std::string(isa::register_name(arch, *instruction.via)));
    if (instruction.via_memory)
        parts.push_back("via [" + std::to_string(*instruction.via_memory) + "]");
    if (instruction.reads) parts.push_back("reads" + registers(arch, instruction.reads));
    if (instruction.writes) parts.push_back("writes" + registers(arch, instruction.writes));
    for (const auto& operand : instruction.memory) parts.push_back(describe(arch, operand));
    for (const auto& effect : instruction.effects) parts.push_back(describe(arch, effect));
    for (const auto& store : instruction.stores) {
        std::string what = "?";
        if (store.known)
            what =
                store.from ? std::string(isa::register_name(arch, *store.from)) : hex(store.value);
        parts.push_back("[" + std::to_string(store.memory) + "] <- " + what);
    }
    if (instruction.conditional) parts.push_back("perhaps");
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
    return out;
}

// The whole of `bytes` decoded at `address`, or why not.
inline std::string describe(const isa::Decoder& decoder, const std::vector<std::uint8_t>& bytes,
                            std::uint64_t address) {
    auto instruction = decoder.decode(bytes, address);
    if (!instruction) return std::string(to_string(instruction.error().reason));
    if (instruction->size != bytes.size()) return "size " + std::to_string(instruction->size);
    return describe(decoder.arch(), *instruction);
}

// "48 89 e5" as bytes.
inline std::vector<std::uint8_t> bytes_of(const std::string& text) {
    std::vector<std::uint8_t> out;
    const char* at = text.c_str();
    while (*at) {
        char* end = nullptr;
        out.push_back(static_cast<std::uint8_t>(std::strtoul(at, &end, 16)));
        if (end == at) break;
        at = end;
        while (*at == ' ') ++at;
    }
    return out;
}

// One A64 word as it stands in memory.
inline std::vector<std::uint8_t> bytes_of(std::uint32_t word) {
    std::vector<std::uint8_t> out;
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
    return out;
}

}  // namespace nfstriage::test
