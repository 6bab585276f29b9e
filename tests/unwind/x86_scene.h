// A small x86_64 kernel for tests: functions, the calls between them, ORC tables in any of the
// three shapes of struct orc_entry, and stacks written word by word.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../fakes/fake_memory.h"
#include "../fakes/fake_symbols.h"
#include "../fakes/fake_types.h"
#include "catch.h"
#include "unwind/unwind.h"

namespace nfstriage::unwind::test {

enum class OrcShape { v4_14, v4_18, v6_3, v6_4 };

struct X86Scene {
    static constexpr std::uint64_t kText = 0xffffffff81000000;
    static constexpr std::uint64_t kTextSize = 0x10000;
    static constexpr std::uint64_t kIp = 0xffffffff82000000;
    static constexpr std::uint64_t kEntries = 0xffffffff82010000;
    static constexpr std::uint64_t kStack = 0xffffc90000100000;  // the task's
    static constexpr std::uint64_t kStackSize = 16384;
    static constexpr std::uint64_t kIrqStack = 0xffffc90000004000;
    static constexpr std::uint64_t kTask = 0xffff888003210000;

    fakes::FakePages memory;
    fakes::FakeTypes types;
    fakes::FakeSymbols symbols;
    OrcShape shape = OrcShape::v4_18;
    std::map<std::uint64_t, OrcEntry> orc;  // by text address

    explicit X86Scene(OrcShape with = OrcShape::v4_18) : shape(with) {
        memory.map(kText, kTextSize);
        memory.map(kStack, kStackSize);
        memory.map(kIrqStack, kStackSize);
        symbols.add("_stext", kText, 0, 'D');
        symbols.add("_etext", kText + kTextSize, 0, 'D');
        std::vector<fakes::FakeMember> members{{"sp_offset", 0, 2, 0, 0, {}},
                                               {"bp_offset", 2, 2, 0, 0, {}},
                                               {"sp_reg", 4, 4, 0, 4, {}},
                                               {"bp_reg", 4, 4, 4, 4, {}}};
        unsigned type_bits = shape == OrcShape::v6_4 ? 3 : 2;
        members.push_back({"type", 5, 4, 0, type_bits, {}});
        if (shape == OrcShape::v6_3 || shape == OrcShape::v6_4)
            members.push_back({"signal", 5, 4, type_bits, 1, {}});
        if (shape == OrcShape::v4_18) members.push_back({"end", 5, 4, 2, 1, {}});
        if (shape == OrcShape::v6_3) members.push_back({"end", 5, 4, 3, 1, {}});
        types.add("struct orc_entry", 6, members);
    }

    // A function of 256 bytes at kText + 256 * index; returns its address.
    std::uint64_t function(const std::string& name, unsigned index) {
        symbols.add(name, kText + index * 256, 256, 'T');
        return kText + index * 256;
    }
    // Puts `call target` into `from`, `offset` bytes in, and returns the return address.
    std::uint64_t call(std::uint64_t from, std::uint64_t offset, std::uint64_t target) {
        memory.put<std::uint8_t>(from + offset, 0xe8);
        memory.put(from + offset + 1, static_cast<std::int32_t>(target - (from + offset + 5)));
        return from + offset + 5;
    }
    // call *%rax
    std::uint64_t indirect_call(std::uint64_t from, std::uint64_t offset) {
        memory.put<std::uint16_t>(from + offset, 0xd0ff);
        return from + offset + 2;
    }

    // A function whose frame is `size` bytes with the return address on top.
    void frame(std::uint64_t function, std::int16_t size, bool saves_bp = false) {
        OrcEntry entry;
        entry.sp_reg = OrcRegister::sp;
        entry.sp_offset = size;
        entry.type = OrcType::call;
        if (saves_bp) {
            entry.bp_reg = OrcRegister::prev_sp;
            entry.bp_offset = -16;
        }
        orc[function] = entry;
    }
    void saved_registers(std::uint64_t function, OrcType type, OrcRegister base = OrcRegister::sp,
                         std::int16_t offset = 0) {
        OrcEntry entry;
        entry.sp_reg = base;
        entry.sp_offset = offset;
        entry.type = type;
        entry.signal = true;
        orc[function] = entry;
    }
    void end(std::uint64_t function) {
        OrcEntry entry;
        entry.type = OrcType::end_of_stack;
        orc[function] = entry;
    }

