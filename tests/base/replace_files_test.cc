#include "base/replace_files.h"

#include <sys/stat.h>
#include <array>

#include "catch.h"
#include "fakes/folder.h"

using namespace nfstriage;
using test::TemporaryFolder;
using test::text_of;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file is replaced as a whole, with the mode that was asked for") {
    TemporaryFolder folder;
    fs::path path = folder.write("f", "old");
    REQUIRE(replace_file(path, "new", kOwnerOnly));
    CHECK(text_of(path) == "new");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == kOwnerOnly);
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("where one file of several cannot be written, all stay as they were") {
    TemporaryFolder folder;
    folder.write("a", "old a");
    std::string impossible(300, 'x');  // longer than a name may be
    const std::array<NewFile, 2> files{NewFile{"a", "new a"}, NewFile{impossible, "b"}};
    auto done = replace_files(folder.path(), files, kOwnerOnly);
    REQUIRE_FALSE(done);
    CHECK(text_of(folder.path() / "a") == "old a");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a name that is a folder is an error, and nothing temporary is left") {
    TemporaryFolder folder;
    fs::create_directory(folder.path() / "f");
    CHECK_FALSE(replace_file(folder.path() / "f", "new", kOwnerOnly));
    CHECK(files_in(folder.path()) == 1);
    auto no_folder = replace_file(folder.path() / "none" / "f", "new", kOwnerOnly);
    REQUIRE_FALSE(no_folder);
    CHECK_THAT(no_folder.error().file, ContainsSubstring("none/f"));
}

TEST_CASE("an edited file keeps its mode, a new one gets the one that was asked for") {
    TemporaryFolder folder;
    fs::path old = folder.write("old", "x");
    REQUIRE(::chmod(old.c_str(), 0640) == 0);
    REQUIRE(edit_file(old, "y", kReadableByAll));
    REQUIRE(edit_file(folder.path() / "new", "z", kOwnerOnly));
    struct stat status {};
    REQUIRE(::stat(old.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(text_of(old) == "y");
    REQUIRE(::stat((folder.path() / "new").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == kOwnerOnly);
    CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("a symbolic link in place of the file is replaced, not followed") {
    TemporaryFolder folder;
    fs::path other = folder.write("other", "untouched");
    fs::create_symlink(other, folder.path() / "f");
    REQUIRE(replace_file(folder.path() / "f", "new", kOwnerOnly));
    CHECK(text_of(other) == "untouched");
    CHECK_FALSE(fs::is_symlink(folder.path() / "f"));
}

TEST_CASE("what a killed writer left is removed, other files are not") {
    TemporaryFolder folder;
    folder.write(".f.new-4711", "half");
    folder.write("f", "whole");
    folder.write(".fg.new-1", "of another");
    remove_leftovers(folder.path(), "f");
    CHECK(files_in(folder.path()) == 2);
    CHECK(fs::exists(folder.path() / "f"));
    CHECK(fs::exists(folder.path() / ".fg.new-1"));
}
