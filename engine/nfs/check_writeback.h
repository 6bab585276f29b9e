// What check_writeback*.cc share: one nfs_page as the table of legal states sees it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nfs/check.h"

namespace nfstriage::nfs {

// Nothing: not known. What is read here was read before; nothing is guessed.
struct RequestView {
    const NfsPage* request = nullptr;
    std::optional<bool> busy, mapped, clean, inode_ref, headlock, teardown, wb_end;  // wb_flags
    std::optional<bool> dirty, writeback, locked, swapcache;                         // its folio's
    std::optional<bool> private_lock, commit_mutex;                                  // whether held
    std::optional<bool> alone;           // its ring has no other member
    std::optional<bool> layout;          // the file has a pNFS layout
    std::optional<VAddr> inode_mapping;  // where folio.mapping should point
};

// Whether a value can be the address of an object of the kernel: one of its half of the address
// space, aligned, no list poison, no error.
bool is_object_address(const kernel::Reader& reader, VAddr address);

// Whether somebody may still be working with this request: a task that runs or waits for its turn
// to, and has its address on its stack or in registers. The task that an oops ended does not count:
// it will never go on. Nothing: not known.
std::optional<bool> is_in_use(const Roots& roots, VAddr request);

}  // namespace nfstriage::nfs
