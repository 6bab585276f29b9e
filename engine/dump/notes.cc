#include "dump/notes.h"

#include <array>
#include <functional>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint32_t kPrstatus = 1;
constexpr std::uint64_t kPidOffset = 32, kRegistersOffset = 112;  // struct elf_prstatus, 64 bit
constexpr std::uint64_t kSizeX86 = 336, kSizeAarch64 = 392;

// struct user_regs_struct, arch/x86/include/asm/user_64.h
constexpr std::array kX86Names = {"r15",     "r14",      "r13", "r12", "rbp",    "rbx", "r11",
                                  "r10",     "r9",       "r8",  "rax", "rcx",    "rdx", "rsi",
                                  "rdi",     "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",
                                  "fs_base", "gs_base",  "ds",  "es",  "fs",     "gs"};

// QEMU's own note, one per CPU in the same order (target/i386/arch_dump.c: struct QEMUCPUState):
// general registers up to offset 152, then segments of 24 bytes with the base at 16, cs ds es fs gs
// ss ldt tr gdt idt, then cr0 to cr4 and the base that swapgs would bring.
constexpr std::uint64_t kQemuFsBase = 152 + 3 * 24 + 16, kQemuGsBase = 152 + 4 * 24 + 16,
                        kQemuOtherGsBase = 152 + 10 * 24 + 5 * 8;

Registers registers_of(Bytes desc, Arch arch) {
    Registers result;
    auto put = [&](std::string_view name, std::uint64_t index) {
        if (auto value = desc.get<std::uint64_t>(kRegistersOffset + 8 * index))
            result.set(name, *value);
    };
    if (arch == Arch::x86_64 && desc.size() >= kSizeX86) {
        for (std::size_t i = 0; i < kX86Names.size(); ++i) put(kX86Names[i], i);
    } else if (arch == Arch::aarch64 && desc.size() >= kSizeAarch64) {
        for (unsigned i = 0; i <= 30; ++i) put("x" + std::to_string(i), i);
        put("sp", 31);
        put("pc", 32);
        put("pstate", 33);
    }
    return result;
}

// QEMU leaves the segment bases of NT_PRSTATUS zero and tells them in its own note.
void add_segment_bases(Registers& registers, Bytes desc) {
    auto fs = desc.get<std::uint64_t>(kQemuFsBase);
    auto gs = desc.get<std::uint64_t>(kQemuGsBase);
    auto other = desc.get<std::uint64_t>(kQemuOtherGsBase);
    if (registers.get("gs_base").value_or(0) != 0 || !fs || !gs) return;
    // The kernel's base is a kernel address; in user space it waits for swapgs.
    bool kernel = *gs >> 63 != 0;
    registers.set("fs_base", *fs);
    registers.set("gs_base", kernel || !other ? *gs : *other);
}

struct Note {
    std::string_view name;
    std::uint32_t type = 0;
    ByteSpan desc;
};

// Calls `visit` for each note until it returns false; the sentence of damage, or empty.
std::string walk(ByteSpan span, const std::function<bool(const Note&)>& visit) {
    Bytes bytes(span);
    std::uint64_t at = 0;
    while (at + 12 <= bytes.size()) {
        std::uint64_t name_size = *bytes.get<std::uint32_t>(at);
        std::uint64_t desc_size = *bytes.get<std::uint32_t>(at + 4);
        std::uint32_t type = *bytes.get<std::uint32_t>(at + 8);
        if (name_size == 0) {  // CPUs that did not answer leave zeros, and so does padding
            at += 4;
            continue;
        }
        std::uint64_t desc_at = at + 12 + (name_size + 3) / 4 * 4;
        auto name = bytes.range(at + 12, name_size);
        auto desc = bytes.range(desc_at, desc_size);
        if (!name || !desc)
            return "the notes are damaged at byte " + std::to_string(at) + " of " +
                   std::to_string(bytes.size());
        std::string_view text(reinterpret_cast<const char*>(name->data()), name->size());
        text = text.substr(0, text.find('\0'));
        if (!visit({text, type, *desc})) break;
        at = desc_at + (desc_size + 3) / 4 * 4;
    }
    return {};
}

std::string as_text(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Notes parse_notes(std::span<const std::uint8_t> bytes, Arch arch) {
    Notes notes;
    std::size_t qemu = 0;  // QEMU's notes follow those of all CPUs
    notes.damage = walk(bytes, [&](const Note& note) {
        Bytes desc(note.desc);
        if (note.name == "VMCOREINFO" && notes.vmcoreinfo.empty()) {
            notes.vmcoreinfo = as_text(note.desc);
        } else if (note.name == "ERASEINFO") {
            notes.erase_info += as_text(note.desc);
        } else if (note.name == "CORE" && note.type == kPrstatus) {
            CpuNote cpu;
            cpu.cpu = static_cast<unsigned>(notes.cpus.size());
            if (auto pid = desc.get<std::int32_t>(kPidOffset)) cpu.pid = *pid;
            cpu.registers = registers_of(desc, arch);
            notes.cpus.push_back(std::move(cpu));
        } else if (note.name == "QEMU" && arch == Arch::x86_64) {
            if (qemu < notes.cpus.size()) add_segment_bases(notes.cpus[qemu].registers, desc);
            ++qemu;
        }
        return true;
    });
    return notes;
}

std::optional<Arch> arch_from_notes(std::span<const std::uint8_t> bytes) {
    std::optional<Arch> arch;
    walk(bytes, [&](const Note& note) {
        if (note.name != "CORE" || note.type != kPrstatus) return true;
        if (note.desc.size() == kSizeX86) arch = Arch::x86_64;
        if (note.desc.size() == kSizeAarch64) arch = Arch::aarch64;
        return false;
    });
    return arch;
}

}  // namespace nfstriage::dump
