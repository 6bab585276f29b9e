// A folder of our own for what has to be unpacked: readable by us only, gone with everything in it
// when the last owner goes.
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
    explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace nfstriage
