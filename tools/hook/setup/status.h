// What `nfstriage hook status` tells: whether the next crash of this host will get a verdict.
#pragma once

#include <optional>
#include <string>

#include "base/tri.h"
#include "install.h"
#include "reservation.h"

namespace nfstriage::setup {

struct Status {
    Family family = Family::red_hat;
    std::string hook;
    std::optional<std::uint64_t> hook_bytes;  // nothing: it is not installed
    std::optional<std::string> call;          // where kdump's scripts call it
    std::optional<std::string> image;         // initramfs of the capture kernel
    Tri image_has_it = Tri::unknown;          // unknown: no image, or nothing to look into it with
    bool image_needed = true;                 // the capture kernel takes the hook from there
    bool post_boot = false;
    Reservation reservation;
};

// Errors: configuration that cannot be read.
Result<Status> read_status(const Root& root, const Setup& setup);

// Whether nothing is missing; what nobody can tell is not missing.
bool complete(const Status& status);

std::string to_text(const Status& status);

}  // namespace nfstriage::setup
