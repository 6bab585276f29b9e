// Inputs that no kernel writes: the reader must stay linear, bounded and alive.
#include <ctime>

#include "catch.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

namespace {

// Generous, and in CPU time: a quadratic step would need minutes.
log::ConsoleLog parse_in_time(const std::string& text) {
    auto start = std::clock();
    auto log = log::parse(text);
    CHECK((std::clock() - start) / CLOCKS_PER_SEC < 20);
    return log;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("a log cut at any byte is read without harm") {
    auto text =
        prefixed("------------[ cut here ]------------\n" + kOops + kSoftLockup, printk_stamp);
    for (std::size_t size = 0; size < text.size(); size += 3) {
        auto log = log::parse(std::string_view(text).substr(0, size));
        CHECK(log.events.size() <= 3);
        if (log.crash) CHECK(*log.crash < log.events.size());
    }
}

TEST_CASE("a log that starts at any byte is read without harm") {
    auto text = prefixed(kOops + kSoftLockup, printk_stamp);
    for (std::size_t from = 0; from < text.size(); from += 7) {
        auto log = log::parse(std::string_view(text).substr(from));
        CHECK(log.events.size() <= 4);
    }
}

TEST_CASE("bytes changed at random do not break the reader") {
    auto text = prefixed(kOops + kSoftLockup, printk_stamp);
    std::uint32_t seed = 12345;
    for (int round = 0; round < 300; ++round) {
        auto broken = text;
        for (int i = 0; i < 40; ++i) {
            seed = seed * 1664525 + 1013904223;
            broken[seed % broken.size()] = static_cast<char>(seed >> 24);
        }
        auto log = log::parse(broken);
        CHECK(log.events.size() < 20);
    }
}

TEST_CASE("one line without an end, of any content, is bounded") {
    for (std::string unit :
         {"a", "[", "[    1.000000] ", "BUG: ", "Modules linked in: a ", "> ", "=", "\x1b[", "{",
          "(", "f+0x1/0x2 ", "Oops: 0000 [#1] ", "&lt;", "CPU: 1 PID: 1 Comm: ", "99999999"}) {
        INFO(unit);
        parse_in_time(repeated(unit, (4u << 20) / unit.size()));
    }
}

TEST_CASE("lines that all look like continuations do not pile up") {
    for (std::string line :
         {"Modules linked in: a\n", "b\n", "?\n", "CPU: 1\n", "[    1.000000] Code: 00\n aa bb\n",
          "WARNING: CPU: 1 PID: 1 at\n", "[ 1.000000] BUG: KASAN: x in\nword\n", "\n"})
        parse_in_time("BUG: kernel NULL pointer dereference, address: 8\n" +
                      repeated(line, (4u << 20) / line.size()));
}

TEST_CASE("of a flood of reports the first and the last are kept") {
    std::string text;
    for (int i = 0; i < 30000; ++i)
        text += "[ 10.000000] WARNING: CPU: 1 PID: " + std::to_string(i + 1) +
                " at a.c:1 f+0x1/0x2\n[ 10.000000] CPU: 1 PID: " + std::to_string(i + 1) +
                " Comm: x Not tainted 6.1.0 #1\n[ 10.000000]  g+0x1/0x2\n";
    auto log = parse_in_time(text);
    CHECK(log.events.size() <= 10000);
    CHECK(log.events.front().pid == 1);
    CHECK(log.events.back().pid == 30000);
}

TEST_CASE("many printk callers at once are bounded") {
    std::string text;
    for (int i = 0; i < 20000; ++i)
        text += "[   10.000000][ T" + std::to_string(i) +
                "] WARNING: CPU: 1 PID: 2 at a.c:1 f+0x1/0x2\n";
    auto log = parse_in_time(text);
    CHECK(log.events.size() <= 10000);
    CHECK(log.events.size() >= 5000);
}

TEST_CASE("a stack without an end is bounded") {
    auto log = parse_in_time(kOops.substr(0, kOops.find(" </TASK>")) +
                             repeated(" more+0x1/0x2 [nfs]\n", 200000));
    REQUIRE(log.events.size() == 1);
    CHECK(log.events[0].frames.size() <= 512);
    CHECK(first_solid_frame(log.events[0]) == "nfsd_dispatch");
}

TEST_CASE("beyond the memory limit report lines are still kept") {
    auto text =
        repeated("[    1.000000] a line of a healthy system that says nothing of interest at all\n",
                 300000) +
        prefixed(kOops, printk_stamp);
    auto log = parse_in_time(text);
    CHECK_FALSE(log.text_complete);
    CHECK(crash_of(log).pid == 4242);
    CHECK(log::find_lines(log, "nfsd_reply_frob").size() >= 2);
    CHECK(log::find_lines(log, "healthy", 10).size() == 10);
}

TEST_CASE("numbers too large to be true are not taken") {
    auto log = log::parse(
        "watchdog: BUG: soft lockup - CPU#99999999999999999999 stuck for 22s! "
        "[x:99999999999999999999]\n"
        "CPU: 88888888888888888888 PID: 77777777777777777777777 Comm: x Not tainted 6.1.0 #1\n"
        "RIP: 0010:f+0x11111111111111111111/0x2\n"
        "RAX: 00000000000000000000000000000000000001\n");
    REQUIRE(log.events.size() == 1);
    CHECK_FALSE(log.events[0].cpu);
    CHECK_FALSE(log.events[0].pid);
    CHECK_FALSE(log.events[0].registers.get("rax"));
}
