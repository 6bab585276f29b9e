#include "base/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace nfstriage {

Result<std::shared_ptr<PrivateFolder>> PrivateFolder::make() {
    const char* base = std::getenv("TMPDIR");
    std::string pattern =
        std::string(base != nullptr && *base != 0 ? base : "/var/tmp") + "/nfstriage-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr)
        return error(pattern, std::nullopt,
                     std::string("a folder to unpack into: ") + std::strerror(errno),
                     "set TMPDIR to a folder that can be written to");
    return std::shared_ptr<PrivateFolder>(new PrivateFolder(pattern));
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace nfstriage
