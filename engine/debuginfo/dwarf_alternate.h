// Where the file is that dwz moved what several debug files share to. Format: .gnu_debugaltlink, as
// dwz writes it; distributions keep the file in .dwz and by build id in .build-id. We promise: what
// is found has the build id that the debug file asks for.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "debuginfo/elf_object.h"

namespace nfstriage::debuginfo {

// Looked for beside `file`, in .dwz and .build-id of the folders above. Error: not found.
Result<std::unique_ptr<ElfObject>> find_alternate(const std::filesystem::path& file,
                                                  const ElfObject::AlternateLink& link);

}  // namespace nfstriage::debuginfo
