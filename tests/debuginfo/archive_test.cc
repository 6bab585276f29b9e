// Reading packages and archives as a stream, also hostile ones.
#include "debuginfo/archive.h"

#include <sys/stat.h>

#include "catch.h"
#include "debuginfo/made_archive.h"
#include "debuginfo/made_kernel.h"

using namespace nfstriage;
using namespace nfstriage::test;
using debuginfo::Archive;
using debuginfo::ArchiveLimits;

namespace {

const std::string kText = "some text of a member\n";

std::string big_bytes() {
    std::string bytes;
    unsigned random = 1;
    while (bytes.size() < 700000) {
        random = random * 1664525 + 1013904223;
        bytes += static_cast<char>(random >> 24);
    }
    return bytes;
}

struct Outcome {
    std::vector<std::string> paths;     // of regular members
    std::vector<std::string> contents;  // of these
    bool single = false;
    std::optional<Error> failed;
};

// Reads all of it; the contents of what could be written whole.
Outcome read_all(std::string_view bytes, const ArchiveLimits& limits = {},
                 const std::string& name = "made.package") {
    TestFolder folder;
    Outcome outcome;
    auto archive = Archive::open(folder.write(name, bytes), limits, {});
    if (!archive) {
        outcome.failed = archive.error();
        return outcome;
    }
    outcome.single = (*archive)->single_file();
    for (;;) {
        auto entry = (*archive)->next();
        if (!entry) outcome.failed = entry.error();
        if (!entry || !*entry) return outcome;
        if (!(*entry)->regular) continue;
        fs::path to = folder.path() / ("out" + std::to_string(outcome.paths.size()));
        auto size = (*archive)->write(to);
        if (!size) {
            outcome.failed = size.error();
            CHECK_FALSE(fs::exists(to));
            return outcome;
        }
        outcome.paths.push_back((*entry)->path);
        outcome.contents.push_back(contents(to));
        CHECK(outcome.contents.back().size() == *size);
    }
}

std::vector<Member> members() {
    return {{"./usr/", "", "", ""},
            {"./usr/first", kText, "", ""},
            {"./usr/big", big_bytes(), "", ""},
            {"./usr/link", "", "first", ""},
            {"./usr/last", "end", "", ""}};
}

std::string made(const std::string& kind) {
    if (kind == "deb.xz") return deb("xz", "xz", members());
    if (kind == "deb.zst") return deb("zst", "zstd", members());
    if (kind == "deb.gz") return deb("gz", "gzip", members());
    if (kind == "rpm.xz") return rpm("xz", members());
    if (kind == "rpm.zst") return rpm("zstd", members());
    if (kind == "rpm.gz") return rpm("gzip", members());
    std::string filter = kind.substr(kind.find('.') + 1);
    return packed(Format::tar, filter, members());
}

}  // namespace

TEST_CASE("packages and tars are read in every compression that distributions use") {
    std::string kind =
        GENERATE("deb.xz", "deb.zst", "deb.gz", "rpm.xz", "rpm.zst", "rpm.gz", "tar.none",
                 "tar.gzip", "tar.xz", "tar.zstd", "tar.bzip2", "tar.lz4");
    INFO(kind);
    std::string bytes = made(kind);
    CHECK(debuginfo::is_archive(std::string_view(bytes).substr(0, 512)));
    Outcome outcome = read_all(bytes);
    INFO((outcome.failed ? to_string(*outcome.failed) : ""));
    REQUIRE_FALSE(outcome.failed);
    CHECK_FALSE(outcome.single);
    REQUIRE(outcome.contents.size() >= 3);
    std::size_t at = outcome.paths[0] == "./usr/" ? 1 : 0;  // some formats lose the slash
    CHECK(outcome.paths[at] == "./usr/first");
    CHECK(outcome.contents[at] == kText);
    CHECK(outcome.contents[at + 1] == big_bytes());
    CHECK(outcome.contents[at + 2] == "end");
    CHECK(std::find(outcome.paths.begin(), outcome.paths.end(), "./usr/link") ==
          outcome.paths.end());
}

TEST_CASE("a file compressed as a whole is one member, called after the file") {
    std::string filter = GENERATE("gzip", "xz", "zstd", "bzip2");
    Outcome outcome =
        read_all(packed(Format::raw, filter, {{"x", big_bytes(), "", ""}}), {}, "nfs.ko.xz");
    REQUIRE_FALSE(outcome.failed);
    CHECK(outcome.single);
    CHECK(outcome.paths == std::vector<std::string>{"nfs.ko"});
    CHECK(outcome.contents.at(0) == big_bytes());
}

TEST_CASE("what is no archive is refused, whatever its name") {
    CHECK_FALSE(debuginfo::is_archive("plain text"));
    for (std::string bytes :
         {std::string("plain text\n"), std::string(), std::string(2000, '\0')}) {
        Outcome outcome = read_all(bytes, {}, "kernel.rpm");
        CHECK((outcome.failed || outcome.paths.empty()));
    }
    Outcome library = read_all(packed(Format::ar, "none", {{"a.o", kText, "", ""}}));
    REQUIRE(library.failed);
    CHECK_THAT(library.failed->expected, ContainsSubstring("data.tar"));
}

