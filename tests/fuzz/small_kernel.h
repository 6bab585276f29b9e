// A small kernel for walkers, made from the input: functions at fixed places whose code, stacks and
// objects are the input's words, drawn so that they often mean something to each other.
#pragma once

#include <array>

#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "fakes/fake_types.h"
#include "input.h"

namespace nfstriage::fuzz {

struct SmallKernel {
    static constexpr std::uint64_t kText = 0xffffffff81000000, kFunction = 256, kFunctions = 16;
    static constexpr std::uint64_t kStack = 0xffffc90000100000, kStackSize = 4096;
    static constexpr std::uint64_t kIrqStack = 0xffffc90000004000;
    static constexpr std::uint64_t kObjects = 0xffff888003210000, kData = 0xffffffff82000000;

    fakes::FakePages memory;
    fakes::FakeSymbols symbols;
    fakes::FakeTypes types;
    std::vector<std::uint64_t> returns;  // behind calls

    explicit SmallKernel(const char* prefix = "f") {
        for (std::uint64_t i = 0; i < kFunctions; ++i)
            symbols.add(prefix + std::to_string(i), function(i), kFunction, 'T');
        symbols.add("_stext", kText, 0, 'D');
        symbols.add("_etext", kText + kFunctions * kFunction, 0, 'D');
        memory.map(kText, kFunctions * kFunction);
        memory.map(kStack, kStackSize);
        memory.map(kIrqStack, kStackSize);
        memory.map(kObjects, 4096);
        memory.map(kData, 4096);
    }

    static std::uint64_t function(std::uint64_t index) { return kText + index * kFunction; }

    // A direct call `offset` bytes into a function.
    void call(Arch arch, std::uint64_t from, std::uint64_t offset, std::uint64_t target) {
        if (arch == Arch::aarch64) {
            offset &= ~std::uint64_t{3};
            auto distance = static_cast<std::uint32_t>((target - (from + offset)) >> 2);
            memory.put(from + offset, 0x94000000u | (distance & 0x03ffffff));
            returns.push_back(from + offset + 4);
            return;
        }
        memory.put<std::uint8_t>(from + offset, 0xe8);
        memory.put(from + offset + 1, static_cast<std::int32_t>(target - (from + offset + 5)));
        returns.push_back(from + offset + 5);
    }

    // A word as a stack or an object may hold it: mostly one that leads somewhere.
    std::uint64_t word(Input& input) const {
        std::uint8_t choice = input.u8(), which = input.u8();
        switch (choice % 8) {
            case 0:
                return input.u64();
            case 1:
                return which % 3;
            case 2:
                return kStack + which * 16;
            case 3:
                return kIrqStack + which * 16;
            case 4:
                return kObjects + which * 16;
            case 5:
                return kObjects + which;
            default:
                return returns.empty() ? function(which % kFunctions)
                                       : returns[which % returns.size()];
        }
    }

    // `count` words from `at` on.
    void fill(Input& input, std::uint64_t at, std::size_t count) {
        for (std::size_t i = 0; i < count && !input.empty(); ++i)
            memory.put(at + i * 8, word(input));
    }
};

}  // namespace nfstriage::fuzz
