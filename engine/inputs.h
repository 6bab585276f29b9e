// What the user names on a command line -> inputs to triage: the parts of one split dump are one
// input, a directory is one (its newest vmcore with its vmcore-dmesg.txt), a packed file or tar is
// unpacked into a private folder, every other file is an input of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "base/result.h"
#include "crash_directory.h"
#include "triage.h"

namespace nfstriage {

struct NamedInput {
    std::string name;                       // as the user gave it
    Result<Input> input;                    // or why it cannot be read
    std::shared_ptr<PrivateFolder> folder;  // holds what was unpacked for it, else null
};

// In the order given. `max_unpacked`: bytes that one packed input may unpack to. `links`: in
// directories; what is named itself may be one.
std::vector<NamedInput> gather_inputs(const std::vector<std::string>& names,
                                      std::uint64_t max_unpacked, Links links = Links::followed);

// Whether gather_inputs() may have to unpack something for that name: a packed file, or a
// directory, which may have one.
bool is_unpacked(const std::string& name);

}  // namespace nfstriage
