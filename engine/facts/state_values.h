// The NFS state as facts: "nfs.rpc_tasks" and every other list of nfs/state.h, its objects as
// records whose members are what their describe() names. Names, types and documentation are taken
// from there, so what `nfstriage show` prints and what a rule may ask are the same.
#pragma once

#include <span>
#include <string_view>

#include "facts/scene.h"
#include "facts/vocabulary.h"

namespace nfstriage::facts {

// Sorted by name, as facts() and schemas() need them. A word of flags has two members: its number,
// and its names as NAME_names. An object of the kernel has `address` and `object`, the typed
// pointer.
std::span<const FactInfo> state_facts();
std::span<const SchemaInfo> state_schemas();

// The fact `nfs.LIST`. Unknown(not_in_log) for logs. The scene must outlive it.
Value state_value(const Scene& scene, std::string_view list);

}  // namespace nfstriage::facts
