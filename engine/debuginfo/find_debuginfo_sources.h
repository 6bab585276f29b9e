// What a user names as debuginfo (--debuginfo, SOURCE of `profile build`) → the files in it that
// may be of use, by their names and first bytes: a vmlinux or module, a folder, a package, a tar,
// or one compressed file. Which of them are of the wanted kernel is decided in find_debuginfo.h.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "base/result.h"
#include "debuginfo/find_debuginfo.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {

struct Candidate {
    std::filesystem::path path;
    std::string shown;       // as messages name it: "kernel.rpm: usr/lib/…/vmlinux"
    FileRole role;           // a compressed one is still compressed
    std::size_t source = 0;  // position of the source that it comes from
};

struct Gathered {
    std::vector<Candidate> candidates;  // in order of the sources, each sorted by path
    std::set<std::string> releases;     // that paths named, also those passed over
    std::vector<Error> errors;          // of sources that gave nothing
    std::vector<std::string> remarks;
    std::vector<std::shared_ptr<PrivateFolder>> folders;
};

Gathered gather_sources(const std::vector<std::filesystem::path>& sources,
                        const WantedKernel& wanted, const FindOptions& options);

// The file itself, or for a compressed one what it unpacks to, in a folder that is added to
// `folders`. Errors: those of Archive.
Result<std::filesystem::path> expanded(const Candidate& candidate, const FindOptions& options,
                                       std::vector<std::shared_ptr<PrivateFolder>>& folders);

}  // namespace nfstriage::debuginfo
