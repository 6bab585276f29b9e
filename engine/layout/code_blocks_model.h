// What a code table is made of, before packing: stretches of text with the calls inlined in them
// and the lines they come from, and the parameters of both. Filled from DWARF by
// debuginfo/dwarf_code.h, packed by write_code_table(), read back through code_table.h.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "layout/code_table.h"

namespace nfstriage::layout {

// Names, each kept once. Number 0 is "".
class CodeStrings {
public:
    CodeStrings() { number(""); }
    std::uint32_t number(std::string_view text);
    std::string_view text(std::uint32_t number) const { return texts_[number]; }
    std::size_t count() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

// A call that was inlined. Nodes of a piece are numbered from 1 in order; 0 is the function itself.
struct CodeNode {
    std::uint32_t parent = 0;                    // a lower number: where it was inlined into
    std::uint32_t function = 0;                  // string
    std::uint32_t call_file = 0, call_line = 0;  // string; where the call stands in the parent
    std::uint32_t known = 0;  // its parameters: place in CodeModel::inlined plus 1; 0: none
};

// From `address` to the next row: innermost inlined call, file and line.
struct CodeRow {
    std::uint32_t offset = 0;  // of the address in the piece, bytes
    std::uint32_t node = 0;
    std::uint32_t file = 0;  // string
    std::uint32_t line = 0;
    friend bool operator==(const CodeRow&, const CodeRow&) = default;
};

// One stretch of one function: its body, or a cold part that the compiler moved away.
struct CodePiece {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t entry = 0;     // of the function
    std::uint32_t function = 0;  // string
    std::vector<CodeNode> nodes;
    std::vector<CodeRow> rows;  // ascending offsets, the first at 0
};

struct CodeParameter {
    std::uint32_t name = 0, type = 0;  // strings
    std::vector<Location> locations;   // begin == end == 0: throughout the function
};

struct CodeCall {
    std::uint64_t return_address = 0;
    std::vector<CallArgument> arguments;
};

struct CodeParameters {
    std::uint64_t entry = 0;  // of the function
    std::vector<CodeParameter> parameters;
    std::vector<CodeCall> calls;  // ascending return addresses
};

struct CodeModel {
    CodeStrings strings;
    std::vector<CodePiece> pieces;           // any order; where two overlap, the earlier one stays
    std::vector<CodeParameters> parameters;  // any order
    std::vector<std::vector<CodeParameter>> inlined;  // parameters of inlined calls
};

}  // namespace nfstriage::layout
