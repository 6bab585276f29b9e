// eu-addr2line (elfutils) and addr2line (binutils) as oracles for our code tables.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "debuginfo/elf_object.h"
#include "layout/code_table.h"

namespace nfstriage::test {

struct Question {
    std::uint64_t address = 0;        // as our table has it
    std::vector<std::string> theirs;  // "function file:line", innermost first
};

inline std::string without_column(std::string place) {
    if (auto note = place.find(" ("); note != std::string::npos) place.resize(note);
    auto last = place.rfind(':');
    auto middle = last == std::string::npos ? last : place.rfind(':', last - 1);
    if (middle != std::string::npos && place.find_first_not_of("0123456789", middle + 1) == last &&
        place.find_first_not_of("0123456789", last + 1) == std::string::npos)
        place.resize(last);
    return place;
}

// Asks eu-addr2line or addr2line about addresses of one section; false when it cannot be run.
inline bool ask(const std::string& program, const std::filesystem::path& file,
                const debuginfo::ElfSection& section, bool relocatable,
                std::vector<Question>& questions) {
    std::filesystem::path list = std::filesystem::temp_directory_path() /
                                 ("nfstriage-addr2line-" + std::to_string(getpid()));
    {
        std::ofstream out(list);
        for (const Question& each : questions)
            out << "0x" << std::hex << each.address - (relocatable ? section.address : 0) << "\n";
    }
    std::string command = program + " -a -i -f ";
    if (relocatable) command += "-j " + section.name + " ";
    command += "-e '" + file.string() + "' < '" + list.string() + "' 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return false;
    std::string text;
    char buffer[65536];
    for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        text.append(buffer, got);
    bool good = pclose(pipe) == 0;
    std::filesystem::remove(list);
    std::istringstream lines(text);
    std::string line, function;
    std::size_t next = 0;
    bool is_place = false;
    for (; std::getline(lines, line);) {
        if (line.starts_with("0x")) {
            next++;
            is_place = false;
        } else if (next == 0 || next > questions.size()) {
            continue;
        } else if (!is_place) {
            function = line.substr(0, line.find(' '));
            is_place = true;
        } else {
            questions[next - 1].theirs.push_back(function + ' ' + without_column(line));
            is_place = false;
        }
    }
    if (good && next == questions.size()) return true;
    std::cerr << command << "\n" << text.substr(0, 400) << "\n";
    return false;
}

// Their paths start with where the compiler ran, ours are below the root of the tree. An unknown
// place is "??:0" there.
inline bool agrees(const std::string& theirs, const layout::SourceFrame& ours) {
    auto space = theirs.find(' ');
    auto colon = theirs.rfind(':');
    if (space == std::string::npos || colon == std::string::npos) return false;
    std::string function = theirs.substr(0, space);
    std::string file = theirs.substr(space + 1, colon - space - 1);
    std::string line = theirs.substr(colon + 1);
    if (function.substr(0, function.find('.')) != ours.function) return false;
    if (file == "??") return ours.line == 0;
    if (line != std::to_string(ours.line)) return false;
    return std::filesystem::path(file).lexically_normal() == ours.file ||
           std::filesystem::path(file).lexically_normal().string().ends_with('/' + ours.file);
}

using Answer = Maybe<std::vector<layout::SourceFrame>>;

inline bool agrees(const std::vector<std::string>& theirs, const Answer& ours) {
    if (!ours || ours->size() != theirs.size()) return false;
    for (std::size_t i = 0; i < theirs.size(); i++)
        if (!agrees(theirs[i], (*ours)[i])) return false;
    return true;
}

// What follows the last function of a section ("??:0"), and padding between functions, for which
// they tell the line before it and no function, or the symbol that the kernel gives to padding.
inline bool no_code(const std::vector<std::string>& theirs) {
    return !theirs.empty() && (theirs[0].starts_with("?? ") || theirs[0].starts_with("__pfx_") ||
                               (theirs.size() == 1 && theirs[0].ends_with(" ??:0")));
}

}  // namespace nfstriage::test
