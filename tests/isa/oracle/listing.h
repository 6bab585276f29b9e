// Lines of `objdump -d -w`: "ffff…: 48 89 e5  mov %rsp,%rbp  # … <symbol>".
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/decoder.h"

namespace nfstriage::test {

struct Line {
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
    std::string mnemonic;  // with prefixes, "lock cmpxchg"
    std::string operands;  // without comments and symbols
};

// How often something was found, and the first lines that show it.
class Findings {
public:
    void add(const std::string& what, const Line& line, const std::string& detail = {}) {
        auto& [count, examples] = by_kind_[what];
        if (++count > 5) return;
        char address[32];
        std::snprintf(address, sizeof address,
                      "%llx: ", static_cast<unsigned long long>(line.address));
        std::string text = "    " + std::string(address);
        for (auto byte : line.bytes) {
            char two[4];
            std::snprintf(two, sizeof two, "%02x ", byte);
            text += two;
        }
        examples.push_back(text + " " + line.mnemonic + " " + line.operands + "  " + detail);
    }
    bool empty() const { return by_kind_.empty(); }
    const std::map<std::string, std::pair<std::uint64_t, std::vector<std::string>>>& all() const {
        return by_kind_;
    }

private:
    std::map<std::string, std::pair<std::uint64_t, std::vector<std::string>>> by_kind_;
};

// The next instruction of the listing, or nothing at its end.
inline bool next_line(std::istream& in, Arch arch, Line& out) {
    std::string text;
    while (std::getline(in, text)) {
        auto colon = text.find(":\t");
        if (colon == text.npos || text.find_first_not_of("0123456789abcdef ") != colon) continue;
        auto tab = text.find('\t', colon + 2);
        if (tab == text.npos) continue;
        out.address = std::strtoull(text.c_str(), nullptr, 16);
        out.bytes.clear();
        const char* at = text.c_str() + colon + 2;
        const char* end = text.c_str() + tab;
        while (at < end && *at != ' ') {
            char* rest = nullptr;
            unsigned long value = std::strtoul(at, &rest, 16);
            if (rest == at) break;
            for (int i = 0; i < (arch == Arch::aarch64 ? 4 : 1); ++i)
                out.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
            at = *rest == ' ' ? rest + 1 : rest;
        }
        std::string code = text.substr(tab + 1);
        for (const char* comment : {"//", "#  ", "# "}) {
            std::string_view mark = arch == Arch::aarch64 ? "//" : comment;
            if (auto found = code.find(mark); found != code.npos) code.resize(found);
        }
        if (auto symbol = code.find(" <"); symbol != code.npos) code.resize(symbol);
        while (!code.empty() && (code.back() == ' ' || code.back() == '\t')) code.pop_back();
        auto space = code.find_first_of(" \t");
        if (arch == Arch::x86_64)  // prefixes are words of their own
            while (space != code.npos) {
                std::string word = code.substr(0, space);
                static const std::vector<std::string> kPrefixes = {
                    "lock", "rep",   "repz",  "repnz", "notrack", "bnd",    "cs",     "ds",
                    "es",   "ss",    "fs",    "gs",    "data16",  "addr32", "rex.W",  "xacquire",
                    "rex",  "rex.B", "rex.R", "rex.X", "rex.WR",  "rex.WB", "rex.RB", "xrelease"};
                auto last = word.rfind(' ') == word.npos ? word : word.substr(word.rfind(' ') + 1);
                if (std::find(kPrefixes.begin(), kPrefixes.end(), last) == kPrefixes.end()) break;
                space = code.find(' ', space + 1);
            }
        out.mnemonic = code.substr(0, space);
        out.operands = space == code.npos ? "" : code.substr(code.find_first_not_of(" \t", space));
        return true;
    }
    return false;
}

// Operands of assembler text, split at commas outside of brackets.
inline std::vector<std::string> split(const std::string& operands) {
    std::vector<std::string> out;
    int depth = 0;
    std::string current;
    for (char c : operands) {
        if (c == '[' || c == '(' || c == '{') ++depth;
        if (c == ']' || c == ')' || c == '}') --depth;
        if (c == ',' && depth == 0) {
            out.push_back(current);
            current.clear();
        } else if (c != ' ' || !current.empty()) {
            current += c;
        }
    }
    if (!current.empty()) out.push_back(current);
    return out;
}

void compare_x86(const Line& line, const isa::Instruction& ours, Findings& findings);
void compare_a64(const Line& line, const isa::Instruction& ours, Findings& findings);

}  // namespace nfstriage::test
