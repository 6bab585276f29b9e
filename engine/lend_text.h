// Text that a dump does not hold, lent by the vmlinux of the same kernel (debuginfo/text_memory.h).
// Apart from read_input.h, so that a program that reads no debug files has no reader of them: it
// links another lend_text() (tools/hook/static).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "layout/kernel_layout.h"

namespace nfstriage {

// Sentences on what was lent, and on text that dump and file have and that differs, as far as it
// has been read by the time of the question.
using TextRemarks = std::function<std::vector<std::string>()>;

// Puts the text of the vmlinux among `sources`, if one is of this kernel, into `layout`; what kept
// that from happening, into its remarks. Empty: nothing was lent. `dump` must outlive `layout`.
TextRemarks lend_text(const dump::Dump& dump, layout::KernelLayout& layout,
                      const std::vector<std::filesystem::path>& sources);

}  // namespace nfstriage