    // struct pt_regs at `address`.
    void pt_regs(std::uint64_t address, std::uint64_t ip, std::uint64_t sp, std::uint64_t bp,
                 std::uint64_t cs = 0x10) {
        for (std::uint64_t i = 0; i < 21; ++i)
            memory.put<std::uint64_t>(address + i * 8, 0x1000 + i);
        memory.put(address + 32, bp);
        memory.put(address + 128, ip);
        memory.put(address + 136, cs);
        memory.put<std::uint64_t>(address + 144, 0x246);
        memory.put(address + 152, sp);
        memory.put<std::uint64_t>(address + 160, cs == 0x10 ? 0x18 : 0x2b);
    }

    std::uint64_t encode(const OrcEntry& entry) const {
        bool new_types = shape == OrcShape::v6_4;
        std::uint64_t type = static_cast<std::uint64_t>(entry.type);
        if (!new_types) type = entry.type >= OrcType::call ? type - 2 : 0;
        std::uint64_t word = static_cast<std::uint16_t>(entry.sp_offset) |
                             std::uint64_t{static_cast<std::uint16_t>(entry.bp_offset)} << 16 |
                             static_cast<std::uint64_t>(entry.sp_reg) << 32 |
                             static_cast<std::uint64_t>(entry.bp_reg) << 36 | type << 40;
        if (shape == OrcShape::v6_3) word |= std::uint64_t{entry.signal} << 42;
        if (shape == OrcShape::v6_4) word |= std::uint64_t{entry.signal} << 43;
        std::uint64_t ends = entry.type == OrcType::end_of_stack ? 1 : 0;
        if (shape == OrcShape::v4_18) word |= ends << 42;
        if (shape == OrcShape::v6_3) word |= ends << 43;
        return word;
    }

    void write_orc() {
        std::uint64_t index = 0;
        for (const auto& [address, entry] : orc) {
            std::uint64_t at = kIp + index * 4;
            memory.put(at, static_cast<std::int32_t>(address - at));
            std::uint64_t word = encode(entry);
            for (unsigned i = 0; i < 6; ++i)
                memory.put<std::uint8_t>(kEntries + index * 6 + i,
                                         static_cast<std::uint8_t>(word >> (8 * i)));
            ++index;
        }
        symbols.add("__start_orc_unwind_ip", kIp, 0, 'D');
        symbols.add("__stop_orc_unwind_ip", kIp + index * 4, 0, 'D');
        symbols.add("__start_orc_unwind", kEntries, 0, 'D');
        symbols.add("__stop_orc_unwind", kEntries + index * 6, 0, 'D');
    }

    Start start(std::uint64_t rip, std::uint64_t rsp, std::uint64_t rbp = 0) const {
        Start out;
        out.registers.set("rip", rip);
        out.registers.set("rsp", rsp);
        out.registers.set("rbp", rbp);
        out.registers.set("cs", 0x10);
        out.task = VAddr{kTask};
        out.task_stack = VAddr{kStack};
        out.stacks = {{VAddr{kIrqStack}, VAddr{kIrqStack + kStackSize}, StackKind::irq, "hardirq"}};
        return out;
    }

    Result unwind(const Start& from) const {
        Unwinder unwinder(memory, types, symbols, {});
        Budget budget(10000);
        return unwinder.unwind(from, budget);
    }
};

inline std::vector<std::string> names(const Result& result) {
    std::vector<std::string> out;
    for (const Frame& frame : result.frames) out.push_back(frame.function);
    return out;
}

inline std::vector<Trust> trusts(const Result& result) {
    std::vector<Trust> out;
    for (const Frame& frame : result.frames) out.push_back(frame.trust);
    return out;
}

using Names = std::vector<std::string>;
using Trusts = std::vector<Trust>;

}  // namespace nfstriage::unwind::test
