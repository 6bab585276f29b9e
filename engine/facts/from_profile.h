// A kernel profile -> Scene: symbols, types and what was inlined where, of a kernel that nobody has
// a dump of. There is no text, so that calls are known only where they were inlined.
#pragma once

#include <memory>

#include "facts/code.h"
#include "facts/scene.h"
#include "layout/profile.h"
#include "layout/profile_code.h"

namespace nfstriage::facts {

// What the scene points to, alive with it.
struct KernelScene {
    Scene scene;
    std::shared_ptr<const void> held;
};

// Never fails: what the profile lacks is listed in input.missing.
KernelScene from_profile(std::shared_ptr<const layout::Profile> profile);

// What its identity says of a kernel.
void describe(const layout::KernelIdentity& identity, Kernel& kernel);

// What was inlined where is asked of `code`, which must outlive the answers.
void ask_inlining(const layout::ProfileCode& code, CodeSource& source);

}  // namespace nfstriage::facts
