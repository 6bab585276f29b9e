// What the user names on a command line -> inputs to triage: the parts of one split dump are one
// input, a directory is one (its newest vmcore with its vmcore-dmesg.txt), a packed file or tar is
// unpacked into a private folder, every other file is an input of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "triage.h"

namespace nfstriage {

// A folder of our own that is removed with everything in it when the last owner goes.
class PrivateFolder {
public:
    // Under $TMPDIR or /var/tmp, readable by us only.
    static Result<std::shared_ptr<PrivateFolder>> make();
    ~PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

struct NamedInput {
    std::string name;                       // as the user gave it
    Result<Input> input;                    // or why it cannot be read
    std::shared_ptr<PrivateFolder> folder;  // holds what was unpacked for it, else null
};

// In the order given. `max_unpacked`: bytes that one packed input may unpack to.
std::vector<NamedInput> gather_inputs(const std::vector<std::string>& names,
                                      std::uint64_t max_unpacked);

}  // namespace nfstriage
