// What the walks of containers.h share.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/containers.h"

namespace nfstriage::kernel {

// Bytes from the start of `type` to its member. Unknown(no_type).
Maybe<std::uint64_t> place_in(const Reader& reader, std::string_view type, std::string_view path);

// A walk that saw nothing, or that saw not everything; the first reason stays.
Walk stopped(Unknown why);
void stop(Walk& walk, Unknown why);

}  // namespace nfstriage::kernel
