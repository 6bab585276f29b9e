// Copies a kdump-compressed dump keeping only chosen pages, so that a real crash becomes a sample
// of a few megabytes that crash, drgn and we still open. Everything else is marked as left out, as
// makedumpfile marks what it filters.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace nfstriage::mkdump {

// Writes `output` (not flattened, zlib pages) with those of `pages` that `input` holds, in units of
// the input's pages. Returns how many were kept. Errors: input is no single kdump-compressed file,
// output cannot be written.
Result<std::uint64_t> thin(const std::filesystem::path& input, const std::vector<Pfn>& pages,
                           const std::filesystem::path& output);

// One page frame number per line, hexadecimal; `#` starts a comment.
Result<std::vector<Pfn>> parse_page_list(std::string_view text, const std::string& name);

}  // namespace nfstriage::mkdump
