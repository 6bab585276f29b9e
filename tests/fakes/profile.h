// A kernel profile made by a test, and the symbols and code that it gives a kernel in fake memory.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "fakes/memory.h"
#include "layout/code_blocks_write.h"
#include "layout/kernel_code.h"
#include "layout/profile_match.h"

namespace nfstriage::fakes {

struct ProfiledKernel {
    FakeMemory memory;
    std::unique_ptr<layout::Profile> profile;
    std::unique_ptr<layout::KernelSymbols> symbols;
    std::unique_ptr<layout::KernelCode> code;

    // `parts`: sections of vmlinux beside its symbols.
    ProfiledKernel(std::vector<layout::LinkedSymbol> named, std::vector<layout::ProfilePart> parts,
                   std::uint64_t shift) {
        parts.push_back(
            {layout::ProfileSection::symbols, "", layout::encode_symbols(std::move(named))});
        std::string path =
            (std::filesystem::temp_directory_path() / "nfstriage-fake-XXXXXX").string();
        int fd = mkstemp(path.data());
        REQUIRE(fd >= 0);
        close(fd);
        auto bytes = layout::write_profile({}, {}, parts);
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        auto opened = layout::Profile::open(path);
        std::filesystem::remove(path);
        REQUIRE(opened);
        profile = std::move(*opened);
        symbols = std::make_unique<layout::KernelSymbols>(memory, std::nullopt);
        auto section = profile->section(layout::ProfileSection::symbols);
        symbols->set_profile(*layout::ProfileSymbols::open(*section), shift);
        code = std::make_unique<layout::KernelCode>(*profile, *symbols, shift);
    }
};

}  // namespace nfstriage::fakes
