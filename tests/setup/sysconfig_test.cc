// Files of shell assignments: what we take a value for is what a shell makes of it, and an edit
// goes in and out without a trace.
#include "hook/setup/sysconfig.h"

#include <cstdio>
#include <memory>

#include "fake_host.h"

using namespace nfstriage;
using namespace nfstriage::setup;

namespace {

constexpr const char* kSuseText = R"(## Path:        System/Kernel/Kdump
## Type:        string
## Default:     ""
#
# Script that is run after the dump.
#
KDUMP_POSTSCRIPT=""

## Type:        string(lftp)
KDUMP_REQUIRED_PROGRAMS="/usr/bin/lftp"
KDUMP_SAVEDIR="/var/crash"
)";

// What bash has in `name` after it sourced the text.
std::string shell_value(const std::string& text, const std::string& name) {
    FakeHost host;
    host.file("/config", text);
    std::string command = ". '" + host.path("/config").string() + "'; printf %s \"$" + name + "\"";
    auto said = output_of({"bash", "-c", command}, 4096);
    REQUIRE(said);
    return *said;
}

std::string value_of(const std::string& text) {
    auto found = find_assignment(text, "V");
    REQUIRE(found);
    return found->value.value_or("not plain");
}

}  // namespace

TEST_CASE("a value is what the shell makes of it") {
    for (const char* right : {"", "\"\"", "plain", "\"two words\"", "'it is'", "a\"b c\"'d e'f",
                              "\"a \\\"quoted\\\" \\$word\"", "'$DIR'", "\"back\\\\slash \\n\"",
                              "one # comment", "a\\ b", "''\"'\"''", "x#y"}) {
        std::string text = std::string("V=old\n  V=") + right + "\nOTHER=1\n";
        INFO(text);
        CHECK(value_of(text) == shell_value(text, "V"));
    }
    CHECK(value_of("export V=\"x\"\n") == "x");
}

TEST_CASE("what takes a shell to know is not taken for a value") {
    for (const char* right :
         {"$HOME", "\"$HOME\"", "`id`", "\"a", "'a\nb'", "a; V=b", "a b", "$(id)", "a\\"})
        CHECK(value_of(std::string("V=") + right + "\n") == "not plain");
    CHECK_FALSE(find_assignment("# V=1\nWV=2\nV =3\n", "V"));
}

TEST_CASE("an edit sets the value for a shell and goes without a trace") {
    const std::string value = "/usr/lib/nfstriage/nfstriage-hook --dir \"$DIR\"";
    for (std::string before : {std::string(kSuseText), std::string("KDUMP_POSTSCRIPT="),
                               std::string("A=1\nKDUMP_POSTSCRIPT='old'   # why\nKDUMP_SAVEDIR=x"),
                               std::string("A=1"), std::string("A=1\n"), std::string(),
                               std::string("KDUMP_POSTSCRIPT=a\n\nKDUMP_POSTSCRIPT=b")}) {
        INFO(before);
        std::string after = set_assignment(before, "KDUMP_POSTSCRIPT", value);
        CHECK(shell_value(after, "KDUMP_POSTSCRIPT") == value);
        CHECK(find_assignment(after, "KDUMP_POSTSCRIPT")->value == value);
        CHECK(find_assignment(after, "KDUMP_POSTSCRIPT")->ours);
        CHECK(shell_value(after, "KDUMP_SAVEDIR") == shell_value(before, "KDUMP_SAVEDIR"));
        CHECK(restore_assignment(after, "KDUMP_POSTSCRIPT") == before);
        std::string again = set_assignment(after, "KDUMP_POSTSCRIPT", "other");
        CHECK(restore_assignment(again, "KDUMP_POSTSCRIPT") == before);
    }
}

TEST_CASE("two edits of one file are taken back one by one") {
    std::string both = set_assignment(set_assignment("A=1", "B", "x"), "C", "y");
    CHECK(shell_value(both, "B") == "x");
    CHECK(restore_assignment(restore_assignment(both, "C"), "B") == "A=1");
}

TEST_CASE("an assignment without our mark is never restored") {
    CHECK(restore_assignment(kSuseText, "KDUMP_POSTSCRIPT") == kSuseText);
    CHECK(restore_assignment(kSuseText, "KDUMP_UNKNOWN") == kSuseText);
}

TEST_CASE("a quoted value comes back from the shell as it was") {
    for (const char* value : {"", "a b", "it's", "\"$DIR\" `x` \\ !", "'"})
        CHECK(shell_value("V=" + quoted(value) + "\n", "V") == value);
}
