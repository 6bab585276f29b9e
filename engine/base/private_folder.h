// A folder of our own for what has to be unpacked: readable by us only, gone with everything in it
// when the last owner goes. A process that was killed leaves its folder behind, up to gigabytes;
// the next one that makes a folder there removes it. A lock (flock) tells which are in use: the
// kernel takes it back from the dead.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"

namespace nfstriage {

class PrivateFolder {
public:
    // Under $TMPDIR or /var/tmp, mode 0700. Error: it cannot be made there.
    static Result<std::shared_ptr<PrivateFolder>> make();
    ~PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    PrivateFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::filesystem::path path_;
    int lock_;  // the folder, open and locked; -1 where the file system has no locks
};

}  // namespace nfstriage
