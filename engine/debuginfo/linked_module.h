// A kernel module file (.ko) as if it were loaded at an address that we choose: its sections laid
// out as ElfObject has them, its relocations applied. What cannot be applied leaves a hole that
// reads as absent, so that nobody takes half an instruction for a whole one. We promise: memory is
// bounded, and a file that contradicts itself gives an error or holes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "debuginfo/elf_object.h"
#include "dump/memory.h"
#include "layout/symbols.h"

namespace nfstriage::debuginfo {

class LinkedModule {
public:
    // Errors: those of ElfObject::open, no relocatable object, sections of more than 64 MiB.
    static Result<LinkedModule> open(const std::filesystem::path& path);

    const ElfObject& elf() const { return *elf_; }
    std::uint64_t size() const { return size_; }  // bytes of address space
    bool has_text() const;                        // a separate debug file may not have it

    // Names that it takes from elsewhere, and that it gives to others, sorted.
    const std::set<std::string, std::less<>>& imports() const { return imports_; }

    // Where an import is.
    using Resolve = std::function<std::uint64_t(const std::string& name)>;
    // Once, after which the others may be asked. Error: a damaged symbol table.
    Result<void> link(std::uint64_t base, const Resolve& resolve);

    std::uint64_t base() const { return base_; }
    bool contains(VAddr address) const {
        return address.value >= base_ && address.value - base_ < size_;
    }
    // What lies between sections reads as zeros. Unknown: unmapped (outside), not_dumped (a section
    // without contents), unsupported_arch (a relocation that is not understood).
    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const;

    // Functions and variables, sizes known; undefined and mapping symbols left out.
    std::vector<layout::Symbol> symbols() const;
    std::vector<dump::VRange> text() const;
    std::vector<ByteSpan> read_only_data() const;  // what stays after loading, without BTF
    Maybe<std::vector<std::uint8_t>> btf() const;  // Unknown(no_type) if it has none

private:
    struct Part {
        std::size_t section = 0;
        std::uint64_t begin = 0;  // ElfSection::address
        std::vector<std::uint8_t> bytes;
        std::set<std::uint64_t> holes;  // 16 byte units from begin
    };
    LinkedModule() = default;
    Result<void> load();
    Result<void> read_symbols();
    void relocate(Part& part, const Resolve& resolve);

    struct RawSymbol {
        std::string_view name;      // of an import; points into the file
        std::uint64_t address = 0;  // before base
        bool import = false, defined = false;
    };
    std::unique_ptr<ElfObject> elf_;
    std::uint64_t size_ = 0, base_ = 0;
    std::vector<RawSymbol> raw_;  // by index in .symtab
    std::set<std::string, std::less<>> imports_;
    std::vector<Part> parts_;           // by begin
    std::vector<dump::VRange> absent_;  // sections without contents, before base
};

}  // namespace nfstriage::debuginfo
