// Text of changelogs made comparable, for the programs that look subjects of commits up in them.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace nfstriage::test {

// Lower case, every run of blanks one blank: subjects are wrapped in changelogs.
inline std::string flat(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

}  // namespace nfstriage::test
