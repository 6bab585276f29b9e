// Which lines of a log are worth a look. Nearly all lines of a long log announce nothing: one
// automaton over the words that every other line has at least one of passes over them at the speed
// of a search, many lines at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nfstriage::log {

// Where in `text`, at or behind `from`, the first word stands; npos if none does. A line without
// one is no headline, stands not only inside of reports, is no notice, and is clean: what
// clean_line() would take off it is nothing but carriage returns at its end. `text`: whole lines.
std::size_t next_word(std::string_view text, std::size_t from);

// The words, for tests: an RE2 pattern.
const std::string& skimmed_words();

}  // namespace nfstriage::log
