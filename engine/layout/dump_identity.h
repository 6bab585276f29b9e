// Which kernel build a dump is of, before any type of it is known: from VMCOREINFO, from the names
// in init_uts_ns (struct new_utsname, include/uapi/linux/utsname.h), else from the dump's header.
#pragma once

#include <optional>
#include <string>

#include "dump/dump.h"
#include "layout/kernel_identity.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

struct DumpIdentity {
    KernelIdentity kernel;
    std::optional<std::string> nodename;
};

// Fields that the dump does not show are absent.
DumpIdentity identify(const dump::Dump& dump);

// The build id (hex) that vmlinux was linked with, from its note in memory, which __start_notes and
// __stop_notes enclose: kernels before v5.9 do not put it into VMCOREINFO (0935288c6e00). Nothing
// when the symbols or the page are missing.
std::optional<std::string> build_id_of_notes(const dump::Dump& dump, const Symbols& symbols);

}  // namespace nfstriage::layout
