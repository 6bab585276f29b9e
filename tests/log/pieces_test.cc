// Logs that are longer than what is read at a time, from files and from memory.
#include "catch.h"
#include "fakes/folder.h"
#include "log/lines.h"
#include "log/text.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

namespace {

constexpr std::size_t kBeyondOnePiece = 700'000;

std::string idle_lines(std::size_t bytes, double from_s) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i)
        text += "[" + std::to_string(from_s + static_cast<double>(i) / 100) + "] line " +
                std::to_string(i) + " of a healthy system\n";
    return text;
}

std::string turned(const std::string& text) {
    std::string out;
    auto lines = lines_of(text);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) out += *line + '\n';
    return out;
}

std::vector<std::string> blocks_of(const std::string& text) {
    log::TextView view(text);
    std::vector<std::string> blocks;
    REQUIRE(log::each_block(view, [&](std::string_view lines, unsigned number) {
        blocks.emplace_back(lines);
        return number + 1;
    }));
    return blocks;
}

}  // namespace

TEST_CASE("blocks are whole lines, all of them, and know their numbers") {
    const std::string text = idle_lines(kBeyondOnePiece, 1) + "an end without a newline";
    std::string together;
    for (const std::string& block : blocks_of(text)) together += block;
    CHECK(together == text);
    CHECK(blocks_of(text).size() > 2);

    log::TextView view(text);
    const auto lines = static_cast<unsigned>(lines_of(text).size());
    auto counted = log::count_lines(view);
    REQUIRE(counted);
    CHECK(*counted == lines);
    std::string from_the_end;
    unsigned last = lines + 1;
    REQUIRE(log::each_block_reversed(view, lines, [&](std::string_view block, unsigned number) {
        CHECK(number < last);
        last = number;
        from_the_end = std::string(block) + from_the_end;
    }));
    CHECK(last == 1);
    CHECK(from_the_end == text);
}

TEST_CASE("a line that is longer than a piece is one line, from either end") {
    const std::string text = "first\n" + std::string(kBeyondOnePiece, 'x') + "\nlast\n";
    log::TextView view(text);
    auto lines = log::count_lines(view);
    REQUIRE(lines);
    CHECK(*lines == 3);
    std::vector<std::string> heads;
    REQUIRE(log::each_block_reversed(view, 3, [&](std::string_view block, unsigned) {
        log::each_line(block, 1, [&](std::string_view line, unsigned) {
            heads.emplace_back(line.substr(0, 5));
        });
    }));
    CHECK(heads == std::vector<std::string>{"last", "xxxxx", "first"});
}

TEST_CASE("a long log says the same from a file and from memory, in order and newest first") {
    const std::string text =
        idle_lines(kBeyondOnePiece, 1) + prefixed(kOops, printk_stamp) + idle_lines(1000, 4200);
    const std::string newest_first = turned(text);
    for (const std::string& form : {text, newest_first, "\xef\xbb\xbf" + text}) {
        test::TemporaryFolder folder;
        auto file = log::open_text(folder.write("console.log", form));
        REQUIRE(file);
        auto read = log::parse(**file);
        REQUIRE(read);
        log::ConsoleLog parsed = log::parse(form);
        for (const log::ConsoleLog* log : {&*read, &parsed}) {
            REQUIRE(log->events.size() == 1);
            CHECK(log->events[0].pid == 4242);
            CHECK(log->events[0].frames.size() == 10);
            CHECK(log->lines == lines_of(text).size());
            CHECK(log->bytes == form.size());
            CHECK(log->reversed == (form == newest_first));
            CHECK(log->text.front().text.starts_with("line 0 of"));
        }
        const unsigned place = read->events[0].first_line;
        CHECK(lines_of(form)[place - 1].find("BUG: kernel NULL") != std::string::npos);
        CHECK(place == parsed.events[0].first_line);
    }
}

TEST_CASE("lines a few places from home find back across pieces") {
    auto lines = lines_of(idle_lines(kBeyondOnePiece, 1));
    for (std::size_t i = 0; i + 4 < lines.size(); i += 4) std::swap(lines[i], lines[i + 2]);
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    auto log = log::parse(text);
    CHECK_FALSE(log.reversed);
    REQUIRE(log.text.size() == lines.size());
    for (std::size_t i = 1; i < log.text.size(); ++i)
        if (*log.text[i].time_s < *log.text[i - 1].time_s) FAIL("line " << i);
}

TEST_CASE("a copy of a log keeps its lines") {
    std::optional<log::ConsoleLog> log = log::parse(prefixed(kOops, printk_stamp));
    log::ConsoleLog copy = *log;
    log.reset();
    CHECK(log::find_lines(copy, "kernel NULL pointer").size() == 1);
}

TEST_CASE("what cannot be read as a file is an error") {
    auto missing = log::open_text("/nonexistent/console.log");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().file == "/nonexistent/console.log");
    auto folder = log::open_text("/");
    REQUIRE_FALSE(folder);
    CHECK_FALSE(folder.error().remedy.empty());
}
