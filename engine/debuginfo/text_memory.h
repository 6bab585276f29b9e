// A dump's memory in which text that the dump does not hold is taken from the vmlinux of the same
// kernel, page by page, and text that both have is compared as far as it is read. Memory outside of
// the kernel's own text is the dump's alone; so are modules, whose debug files have no text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "debuginfo/text_file.h"
#include "dump/memory.h"
#include "layout/kernel_identity.h"
#include "layout/symbols.h"

namespace nfstriage::debuginfo {

// The vmlinux of `kernel` in `sources`, which are files and folders as find_debuginfo takes them;
// packages are not unpacked for this. Errors: none of that kernel, none with text.
Result<std::unique_ptr<TextFile>> find_text(const std::vector<std::filesystem::path>& sources,
                                            const layout::KernelIdentity& kernel);

class TextMemory : public dump::Memory {
public:
    // `shift`: run-time minus link address. The dump and its symbols must outlive this.
    TextMemory(const dump::Memory& dump, const layout::Symbols& symbols,
               std::unique_ptr<TextFile> file, std::uint64_t shift);

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override;
    void prefetch(std::span<const dump::VRange> ranges) const override { dump_.prefetch(ranges); }

    // What was found while reading: text taken from the file, and the first function in which the
    // two differ beyond what a kernel patches. One sentence each.
    std::vector<std::string> remarks() const;

private:
    void compare(VAddr address, ByteSpan seen) const;

    const dump::Memory& dump_;
    const layout::Symbols& symbols_;
    std::unique_ptr<TextFile> file_;
    std::uint64_t shift_;
    mutable std::uint64_t pages_filled_ = 0;
    mutable std::string difference_;  // a place: "nfs_wb_page+0x12"
};

}  // namespace nfstriage::debuginfo
