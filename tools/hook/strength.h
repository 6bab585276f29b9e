// How much a verdict says, to tell which of two about one crash is worth keeping.
#pragma once

#include <filesystem>
#include <optional>

#include "verdict/verdict.h"

namespace nfstriage::hook {

struct Strength {
    int status = 0;  // larger: more is known; 0: nothing was decided
    int confidence = 0;
    bool finished = false;  // the analysis came to its end
    bool operator==(const Strength&) const = default;
};

// Whether `one` says more than `other`. An analysis that came to its end had all that an unfinished
// one had, and the memory: what it says no more, the memory spoke against, so it wins with whatever
// it decided. Otherwise a finding comes before a candidate before nothing, then confidence counts.
bool says_more(const Strength& one, const Strength& other);

Strength strength_of(const verdict::Verdict& verdict);

// Of a verdict.json that stands there; nothing if there is none, or none that is understood.
std::optional<Strength> strength_of_file(const std::filesystem::path& json);

}  // namespace nfstriage::hook
