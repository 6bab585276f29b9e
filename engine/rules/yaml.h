// Strict YAML for rule and test files: maps, lists and text only. Everything that makes YAML say
// two things at once is an error with its place: duplicate keys, aliases, anchors, tags, several
// documents. All scalars are text; what they mean is for the reader of the file to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/load.h"

namespace nfstriage::rules {

struct YamlEntry;

struct Yaml {
    enum class Kind : std::uint8_t { null, text, list, map };
    Kind kind = Kind::null;
    std::string text;
    std::vector<Yaml> items;         // of a list
    std::vector<YamlEntry> entries;  // of a map, in file order
    unsigned line = 1, column = 1;   // 1-based, of the first character
    bool quoted = false;             // text in quotes: its content starts one column later
    bool block = false;              // text written as | or >

    // The value of that key of a map, or null.
    const Yaml* get(std::string_view key) const;
};

struct YamlEntry {
    Yaml key;  // a text
    Yaml value;
};

// Errors R001 (syntax), R002 (alias, anchor, tag), R003 (duplicate key).
tl::expected<Yaml, Diagnostic> parse_yaml(std::string_view text, const std::string& file);

// The `line`th line of `text`, for diagnostics.
std::string source_line(std::string_view text, unsigned line);

}  // namespace nfstriage::rules
