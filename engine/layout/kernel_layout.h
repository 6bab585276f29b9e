// Types, symbols and source of the crashed kernel: from a kernel profile where there is one of this
// very kernel, else from the dump itself: kallsyms, vmlinux's BTF, the modules and their split BTF.
// What could not be had is said in `remarks`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "layout/btf_types.h"
#include "layout/kernel_code.h"
#include "layout/kernel_symbols.h"
#include "layout/profile.h"

namespace nfstriage::layout {

struct KernelLayout {
    std::shared_ptr<const Profile> profile;  // of this very kernel; null when there is none
    std::string profile_ground;              // what shows that it is: "build id and 64 symbols"
    std::unique_ptr<KernelSymbols> symbols;  // never null; may be empty
    std::unique_ptr<Types> types;            // never null; NoTypes when nothing describes any
    std::unique_ptr<KernelCode> code;        // null without a profile
    // The dump's memory with text that it lacks filled in from a vmlinux; null when none was given.
    std::unique_ptr<dump::Memory> text;
    // Where to read code.
    const dump::Memory& code_memory(const dump::Dump& dump) const {
        return text ? *text : dump.memory();
    }
    std::vector<std::string> remarks;        // what is missing and why, one sentence each
    bool modules_complete = false;
};

// What a dump says of its kernel, to find a profile or debuginfo by.
struct KernelSeen {
    KernelIdentity kernel;
    std::vector<ProfileObject> modules;  // those loaded, if the dump's own types lead to them
};

// Everything that the dump says of itself, read from its symbols and types.
KernelSeen seen_in(const dump::Dump& dump);

// The profile to use for a kernel; null when there is none, an error when one cannot be used.
using FindProfile = std::function<Result<std::shared_ptr<const Profile>>(const KernelIdentity&)>;

// Reads what is needed to answer questions; symbol and type tables of modules are read when asked
// for. `find_profile` is called once with what the dump says of its kernel; a profile that does not
// match is not used, and `remarks` says so. `dump` must outlive the result.
KernelLayout load_kernel_layout(const dump::Dump& dump, const FindProfile& find_profile = {});

// Adds the modules, walking their list from any one struct module's address: for kernels without
// data symbols, whose list head has no name. No effect when modules are known already.
void add_modules_from(KernelLayout& layout, const dump::Dump& dump, VAddr module);

// Adds the types of the modules, whose list of struct btf_module begins at `head`: for kernels
// without data symbols. False, and nothing is changed, if that is no such list or a profile has the
// types already.
bool add_module_types_from(KernelLayout& layout, const dump::Dump& dump, VAddr head);

}  // namespace nfstriage::layout
