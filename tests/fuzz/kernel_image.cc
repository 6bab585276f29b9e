// Kernel images as they are installed: bzImage, Image, EFI zboot, ELF, packed or not. What is
// unpacked goes into a folder that is gone afterwards.
#include "debuginfo/kernel_image.h"
#include "fakes/folder.h"
#include "input.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemoryFile file({data, size});
    test::TemporaryFolder folder;
    debuginfo::ArchiveLimits limits;
    limits.member = limits.kept = limits.read = 1 << 20;
    limits.entries = 100;
    (void)debuginfo::is_boot_image(
        {reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 1024)});
    auto image = debuginfo::open_kernel_image(file.path(), folder.path(), limits);
    if (!image) {
        require(!image.error().expected.empty(), "an error says what was expected");
        return 0;
    }
    (void)image->btf(), (void)image->has_string("NFS");
    require(image->elf != nullptr || !image->raw.empty(), "an image has contents");
    return 0;
}