TEST_CASE("an archive that was cut off is an error, never a shorter file") {
    std::string kind = GENERATE("deb.xz", "deb.zst", "deb.gz", "rpm.xz", "rpm.zst", "tar.none",
                                "tar.xz", "tar.zstd");
    INFO(kind);
    std::string whole = made(kind);
    std::string big = big_bytes();
    for (std::size_t part = 0; part < 60; ++part) {
        std::size_t size = whole.size() * part / 60;
        INFO(size);
        Outcome outcome = read_all(whole.substr(0, size));
        // A plain tar may end after any member.
        bool complete =
            outcome.failed.has_value() || outcome.contents.empty() || kind == "tar.none";
        CHECK(complete);
        for (std::size_t i = 0; i < outcome.paths.size(); ++i)
            if (outcome.paths[i] == "./usr/big") CHECK(outcome.contents[i] == big);
    }
}

TEST_CASE("damaged bytes end in an answer or an error") {
    std::string kind = GENERATE("deb.xz", "rpm.gz", "tar.none", "tar.zstd");
    std::string whole = made(kind);
    unsigned random = 99;
    for (int round = 0; round < 60; ++round) {
        std::string bytes = whole;
        std::size_t range =
            round % 2 == 0 ? bytes.size() : std::min<std::size_t>(2048, bytes.size());
        for (int i = 0; i < 3; ++i) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 4) % range] = static_cast<char>(random >> 9);
        }
        (void)read_all(bytes, {64 << 20, 64 << 20, 1 << 30, 1000});
    }
    SUCCEED();
}

TEST_CASE("a member that claims a tebibyte is refused before it is read or passed over") {
    std::string bytes = packed(Format::tar, "none", {{"vmlinux", kText, "", ""}});
    // The size in base 256, the way of GNU tar: 2^40.
    std::string size("\x80\0\0\0\0\0\x01\0\0\0\0\0", 12);
    bytes.replace(124, 12, size);
    std::string blank(8, ' ');
    bytes.replace(148, 8, blank);
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(bytes[i]);
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum);
    bytes.replace(148, 8, std::string(text, 6) + '\0' + ' ');
    Outcome outcome = read_all(bytes);
    REQUIRE(outcome.failed);
    CHECK_THAT(outcome.failed->expected, ContainsSubstring("claims 1099511627776"));
    CHECK(outcome.paths.empty());
}

TEST_CASE("a bomb of zeros meets the limit, and below it takes no room") {
    std::string zeros(96 << 20, '\0');
    std::string bytes = packed(Format::tar, "zstd", {{"vmlinux", zeros, "", ""}});
    CHECK(bytes.size() < 100000);
    ArchiveLimits limits;
    limits.member = 64 << 20;
    CHECK(read_all(bytes, limits).failed);
    limits = {};
    limits.kept = 64 << 20;
    CHECK(read_all(bytes, limits).failed);
    limits = {};
    limits.read = 64 << 20;
    CHECK(read_all(bytes, limits).failed);

    TestFolder folder;
    auto archive = Archive::open(folder.write("bomb.tar.zst", bytes), {}, {});
    REQUIRE(archive);
    REQUIRE((*archive)->next());
    fs::path to = folder.path() / "out";
    REQUIRE((*archive)->write(to) == zeros.size());
    struct stat status {};
    REQUIRE(stat(to.c_str(), &status) == 0);
    CHECK(static_cast<std::size_t>(status.st_size) == zeros.size());
    CHECK(status.st_blocks * 512 < 1 << 20);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("zeros between other bytes stay where they are") {
    std::string bytes = "start" + std::string(20000, '\0') + "middle" + std::string(4096, '\0') +
                        "x" + std::string(9000, '\0');
    Outcome outcome = read_all(packed(Format::tar, "gzip", {{"a", bytes, "", ""}}));
    REQUIRE_FALSE(outcome.failed);
    CHECK(outcome.contents.at(0) == bytes);
}

TEST_CASE("what was compressed over and over is refused") {
    std::string bytes = packed(Format::tar, "gzip", members());
    for (int i = 0; i < 3; ++i)
        bytes = packed(Format::raw, i % 2 == 0 ? "xz" : "gzip", {{"x", bytes, "", ""}});
    Outcome outcome = read_all(bytes);
    REQUIRE(outcome.failed);
    CHECK_THAT(outcome.failed->expected, ContainsSubstring("compressed once"));
}

TEST_CASE("an archive of more members than allowed is refused") {
    std::vector<Member> many(50, Member{"a", kText, "", ""});
    ArchiveLimits limits;
    limits.entries = 49;
    Outcome outcome = read_all(packed(Format::tar, "gzip", many), limits);
    REQUIRE(outcome.failed);
    CHECK_THAT(outcome.failed->expected, ContainsSubstring("at most 49 members"));
}

TEST_CASE("an existing file or link is never written to") {
    TestFolder folder;
    fs::path file = folder.write("a.tar", packed(Format::tar, "none", {{"a", kText, "", ""}}));
    fs::path precious = folder.write("precious", "keep");
    fs::path link = folder.path() / "link";
    fs::create_symlink(precious, link);
    for (const fs::path& to : {precious, link}) {
        auto archive = Archive::open(file, {}, {});
        REQUIRE(archive);
        REQUIRE((*archive)->next());
        CHECK_FALSE((*archive)->write(to));
        CHECK(contents(precious) == "keep");
    }
}

TEST_CASE("progress tells how much of the file was read, up to its end") {
    TestFolder folder;
    fs::path file = folder.write("a.tar", packed(Format::tar, "none", members()));
    std::uint64_t last = 0, total = 0;
    auto archive =
        Archive::open(file, {}, [&](std::string_view what, std::uint64_t d, std::uint64_t t) {
            CHECK(what == "reading a.tar");
            CHECK(d >= last);
            last = d;
            total = t;
        });
    REQUIRE(archive);
    for (auto entry = (*archive)->next(); entry && *entry;) entry = (*archive)->next();
    CHECK(total == fs::file_size(file));
    CHECK(last == total);
}
