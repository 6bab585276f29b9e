// How much a verdict says, to tell which of two about one crash is worth keeping.
#pragma once

#include <compare>
#include <filesystem>
#include <optional>

#include "verdict/verdict.h"

namespace nfstriage::hook {

// Compares by how much is known: a finding before a candidate before nothing, then confidence, then
// whether the analysis came to its end.
struct Strength {
    int status = 0;  // larger: more is known
    int confidence = 0;
    bool finished = false;
    auto operator<=>(const Strength&) const = default;
};

Strength strength_of(const verdict::Verdict& verdict);

// Of a verdict.json that stands there; nothing if there is none, or none that is understood.
std::optional<Strength> strength_of_file(const std::filesystem::path& json);

}  // namespace nfstriage::hook
