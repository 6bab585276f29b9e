// The text of a file of shell assignments: /etc/sysconfig/kdump (SUSE), /etc/default/kdump-tools
// (Debian). Shells source it, so the last assignment of a variable counts; YaST rewrites values in
// place, so an edit changes that one line and keeps the line that was there as a marked comment
// above it. Taking the edit out puts the old line back: what is left is byte for byte what was
// there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nfstriage::setup {

struct Assignment {
    // What the shell makes of the right side; nothing where that takes more than quotes: variables,
    // commands, a value over several lines.
    std::optional<std::string> value;
    bool ours = false;  // an edit of ours stands above it
};

// The last assignment of `name`; nothing where the text has none.
std::optional<Assignment> find_assignment(std::string_view text, std::string_view name);

// The text with `name` set to `value`: in the line that sets it now, or in a new one at the end. An
// assignment that is ours already gets the new value and keeps its old line.
std::string set_assignment(std::string_view text, std::string_view name, std::string_view value);

// The text with the line that an edit of ours replaced, or without the one that it added. As it was
// where there is no edit of ours.
std::string restore_assignment(std::string_view text, std::string_view name);

// The value as one word of a shell.
std::string quoted(std::string_view value);

}  // namespace nfstriage::setup
