// An ELF64 file with debug information: vmlinux (ET_EXEC, ET_DYN), a module (ET_REL) or the
// separate debug file of either. Format: System V gABI, elf.h. The file is mapped, never read as a
// whole; sections that are compressed (SHF_COMPRESSED with zlib or zstd, or .zdebug_*) are unpacked
// and relocations of ET_REL debug sections are applied when the section is first asked for. We
// promise: no size or offset in the file leads outside of it, nothing is allocated for a size that
// the file or the limit does not support.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "base/bytes.h"
#include "base/result.h"

namespace nfstriage::debuginfo {

struct ElfSection {
    std::string name;         // ".zdebug_info" is called ".debug_info"
    std::uint32_t type = 0;   // SHT_*
    std::uint64_t flags = 0;  // SHF_*
    // Where the section is in memory. In ET_REL the allocated sections are laid out one behind the
    // other from 0, each aligned as it asks for, in file order: text first, then .init text, then
    // data. That is the address space of a module's symbols and debug information here.
    std::uint64_t address = 0;
    std::uint64_t offset = 0, file_size = 0;  // in the file
    std::uint64_t size = 0;                   // unpacked
    std::uint32_t link = 0, info = 0;
    std::uint64_t alignment = 1, entry_size = 0;
};

struct ElfSymbol {
    std::string_view name;      // points into the object
    std::uint64_t address = 0;  // as ElfSection::address has it
    std::uint64_t size = 0;     // bytes, as the file says
    std::uint16_t section = 0;  // index into sections(); 0 undefined, 0xfff1 absolute
    unsigned char type = 0;     // STT_*
    unsigned char binding = 0;  // STB_*
};

class ElfObject {
public:
    // Errors: unreadable, not ELF64 little endian of a known machine, headers that leave the file.
    static Result<std::unique_ptr<ElfObject>> open(const std::filesystem::path& path);
    ~ElfObject();

    const std::filesystem::path& path() const;
    Arch arch() const;
    bool relocatable() const;  // ET_REL
    const std::vector<ElfSection>& sections() const;
    std::optional<std::size_t> find(std::string_view section) const;  // the first of that name

    // The bytes of a section, unpacked and relocated; valid as long as the object. Empty for
    // SHT_NOBITS. Executable sections are given as they are in the file, and ET_EXEC and ET_DYN are
    // not relocated: the linker did that. Errors: damaged, an unknown compression or relocation,
    // larger than the limit of 2 GiB, memory. Not for use from several threads.
    Result<ByteSpan> bytes(std::size_t section) const;
    // Gives the memory of an unpacked section back; harmless when there is none.
    void forget(std::size_t section) const;

    // Lets the memory of file contents go that were read and are not needed soon; they stay valid.
    // No effect on unpacked sections.
    void release(ByteSpan bytes) const;

    // .symtab without sections, files and undefined symbols, in file order. Errors: damaged.
    Result<std::vector<ElfSymbol>> symbols() const;

    std::optional<std::string> build_id() const;  // hex, of NT_GNU_BUILD_ID
    // .gnu_debugaltlink: the name and build id (hex) of the file that dwz moved common DIEs to.
    struct AlternateLink {
        std::string name, build_id;
    };
    std::optional<AlternateLink> alternate_link() const;
    // key → the first value of .modinfo ("vermagic", "srcversion", "name"); empty for vmlinux.
    std::map<std::string, std::string> module_info() const;
    // The bytes at a memory address, where some section with contents holds them all.
    // Unknown(not_dumped) where none does, Unknown(corrupt) where it is damaged.
    Maybe<ByteSpan> memory(std::uint64_t address, std::uint64_t size) const;

private:
    struct State;
    explicit ElfObject(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::debuginfo
