// Where in a file of a dump the parts lie that are not pages: aims for damage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/address.h"

namespace nfstriage::damage {

struct FileRange {
    std::uint64_t offset = 0, size = 0;  // bytes
};

// Headers, notes, VMCOREINFO, bitmaps and page descriptors of a dump, the headers of a flattened
// file's records, the beginning of any other file. None is empty; the file may end before they do.
std::vector<FileRange> metadata_of(const std::filesystem::path& file);

// The descriptors of these pages in a single kdump-compressed file that is not flattened; none for
// other files and for pages that have none.
std::vector<FileRange> descriptors_of(const std::filesystem::path& file,
                                      const std::vector<Pfn>& pages);

}  // namespace nfstriage::damage
