// One damage, applied, analysed and judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "damage/kinds.h"

namespace nfstriage::damage {

struct Judged {
    bool verdict = false;   // or an error
    std::string complaint;  // "" if it is as it must be
    std::string json;       // of the verdict or error
};

// A place to damage one sample again and again.
class Workplace {
public:
    // Writes into `folder`, which may have been another one's before.
    Workplace(const Target& target, const Kind& kind, std::filesystem::path folder);
    Judged run(std::uint64_t seed, std::size_t at);

private:
    const Target& target_;
    const Kind& kind_;
    Subject undamaged_;
    std::unique_ptr<Copy> copy_;
};

}  // namespace nfstriage::damage
