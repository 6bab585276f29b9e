#include "mkdump/machine.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace nfstriage::mkdump {
namespace {

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

void put(File& file, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
}

void put_text(File& file, std::uint64_t offset, std::string_view text) {
    put(file, offset, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void put_number(File& file, std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    std::array<std::uint8_t, 8> raw{};
    for (unsigned i = 0; i < 8; ++i) raw[i] = static_cast<std::uint8_t>(value >> 8 * i);
    put(file, offset, std::span(raw).first(bytes));
}

void Machine::write(std::uint64_t physical, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        File& page = memory.try_emplace(physical / kGranule, kGranule).first->second;
        std::size_t from = physical % kGranule;
        std::size_t count = std::min<std::size_t>(kGranule - from, bytes.size());
        std::memcpy(page.data() + from, bytes.data(), count);
        bytes = bytes.subspan(count);
        physical += count;
    }
}

void Machine::write_u64(std::uint64_t physical, std::uint64_t value) {
    File raw;
    put_number(raw, 0, value, 8);
    write(physical, raw);
}

std::uint64_t Machine::read_u64(std::uint64_t physical) const {
    auto it = memory.find(physical / kGranule);
    if (it == memory.end()) return 0;
    std::uint64_t value;
    std::memcpy(&value, it->second.data() + physical % kGranule / 8 * 8, 8);
    return value;
}

std::string vmcoreinfo_text(const Machine& machine) {
    std::string text;
    for (const std::string& line : machine.vmcoreinfo) text += line + "\n";
    return text;
}

File notes_of(const Machine& machine, bool with_vmcoreinfo) {
    File out;
    bool arm = machine.arch == Arch::aarch64;
    for (const dump::CpuNote& cpu : machine.cpus) {
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
    if (with_vmcoreinfo && !machine.vmcoreinfo.empty()) {
        std::string text = vmcoreinfo_text(machine);
        put_note(out, "VMCOREINFO", 0, File(text.begin(), text.end()));
    }
    return out;
}

}  // namespace nfstriage::mkdump
