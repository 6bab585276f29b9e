// Which kernel build an ELF file belongs to. vmlinux tells release and version in init_uts_ns
// (struct new_utsname, include/uapi/linux/utsname.h) and in linux_banner (init/version.c); a module
// tells the release as first word of vermagic, and srcversion, in .modinfo. Separate debug files
// have lost these bytes and tell only a build id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "debuginfo/elf_object.h"
#include "layout/kernel_identity.h"
#include "layout/profile.h"

namespace nfstriage::debuginfo {

struct ObjectIdentity {
    // What the object says of the kernel that it belongs to; its build id only if it is vmlinux.
    layout::KernelIdentity kernel;
    layout::ProfileObject object;  // object.name is "" for vmlinux
    bool debug_info = false;       // it has .debug_info with contents

    bool is_module() const { return !object.name.empty(); }
};

// Error: neither a vmlinux nor a kernel module, or damaged. A module that does not tell its name is
// called after its file.
Result<ObjectIdentity> identify_object(const ElfObject& elf);

// Release and version as the first banner ("Linux version ...") in these bytes has them; nothing
// without one.
std::optional<layout::KernelIdentity> identity_by_banner(std::string_view bytes);

}  // namespace nfstriage::debuginfo
