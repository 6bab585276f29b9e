// A kernel profile -> Scene: symbols, types and what was inlined where, of a kernel that nobody has
// a dump of. There is no text, so that calls are known only where they were inlined.
#pragma once

#include <memory>

#include "facts/scene.h"
#include "layout/profile.h"

namespace nfstriage::facts {

// What the scene points to, alive with it.
struct KernelScene {
    Scene scene;
    std::shared_ptr<const void> held;
};

// Never fails: what the profile lacks is listed in input.missing.
KernelScene from_profile(std::shared_ptr<const layout::Profile> profile);

}  // namespace nfstriage::facts
