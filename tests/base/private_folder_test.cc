// Folders for what is unpacked: private, removed at the end, and those of the dead cleared away.
#include "base/private_folder.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "catch.h"

using namespace nfstriage;
namespace fs = std::filesystem;

namespace {

// $TMPDIR is an empty folder as long as this lives.
struct Base {
    fs::path path;
    std::string before = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
    Base() {
        std::string pattern = (fs::temp_directory_path() / "base-test-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
        setenv("TMPDIR", path.c_str(), 1);
    }
    ~Base() {
        if (before.empty())
            unsetenv("TMPDIR");
        else
            setenv("TMPDIR", before.c_str(), 1);
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

}  // namespace

TEST_CASE("a private folder is ours alone and goes with its last owner") {
    Base base;
    auto folder = PrivateFolder::make();
    REQUIRE(folder);
    fs::path path = (*folder)->path();
    CHECK(path.parent_path() == base.path);
    CHECK((fs::status(path).permissions() & fs::perms::mask) == fs::perms::owner_all);
    fs::create_directories(path / "a/b");
    std::ofstream(path / "a/b/file") << "x";
    auto second = *folder;
    folder->reset();
    CHECK(fs::exists(path / "a/b/file"));
    second.reset();
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a folder in use is left alone, that of a process that was killed is cleared away") {
    Base base;
    auto first = PrivateFolder::make();
    REQUIRE(first);
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto theirs = PrivateFolder::make();
        if (theirs) std::ofstream((*theirs)->path() / "vmlinux") << "large";
        std::string path = theirs ? (*theirs)->path().string() : "";
        _exit(write(pipe_ends[1], path.data(), path.size()) > 0 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    char name[4096];
    ssize_t size = read(pipe_ends[0], name, sizeof name);
    REQUIRE(size > 0);
    fs::path left(std::string(name, static_cast<std::size_t>(size)));
    REQUIRE(fs::exists(left / "vmlinux"));

    auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(left, long_ago);
    fs::last_write_time((*first)->path(), long_ago);
    auto second = PrivateFolder::make();
    REQUIRE(second);
    CHECK_FALSE(fs::exists(left));
    CHECK(fs::exists((*first)->path()));
    CHECK((*first)->path() != (*second)->path());
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

TEST_CASE("what is not certainly left behind by us stays") {
    Base base;
    fs::create_directory(base.path / "nfstriage-abc123");  // just made, not locked yet
    fs::permissions(base.path / "nfstriage-abc123", fs::perms::owner_all);
    fs::create_directory(base.path / "nfstriage-results");
    std::ofstream(base.path / "nfstriage-file01") << "x";
    fs::create_directory_symlink(base.path / "nfstriage-results", base.path / "nfstriage-link01");
    REQUIRE(PrivateFolder::make());
    CHECK(fs::exists(base.path / "nfstriage-abc123"));
    CHECK(fs::exists(base.path / "nfstriage-results"));
    CHECK(fs::exists(base.path / "nfstriage-file01"));
    CHECK(fs::is_symlink(base.path / "nfstriage-link01"));
}

TEST_CASE("a folder that cannot be made is an error with the way out") {
    Base base;
    setenv("TMPDIR", (base.path / "missing").c_str(), 1);
    auto folder = PrivateFolder::make();
    REQUIRE_FALSE(folder);
    CHECK_THAT(folder.error().remedy, ContainsSubstring("TMPDIR"));
}
