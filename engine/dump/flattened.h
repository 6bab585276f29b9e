// Flattened dumps (makedumpfile -F, QEMU's kdump-*): a dump sent through a pipe, where nothing can
// be written twice. A 4 KiB header ("makedumpfile", be64 type 1, be64 version 1) is followed by
// records {be64 offset, be64 size, bytes}, in the order of writing; a later record overwrites an
// earlier one; a record {-1, -1} ends the file (makedumpfile's IMPLEMENTATION, "The flattened
// format"). We read such a file in place, through an index of its records.
#pragma once

#include <memory>

#include "base/result.h"
#include "dump/file_bytes.h"

namespace nfstriage::dump {

// Whether `file` begins with the flattened header.
bool is_flattened(const FileBytes& file);

// The file that `file` describes. Bytes that no record wrote read as zero, as they would in the
// rearranged file, unless the end record is missing: then they are Unknown(not_dumped).
// Errors: no record at all, or a record that cannot be true.
Result<std::shared_ptr<const FileBytes>> open_flattened(std::shared_ptr<const FileBytes> file);

}  // namespace nfstriage::dump
