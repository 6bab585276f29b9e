// Sections of a module: where its file puts them, which a kernel profile records, and where the
// kernel loaded them, which /sys/module/NAME/sections shows (struct module_sect_attrs,
// kernel/module/sysfs.c). Both together place what a module's file names and the kernel does not:
// the variables of kernels without CONFIG_KALLSYMS_ALL (module_variables.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dump/memory.h"
#include "layout/modules.h"
#include "layout/profile.h"
#include "layout/types.h"

namespace nfstriage::layout {

struct LinkedSection {  // as debuginfo::ElfObject lays a module out
    std::string name;
    std::uint64_t address = 0, size = 0;
};

// The bytes of ProfileSection::sections: text, "ADDRESS SIZE NAME" a line, numbers in hex.
std::vector<std::uint8_t> encode_sections(const std::vector<LinkedSection>& sections);

// Unknown(no_type) when the profile does not tell, as one of an earlier version; Unknown(corrupt).
Maybe<std::vector<LinkedSection>> linked_sections(const Profile& profile, std::string_view module);

// Whether it tells of every module in it: profiles of earlier versions do not.
bool tells_of_sections(const Profile& profile);

struct LoadedSection {
    std::string name;
    VAddr address;
};

// The sections that were loaded, those of the module's initialization too, which are gone by now,
// but not the one of its per-CPU variables. Unknown: no_type, no_symbol (the kernel keeps no such
// list of this module), corrupt, or why memory is absent.
Maybe<std::vector<LoadedSection>> read_module_sections(const dump::Memory& memory,
                                                       const Types& types, const Module& module);

}  // namespace nfstriage::layout
