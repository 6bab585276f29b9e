// Which functions and modules belong to NFS and SUNRPC, and to which component of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/frame.h"
#include "log/event.h"

namespace nfstriage::nfs {

enum class Component : std::uint8_t {
    none,
    nfs_client,
    pnfs,
    nfsd,
    sunrpc,
    auth_gss,
    xprtrdma,
    svcrdma,
    lockd,
    nfs_localio,
    enfs
};

std::string_view to_string(Component component);

// The component of a frame: by its module where one is printed, otherwise (built in, or a bare log)
// by the function's name, without its compiler suffix. nullopt: not of the family.
std::optional<Component> component_of(std::string_view function, std::string_view module);
inline std::optional<Component> component_of(const Frame& frame) {
    return component_of(frame.function, frame.module);
}

// The same, but nothing for the kernel's header helpers (refcount_*, list_*, kref_*): a decoded
// trace tags them with the module into which they were inlined.
std::optional<Component> own_component_of(const Frame& frame);

// The first frame of the family on a report's stack, from the top: `event.top` if it is one, else
// the first of `event.frames` from `event.blamed` on that was neither guessed ("?") nor inlined.
// Null if there is none. Points into `event`.
const Frame* first_nfs_frame(const log::Event& event);

}  // namespace nfstriage::nfs
