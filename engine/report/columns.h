// Fitting text into a terminal: how many columns a string takes, and breaking it at blanks.
// Terminals count columns, not bytes: most characters take one, East Asian wide ones two, combining
// marks none (Unicode Standard Annex #11).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nfstriage::report {

// Columns of valid UTF-8 without control characters.
std::size_t display_width(std::string_view text);

// `text` cut to at most `columns`, with "…" in the last one if something was cut.
std::string clip(std::string_view text, std::size_t columns);

// `text` filled up with blanks to `columns`; longer text is left as it is.
std::string pad(std::string_view text, std::size_t columns);

// Lines of at most `columns`, broken at blanks; a word that is longer is broken anywhere. At least
// one line, never an empty one unless `text` has no word.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace nfstriage::report
