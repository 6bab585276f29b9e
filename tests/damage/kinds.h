// The kinds of damage. Each has numbered places; a seed, a sample, a kind and a place are one
// damage, the same on every machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "damage/analysis.h"
#include "damage/copy.h"
#include "damage/random.h"
#include "damage/reference.h"
#include "damage/sample.h"

namespace nfstriage::damage {

// Everything that a damage is made of.
struct Target {
    const Sample& sample;
    const Reference& reference;
    const std::vector<std::filesystem::path>& profiles;  // of all samples
};

struct Damage {
    std::size_t at = 0;
    Random& random;
    Copy& copy;        // of the sample's file, or of its profile; undamaged
    Subject& subject;  // is given what is not in a file
};

struct Kind {
    std::string_view name;
    std::string_view what;  // one line
    bool loses;             // no byte is wrong, some are gone: the weakening order holds for dumps
    bool of_profile;        // damages the profile instead of the sample's file
    unsigned share;         // of the places of a short run
    std::size_t (*places)(const Target& target);  // 0: not for this sample
    void (*apply)(const Target& target, Damage& damage);
};

std::span<const Kind> kinds();  // all of them
std::span<const Kind> file_kinds();
std::span<const Kind> memory_kinds();
std::span<const Kind> profile_kinds();

}  // namespace nfstriage::damage
