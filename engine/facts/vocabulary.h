// The vocabulary of rules: every fact, record member and function that a clause may name, with its
// type, unit, meaning and the inputs that give it. The loader checks rules against these tables, so
// that a misspelt fact is an error and never a silent false; `nfstriage rules facts` prints them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "facts/value.h"

namespace nfstriage::facts {

enum class From : std::uint8_t { any, log, dump };  // which inputs can give a fact

struct FactInfo {
    std::string_view name;  // "crash.kind"; for members of a record just "function"
    Kind kind;
    std::string_view of;    // schema of the record or of the list's records; "" otherwise
    std::string_view unit;  // "s", "bytes", "" for none
    From from;
    std::string_view doc;
    Kind element = Kind::record;  // of a list

    Type type() const;
};

// All facts, sorted by name.
std::span<const FactInfo> facts();
// The fact of that dotted name, or null.
const FactInfo* find_fact(std::string_view name);

struct SchemaInfo {
    std::string_view name;  // "frame"
    std::string_view doc;
    std::span<const FactInfo> members;
};

// All record schemas, sorted by name.
std::span<const SchemaInfo> schemas();
const SchemaInfo* find_schema(std::string_view name);
const FactInfo* find_member(const SchemaInfo& schema, std::string_view name);

struct FunctionInfo {
    std::string_view name;        // "has_symbol"
    std::string_view parameters;  // "name: string", for people
    std::string_view doc;
};

// Functions of the language, sorted by name: has_symbol, has_member, register, log_has, ...
std::span<const FunctionInfo> functions();

// The values that a string fact can have ("crash.kind", "frame.component"), or empty if it is open.
std::span<const std::string_view> allowed_values(std::string_view fact);

// The candidate nearest to `name` by edit distance, or "" if none is near enough to suggest.
std::string nearest(std::string_view name, std::span<const std::string_view> candidates);

// The table as text for people, one fact per line group. `word`: only facts, records with all their
// members, and functions whose name contains it.
std::string describe_vocabulary(std::string_view word = "");

}  // namespace nfstriage::facts
