// Which inputs a folder or a list has: dumps, logs and packed files one by one, crash directories
// as one each. Only names and attributes are looked at (and the header of a dump that may be
// split); no symbolic link below a folder is followed, nothing but regular files is taken.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nfstriage::fleet {

struct Candidate {
    std::string path;            // as the user would name it
    std::string root;            // the folder that it must lie in; "" if it was named itself
    std::string stamp;           // of its files: size and times
    std::int64_t changed_s = 0;  // when one of them was last, since 1970
    bool is_directory = false;

    bool operator<(const Candidate& other) const { return path < other.path; }
    bool operator==(const Candidate& other) const { return path == other.path; }
};

struct FoundInputs {
    std::vector<Candidate> candidates;              // sorted by path, each once
    std::map<std::string, std::uint64_t> left_out;  // how many, by the reason
    std::vector<Error> errors;                      // folders that cannot be read
};

// `name`: a folder, which is searched with all below it; a file that lists paths, one on a line, or
// each ended by a NUL; "-": such a list on standard input. Errors: it cannot be read, or is a dump.
Result<FoundInputs> find_inputs(const std::string& name);

// The candidate's stamp as it is now; "" if it is gone.
std::string stamp_now(const Candidate& candidate);

// find_inputs() of one path as a list has it; what is no folder, is taken as it is.
void add_input(const std::string& path, FoundInputs& found);

}  // namespace nfstriage::fleet
