#include "dump/notes_writer.h"

#include <array>
#include <string>

#include "dump/put.h"

namespace nfstriage::dump {
namespace {

using File = std::vector<std::uint8_t>;

constexpr std::uint64_t kPrstatusRegisters = 112, kPrstatusPid = 32;
constexpr std::array kX86Order = {"r15",    "r14", "r13", "r12",      "rbp",    "rbx",
                                  "r11",    "r10", "r9",  "r8",       "rax",    "rcx",
                                  "rdx",    "rsi", "rdi", "orig_rax", "rip",    "cs",
                                  "eflags", "rsp", "ss",  "fs_base",  "gs_base"};

void put_note(File& out, std::string_view name, std::uint32_t type, const File& desc) {
    std::uint64_t at = out.size();
    put_number(out, at, name.size() + 1, 4);
    put_number(out, at + 4, desc.size(), 4);
    put_number(out, at + 8, type, 4);
    put_text(out, at + 12, name);
    out.resize((at + 12 + name.size() + 1 + 3) / 4 * 4);
    put(out, out.size(), desc);
    out.resize((out.size() + 3) / 4 * 4);
}

}  // namespace

File encode_notes(std::span<const CpuNote> cpus, Arch arch) {
    File out;
    const bool arm = arch == Arch::aarch64;
    for (const CpuNote& cpu : cpus) {
        File desc(arm ? 392 : 336);
        put_number(desc, kPrstatusPid, static_cast<std::uint64_t>(cpu.pid.value_or(0)), 4);
        auto store = [&](std::string_view name, std::uint64_t index) {
            put_number(desc, kPrstatusRegisters + 8 * index, cpu.registers.get(name).value_or(0),
                       8);
        };
        if (arm) {
            for (unsigned i = 0; i <= 30; ++i) store("x" + std::to_string(i), i);
            store("sp", 31);
            store("pc", 32);
            store("pstate", 33);
        } else {
            for (std::size_t i = 0; i < kX86Order.size(); ++i) store(kX86Order[i], i);
        }
        put_note(out, "CORE", 1, desc);
    }
    return out;
}

File encode_vmcoreinfo(std::string_view text) {
    File out;
    put_note(out, "VMCOREINFO", 0, File(text.begin(), text.end()));
    return out;
}

}  // namespace nfstriage::dump
