// Whole pages are compared with tests/report/golden/NAME; run with NFSTRIAGE_UPDATE_GOLDEN=1 to
// write them anew after a change that was meant, and read the difference.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.h"

namespace nfstriage::test {

inline void check_golden(const std::string& name, const std::string& text) {
    std::string path = NFSTRIAGE_SOURCE_DIR "/tests/report/golden/" + name;
    if (std::getenv("NFSTRIAGE_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
    std::ifstream stream(path);
    std::ostringstream expected;
    expected << stream.rdbuf();
    CHECK(text == expected.str());
}

}  // namespace nfstriage::test
