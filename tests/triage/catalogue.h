// The rules and records of the repository, loaded once for all tests of whole inputs.
#pragma once

#include <stdexcept>

#include "triage.h"

namespace nfstriage::test {

inline const Catalogue& catalogue() {
    static const Catalogue loaded = [] {
        auto result =
            Catalogue::load(NFSTRIAGE_SOURCE_DIR "/rules", NFSTRIAGE_SOURCE_DIR "/knowledge");
        if (!result) throw std::runtime_error(to_string(result.error()));
        return std::move(*result);
    }();
    return loaded;
}

}  // namespace nfstriage::test
