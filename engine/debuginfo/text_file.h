// The machine code in a vmlinux file: for functions whose pages are not in a dump, and to tell
// whether a dump's text is what was built. A running kernel patches its text; where, its own tables
// say (arch/x86/kernel/alternative.c, arch/arm64/kernel/alternative.c, kernel/jump_label.c,
// kernel/trace/ftrace.c), which the file still has between their __start and __stop symbols. The
// rule is generous: a table that is not understood, or a word that moving the kernel explains,
// makes fewer differences, never more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "debuginfo/elf_object.h"

namespace nfstriage::debuginfo {

class TextFile {
public:
    // Errors: as ElfObject::open; no symbol _stext; without a file's name, because that is no fault,
    // where there is no text (a separate debug file).
    static Result<std::unique_ptr<TextFile>> open(const std::filesystem::path& path);
    ~TextFile();

    const ElfObject& elf() const { return *elf_; }
    std::uint64_t stext() const { return stext_; }  // as linked

    // Whether [address, address + size) is text that stays when the kernel runs (not .init.text).
    bool covers(std::uint64_t address, std::uint64_t size) const;

    // The bytes at an address as linked. Unknown(not_dumped) unless covers().
    Maybe<void> read(std::uint64_t address, std::span<std::uint8_t> out) const;

    // The first address of [address, address + seen.size()) where `seen`, read from a kernel that
    // runs `shift` bytes above where it was linked, differs from the file and no patching explains
    // it. The outermost 7 bytes are not compared. Nothing if there is none, or unless covers().
    std::optional<std::uint64_t> first_difference(std::uint64_t address, ByteSpan seen,
                                                  std::uint64_t shift) const;

private:
    struct Patched;
    struct Part {
        std::uint64_t address;
        ByteSpan bytes;
    };
    TextFile() = default;
    const Part* part(std::uint64_t address, std::uint64_t size) const;
    bool moved(ByteSpan file, ByteSpan seen, std::size_t at, std::uint64_t shift) const;

    std::unique_ptr<ElfObject> elf_;
    std::vector<Part> parts_;
    std::uint64_t stext_ = 0;
    std::vector<ElfSymbol> symbols_;
    mutable std::unique_ptr<Patched> patched_;  // made when the first difference is looked into
};

}  // namespace nfstriage::debuginfo
