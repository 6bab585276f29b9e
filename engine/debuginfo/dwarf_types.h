// The types that the engine and its rules ask for, taken from DWARF and written as one BTF: chosen
// structures, unions and enumerations, everything that they hold by value, what they point to as
// far as the limit goes (the rest are forward declarations), and the functions with their
// parameters. Modules are read before vmlinux: the first compilation unit of an NFS module knows
// nearly all of it. Of vmlinux only units are read that the files above leave something open for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

struct TypeOptions {
    // C spellings: "struct rpc_task", "enum pageflags", "union x", "typedef x"; a star at the end
    // stands for any letters: "struct nfs*". A name without a star is looked for everywhere, one
    // with a star in the modules only.
    std::vector<std::string> roots;
    // Names of enumerators, a star at the end as above: an enumeration without a name is taken when
    // it has one of them.
    std::vector<std::string> enumerators;
    // Pointers are followed while the BTF is smaller than this.
    std::uint64_t follow_until_bytes = 768 * 1024;
};

// What the engine and its rules use of a Linux kernel.
TypeOptions kernel_type_options();

struct CollectedTypes {
    std::vector<std::uint8_t> btf;     // a whole .BTF section
    std::vector<std::string> remarks;  // what is missing, damaged, or differs between objects
    std::vector<std::string> missing;  // roots without star that no object defines; sorted
    std::uint64_t types = 0, structures = 0, functions = 0;
    std::uint64_t units_read = 0;
};

// `objects` in order of preference, modules before vmlinux: where two describe a structure of one
// name differently, the first is taken and the difference is a remark. An object that is not
// relocatable is vmlinux. Errors: no type of the roots was found in any object.
Result<CollectedTypes> collect_types(const std::vector<const DwarfObject*>& objects,
                                     const TypeOptions& options);

}  // namespace nfstriage::debuginfo
