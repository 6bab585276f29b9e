// Where the variables of a loaded module are, in a kernel whose symbol tables name functions only
// (CONFIG_KALLSYMS_ALL is off): a profile of that very module tells section and offset, the dump
// where the section was loaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dump/memory.h"
#include "layout/module_sections.h"
#include "layout/modules.h"
#include "layout/profile.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

// What shows that `module` is not the one that `linked` describes, in words: its build id or its
// srcversion. Nothing if they are equal or one side does not tell.
std::optional<std::string> other_build(const dump::Memory& memory, const Types& types,
                                       const Module& module, const ProfileObject& linked);

// The variables in address order; each ends where the next one or its section does. The module must
// be the profile's for certain: build id or srcversion known on both sides and equal. `known`: what
// the module's own table names; if one function of it is not where the profile and the sections
// put it, this is another build. Left out: per-CPU variables, what is not in the module's memory
// any more, what is in a section whose name occurs twice. Unknown(no_symbol): it is or may be
// another build, the profile does not tell of sections, or why the dump's sections are not known.
Maybe<std::vector<Symbol>> module_variables(const dump::Memory& memory, const Types& types,
                                            const Profile& profile, const Module& module,
                                            const std::vector<Symbol>& known);

}  // namespace nfstriage::layout
