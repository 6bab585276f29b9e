// A made-up crashed machine: what its memory holds and what its kernel and CPUs would have noted.
// The writers (kdump_writer.h, elf_writer.h) turn it into a vmcore.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "dump/dump.h"
#include "dump/put.h"

namespace nfstriage::mkdump {

using File = std::vector<std::uint8_t>;

inline constexpr std::uint64_t kGranule = 4096;  // memory is kept in pieces of this many bytes

struct Machine {
    Arch arch = Arch::x86_64;
    dump::Uname uname{"made-up", "5.10.0", "#1 SMP", "x86_64"};
    std::map<std::uint64_t, File> memory;  // by physical address / kGranule
    std::set<std::uint64_t> filtered;      // the same unit: memory that makedumpfile left out
    std::vector<std::string> vmcoreinfo;   // lines without their newline
    std::vector<dump::CpuNote> cpus;
    std::uint64_t phys_base = 0;  // for the kdump sub header

    void write(std::uint64_t physical, std::span<const std::uint8_t> bytes);
    void write_u64(std::uint64_t physical, std::uint64_t value);
    std::uint64_t read_u64(std::uint64_t physical) const;  // 0 where nothing was written
};

// The note segment: one NT_PRSTATUS per CPU and, if `with_vmcoreinfo`, the VMCOREINFO note.
File notes_of(const Machine& machine, bool with_vmcoreinfo);
std::string vmcoreinfo_text(const Machine& machine);

using dump::put;
using dump::put_number;
using dump::put_text;

}  // namespace nfstriage::mkdump
