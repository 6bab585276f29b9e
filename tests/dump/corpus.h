// Real dumps for tests: NFSTRIAGE_CORPUS names a folder with dumps/*/*.vmcore and *.vmcore.xz.
// Without it these tests print a notice and check nothing.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.h"

namespace nfstriage::dump::test {

// A folder that is removed with everything in it at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "nfstriage-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

inline std::vector<std::filesystem::path> corpus_dumps() {
    std::vector<std::filesystem::path> dumps;
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (corpus == nullptr) {
        WARN("NFSTRIAGE_CORPUS is not set: real dumps are not read");
        return dumps;
    }
    auto folder = std::filesystem::path(corpus) / "dumps";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        std::string name = entry.path().filename().string();
        if (name.ends_with(".vmcore") || name.ends_with(".vmcore.xz"))
            dumps.push_back(entry.path());
    }
    std::sort(dumps.begin(), dumps.end());
    REQUIRE_FALSE(dumps.empty());
    return dumps;
}

// `dump` itself, or its unpacked copy inside `folder`.
inline std::filesystem::path unpacked(const std::filesystem::path& dump,
                                      const TemporaryFolder& folder) {
    if (dump.extension() != ".xz") return dump;
    auto target = folder / dump.stem().string();
    std::string command = "xz -dkc '" + dump.string() + "' > '" + target.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    return target;
}

}  // namespace nfstriage::dump::test
