// Which kernel build a dump is of, before any type of it is known: from VMCOREINFO, from the names
// in init_uts_ns (struct new_utsname, include/uapi/linux/utsname.h), else from the dump's header.
#pragma once

#include <optional>
#include <string>

#include "dump/dump.h"
#include "layout/profile.h"

namespace nfstriage::layout {

struct DumpIdentity {
    KernelIdentity kernel;
    std::optional<std::string> nodename;
};

// Fields that the dump does not show are absent.
DumpIdentity identify(const dump::Dump& dump);

}  // namespace nfstriage::layout
