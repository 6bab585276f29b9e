// Small text files of a folder: rules, records and their like.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nfstriage {

// The file's whole content. Errors: unreadable, or longer than `most` bytes.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most);

// The files right in `folder` whose names end like that, sorted by path. Errors: a folder that
// cannot be read.
Result<std::vector<std::filesystem::path>> files_ending(const std::filesystem::path& folder,
                                                        std::string_view ending);

}  // namespace nfstriage
