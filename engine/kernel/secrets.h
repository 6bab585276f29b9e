// Which text in a kernel's memory is somebody's name: everything that is not known to be the
// kernel's own. Constants of the image and of modules are, and members that hold words of the
// kernel.
#pragma once

#include <string_view>

#include "dump/dump.h"

namespace nfstriage::kernel {

// Marks (dump::Memory::mark) the text `bytes` that `member` ("struct rpc_clnt.cl_nodename") holds
// or points to.
void mark_text(const dump::Dump& dump, std::string_view member, dump::VRange bytes);

// The name of a thread or work queue at that place: words of the kernel's, but the manager of an
// NFSv4 client is called after its server's address.
void mark_thread_name(const dump::Memory& memory, dump::VRange bytes);

}  // namespace nfstriage::kernel
