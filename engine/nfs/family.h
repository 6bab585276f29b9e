// Which functions and modules belong to NFS and SUNRPC, and to which component of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/frame.h"

namespace nfstriage::nfs {

enum class Component : std::uint8_t {
    none, nfs_client, pnfs, nfsd, sunrpc, auth_gss, xprtrdma, svcrdma, lockd, nfs_localio, enfs
};

std::string_view to_string(Component component);

// The component of a frame: by its module where one is printed, otherwise (built in, or a bare log)
// by the function's name, without its compiler suffix. nullopt: not of the family.
std::optional<Component> component_of(std::string_view function, std::string_view module);
inline std::optional<Component> component_of(const Frame& frame) {
    return component_of(frame.function, frame.module);
}

}  // namespace nfstriage::nfs
