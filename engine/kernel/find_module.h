// A way to the list of modules that needs no symbol: every task knows its mounts (struct mount,
// fs/mount.h), every mount its file system type, and those types are chained
// (file_system_type.next, fs/filesystems.c) to the ones that modules registered, whose owner is the
// struct module.
#pragma once

#include "base/address.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/types.h"

namespace nfstriage::kernel {

// The struct module that owns some file system, starting from any task. Unknown: no_type, the
// memory's reasons, or no_symbol when no registered file system belongs to a module.
Maybe<VAddr> find_module(const dump::Memory& memory, const layout::Types& types, VAddr task);

}  // namespace nfstriage::kernel
