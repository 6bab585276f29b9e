// What makes two inputs the same crash: their content, whatever they are called. Text and small
// files are hashed whole. Of larger dumps go in: their size, the first MiB (header, VMCOREINFO with
// the second of the crash and the KASLR offset, registers of the CPUs), the last 64 KiB, and 256
// blocks of 4 KiB spread evenly between. So an identity costs two megabytes of reading, however
// large a dump is; copies that differ only in pages that were not read count as one.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "triage.h"

namespace nfstriage::fleet {

// 32 bytes: SHA-256 over what is said above, of all parts and the log. Errors: unreadable, or no
// regular file.
Result<std::string> identity_of(const Input& input);

}  // namespace nfstriage::fleet
