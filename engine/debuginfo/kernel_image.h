// vmlinux, whatever it is wrapped in: an ELF file, a bzImage of x86_64
// (Documentation/arch/x86/boot.rst: the payload is the packed vmlinux), an Image of arm64
// (Documentation/arch/arm64/booting.rst), plain, packed by gzip or as an EFI zboot image
// (drivers/firmware/efi/libstub/zboot-header.S). Packed ones are unpacked by libarchive into a
// folder of ours. An Image is no ELF file: of it only what can be searched for is known.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/tri.h"
#include "debuginfo/archive.h"
#include "debuginfo/elf_object.h"
#include "layout/kernel_identity.h"

namespace nfstriage::debuginfo {

struct KernelImage {
    layout::KernelIdentity identity;
    std::unique_ptr<ElfObject> elf;  // null: an Image
    std::vector<std::uint8_t> raw;   // the Image; empty with an ELF file
    bool debug_info = false;

    // The kernel's types. Unknown: no_type (built without), corrupt.
    Maybe<std::vector<std::uint8_t>> btf() const;
    // Whether a string that ends as `text` does is in the read-only data; unknown without sections.
    Tri has_string(std::string_view text) const;
};

// Errors: unreadable, none of the kinds above, damaged, no room below `folder` to unpack it in.
Result<KernelImage> open_kernel_image(const std::filesystem::path& path,
                                      const std::filesystem::path& folder,
                                      const ArchiveLimits& limits);

// Whether the first bytes of a file (1024 are enough) are those of a bzImage or Image.
bool is_boot_image(std::string_view head);

}  // namespace nfstriage::debuginfo
