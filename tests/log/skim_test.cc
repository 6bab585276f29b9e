// Lines that are passed over must have nothing to say.
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include "catch.h"
#include "log/decode.h"
#include "log/headline.h"
#include "log/notice.h"
#include "log/skim.h"
#include "samples.h"

using namespace nfstriage;

namespace {

// Whether a text without any of `words` could match `pattern`: RE2 says which atoms of it every
// match needs.
bool can_do_without(std::string_view pattern, const re2::RE2& words) {
    re2::FilteredRE2 filter(2);
    int id = 0;
    re2::RE2::Options latin1;
    latin1.set_encoding(re2::RE2::Options::EncodingLatin1);
    REQUIRE(filter.Add(re2::StringPiece(pattern.data(), pattern.size()), latin1, &id) ==
            re2::RE2::NoError);
    std::vector<std::string> atoms;
    filter.Compile(&atoms);
    std::vector<int> without, possible;
    for (std::size_t i = 0; i < atoms.size(); ++i)
        if (!re2::RE2::PartialMatch(atoms[i], words)) without.push_back(static_cast<int>(i));
    filter.AllPotentials(without, &possible);
    return !possible.empty();
}

}  // namespace

TEST_CASE("no headline is without one of the words that are looked for") {
    const re2::RE2 words("(?i)" + std::string(log::headline_words()));
    REQUIRE(words.ok());
    for (std::string_view pattern : log::headline_patterns()) {
        INFO(pattern);
        CHECK_FALSE(can_do_without(pattern, words));
    }
    CHECK(can_do_without("^something else entirely", words));
}

TEST_CASE("a line that is passed over is no headline, no notice and clean") {
    std::vector<std::string> lines = samples::lines_of(samples::kOops + samples::kSoftLockup);
    for (const char* line : {"nfs: server a not responding, still trying",
                             "nfs: server a OK",
                             "Bye!",
                             "NFS: Invalid unlock attempted",
                             "NFS: v4 server a: state reclaim failed",
                             "lockd: server a not responding",
                             "RPC: a",
                             "svc: failed",
                             "rpc.statd: b",
                             "Starting crashdump kernel...",
                             "SMP: failed to stop secondary CPUs 0,1",
                             "CPUs may be stale",
                             "BUG: workqueue lockup - pool a",
                             "\x1b[31mred",
                             "a &lt;b&gt;",
                             "a\xc2\xa0z",
                             "a\tb",
                             "a\rb",
                             "a^M",
                             "{\"MESSAGE\":\"a\"}",
                             "EIP is at a",
                             "Krnl PSW : 1",
                             "epc : a+0x1/0x2",
                             "PC is at a+0x1",
                             "task:a state:D",
                             "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this",
                             "Mem abort info: here",
                             "NIP [c0000000] a+0x1",
                             "#PF: something long",
                             "an idle line"})
        lines.emplace_back(line);
    unsigned passed = 0;
    for (const std::string& line : lines) {
        INFO(line);
        if (log::next_word(line, 0) != std::string_view::npos) continue;
        ++passed;
        std::string storage;
        CHECK_FALSE(log::match_headline(line));
        CHECK_FALSE(log::starts_inside(line));
        CHECK_FALSE(log::match_notice(line));
        CHECK(log::clean_line(line, storage) == line);
    }
    CHECK(passed > 0);
    CHECK(passed < lines.size());
}

TEST_CASE("returns at the ends of lines do not make them worth a look") {
    CHECK(log::next_word("an idle line\r\nanother\r\n", 0) == std::string_view::npos);
    CHECK(log::next_word("an idle line\nOops: 0002\n", 3) == 13);
    CHECK(log::next_word("Oops: 0002\nan idle line\n", 10) == std::string_view::npos);
}
