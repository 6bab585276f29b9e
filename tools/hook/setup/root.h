// The file system that is set up: this host's, or another one's under a folder (--root). Paths are
// those that the host itself uses ("/etc/kdump.conf"); symbolic links are followed as that host
// would follow them and never lead out of the folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nfstriage::setup {

class Root {
public:
    explicit Root(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Whether it is the running host, on which commands make sense.
    bool is_host() const;

    // Where `path` lies, links followed in every part but, without `last`, the last one. A path
    // that does not exist is one too. Links in a circle give the path as it stands.
    std::filesystem::path real(const std::string& path, bool last = true) const;

    bool exists(const std::string& path) const;
    bool is_folder(const std::string& path) const;
    bool is_executable(const std::string& path) const;  // a file with an x bit
    std::optional<std::uint64_t> size(const std::string& path) const;
    // Whether a file contains `word`; false for one that cannot be read.
    bool mentions(const std::string& path, std::string_view word) const;

    // Errors: unreadable, or longer than any configuration file is.
    Result<std::string> read(const std::string& path) const;
    // Where a symbolic link points; nothing if it is none.
    std::optional<std::string> link(const std::string& path) const;
    // Names in a folder, sorted; empty where there is no such folder.
    std::vector<std::string> names_in(const std::string& path) const;

private:
    std::filesystem::path folder_;
};

}  // namespace nfstriage::setup
