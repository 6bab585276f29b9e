// The words with which an engineer names places in a dump on the command line: addresses, symbols,
// types, as crash takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/declared.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

// What every answer to such a question begins with: which dump and kernel this is, and what is
// missing of it. Nothing is read that was not read before.
struct Opened {
    Input input;
    Kernel kernel;
};
Opened describe_opened(const dump::Dump& dump, const layout::KernelLayout& layout);

// For kernels whose list of modules has no name: finds modules and their types through what the
// CPUs were doing. Slow (some milliseconds); no effect where the modules are known.
void find_modules(const dump::Dump& dump, layout::KernelLayout& layout);

// "rpc_task", "struct rpc_task", "atomic_t", "enum rpc_auth_flavors"; without keyword a struct or
// union before a typedef. Unknown(no_type).
Maybe<layout::DeclaredType> find_type(const layout::Types& types, std::string_view word);

// Those of the module, of the kernel itself for "vmlinux"; all where no module is asked for.
std::vector<layout::Symbol> of_module(std::vector<layout::Symbol> symbols,
                                      std::optional<std::string_view> module);

// A number as crash takes addresses: hex with or without 0x, nothing else. Nothing if it is none.
std::optional<std::uint64_t> parse_address(std::string_view word);

// "0xffff8881027f0000", "ffff8881027f0000", "init_net", "nfs:nfs_net_id" (of that module),
// "runqueues:3" (of that CPU), each with "+0x10" or "-8" behind it. Unknown(no_symbol) says what
// is wrong: no such symbol, or several of that name and where.
Maybe<VAddr> find_address(const dump::Dump& dump, const layout::Symbols& symbols,
                          std::string_view word);

}  // namespace nfstriage::facts
