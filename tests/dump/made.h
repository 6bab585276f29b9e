// A small made-up crash and the files that tests write of it.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "dump/corpus.h"
#include "dump/dump.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kdump_writer.h"
#include "mkdump/kernel.h"

namespace nfstriage::dump::test {

inline constexpr std::uint64_t kData = 0xffff888012345000;  // in x86_64's linear map
inline constexpr std::uint64_t kSparePage = 0x3000;         // physical: filtered

// Bytes that differ from page to page and compress only partly.
inline mkdump::File pattern(std::uint64_t seed, std::size_t size) {
    mkdump::File bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i % 7 < 3 ? seed + i / 64 : (seed * 31 + i) >> 3);
    return bytes;
}

inline std::filesystem::path save(const mkdump::File& file, const std::filesystem::path& path) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(file.data()),
              static_cast<std::streamsize>(file.size()));
    out.close();
    REQUIRE(out);
    return path;
}

inline std::vector<std::filesystem::path> save_all(const std::vector<mkdump::File>& files,
                                                   const TemporaryFolder& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& file : files)
        paths.push_back(save(file, folder / ("part" + std::to_string(paths.size()))));
    return paths;
}

// Three pages of data in a row at `kData`, a page of zeros behind, one filtered page, two CPUs.
inline mkdump::Kernel small_kernel(const mkdump::Paging& paging = {}) {
    mkdump::Kernel kernel(paging);
    std::uint64_t data = kData;
    if (paging.arch == Arch::aarch64)
        data = (~std::uint64_t{0} << (paging.va_bits - 1)) + 0x40000000;
    kernel.write(data, pattern(5, 3 * 4096));
    kernel.write(data + 0x10000, mkdump::File(4096));
    kernel.machine().write(kSparePage, pattern(9, 4096));
    kernel.machine().filtered.insert(kSparePage / mkdump::kGranule);
    for (unsigned i = 0; i < 2; ++i) {
        CpuNote cpu;
        cpu.cpu = i;
        cpu.pid = 100 + i;
        if (paging.arch == Arch::aarch64) {
            cpu.registers.set("pc", 0xffff800008001000 + i);
            cpu.registers.set("x29", 0xffff800008002000 + i);
        } else {
            cpu.registers.set("rip", 0xffffffff81001000 + i);
            cpu.registers.set("gs_base", 0xffff888001000000 + i);
        }
        kernel.machine().cpus.push_back(cpu);
    }
    return kernel;
}

// That `dump` holds what small_kernel() put into it.
inline void check_small_kernel(const Dump& dump, const mkdump::Kernel& kernel,
                               std::uint64_t data = kData) {
    CHECK(dump.arch() == kernel.machine().arch);
    auto system = dump.memory().cstring(VAddr{kernel.uts()}, 65);
    REQUIRE(system);
    CHECK(*system == "Linux");
    CHECK(dump.uname().release == "5.10.0");
    auto bytes = dump.memory().bytes(VAddr{data}, 3 * 4096);
    REQUIRE(bytes);
    CHECK(*bytes == pattern(5, 3 * 4096));
    auto across = dump.memory().bytes(VAddr{data + 4090}, 12);  // over a page's border
    REQUIRE(across);
    CHECK(std::equal(across->begin(), across->end(), bytes->begin() + 4090));
    auto zeros = dump.memory().bytes(VAddr{data + 0x10000}, 4096);
    REQUIRE(zeros);
    CHECK(*zeros == mkdump::File(4096));
    REQUIRE(dump.cpu_notes().size() == 2);
    CHECK(dump.cpu_notes()[1].pid == 101);
    CHECK(dump.cpu_notes()[1].registers.pc(dump.arch()) ==
          kernel.machine().cpus[1].registers.pc(dump.arch()));
    CHECK(dump.vmcoreinfo().symbol("init_uts_ns") == VAddr{kernel.uts()});
}

}  // namespace nfstriage::dump::test
