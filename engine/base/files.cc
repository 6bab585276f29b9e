#include "base/files.h"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace nfstriage {

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most) {
    std::ifstream stream(path, std::ios::binary);
    std::string text(most + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || (stream.gcount() == 0 && !stream.eof()))
        return error(path.string(), std::nullopt, "expected a readable file",
                     "check the path and its permissions");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most)
        return error(path.string(), std::nullopt,
                     "expected at most " + std::to_string(most) + " bytes", "shorten the file");
    return text;
}

Result<std::vector<std::filesystem::path>> files_ending(const std::filesystem::path& folder,
                                                        std::string_view ending) {
    std::error_code failed;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed))
        if (it->path().filename().string().ends_with(ending)) files.push_back(it->path());
    if (failed)
        return error(folder.string(), std::nullopt, "expected a folder: " + failed.message(),
                     "check the path and its permissions");
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace nfstriage
