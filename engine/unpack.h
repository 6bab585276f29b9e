// Unpacking of what people upload: a dump or log compressed as a whole (gzip, xz, zstd, lz4,
// bzip2), or a tar of a crash directory. Done by libarchive, which is loaded only when such a file
// comes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace nfstriage {

// Whether the first bytes of a file are those of something unpack() can take.
bool is_packed(std::string_view head);

// Unpacks `file` into `folder`. Of an archive only regular files are taken whose name is one of a
// crash directory (vmcore*, *dmesg*), by their last path component, so nothing can leave the
// folder. A file compressed as a whole becomes "vmcore". Holes are kept as holes. Errors:
// libarchive is missing, the file is damaged, more than `max_unpacked` bytes, disk full.
Result<void> unpack(const std::filesystem::path& file, const std::filesystem::path& folder,
                    std::uint64_t max_unpacked);

}  // namespace nfstriage
