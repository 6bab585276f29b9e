// The general registers of one CPU at one moment: rip, rsp, rax, r8 ... r15, eflags on x86_64
// (without the zero that the kernel prints in R08); pc, sp, x0 ... x30, pstate on aarch64; lower
// case as in the kernel's output for the others. A register that was not saved is absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/arch.h"

namespace nfstriage {

struct Registers {
    std::map<std::string, std::uint64_t, std::less<>> values;

    bool empty() const { return values.empty(); }
    void set(std::string_view name, std::uint64_t value) {
        values.insert_or_assign(std::string(name), value);
    }
    std::optional<std::uint64_t> get(std::string_view name) const {
        auto it = values.find(name);
        if (it == values.end()) return std::nullopt;
        return it->second;
    }
    // Program counter, stack pointer and frame pointer by their name on `arch`.
    std::optional<std::uint64_t> pc(Arch arch) const;
    std::optional<std::uint64_t> sp(Arch arch) const;
    std::optional<std::uint64_t> fp(Arch arch) const;
};

}  // namespace nfstriage
