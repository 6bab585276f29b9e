// Reading a console log beside the automaton over the same patterns, line by line and nothing else.
#include <benchmark/benchmark.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <string>

#include "log/event.h"
#include "log/headline.h"
#include "log/lines.h"

using namespace nfstriage;

namespace {

constexpr std::size_t kBytes = std::size_t{64} << 20;

// Lines as a healthy machine prints them, one in eight of them about NFS.
const std::string& long_log() {
    static const std::string text = [] {
        constexpr const char* kMessages[] = {
            "nfs: server 192.0.2.7 OK",
            "eth0: link becomes ready",
            "systemd[1]: Started Session 4711 of user root.",
            "audit: type=1400 audit(1700000000.123:99): apparmor=\"STATUS\" operation=\"load\"",
            "usb 1-1: new high-speed USB device number 5 using xhci_hcd",
            "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
            "device veth17 entered promiscuous mode",
            "perf: interrupt took too long (2510 > 2500), lowering the sample rate to 61000"};
        std::string lines;
        lines.reserve(kBytes + 200);
        for (unsigned i = 0; lines.size() < kBytes; ++i) {
            std::string second = std::to_string(100 + i / 8);
            lines += "[" + std::string(second.size() < 12 ? 12 - second.size() : 0, ' ') + second +
                     "." + std::to_string(100000 + i % 900000) + "] " +
                     kMessages[(i * 7 + i / 8) % 8] + '\n';
        }
        return lines;
    }();
    return text;
}

void parse_log(benchmark::State& state) {
    for (auto _ : state) {
        log::TextView text(long_log());
        auto log = log::parse(text);
        if (!log || log->lines == 0) state.SkipWithError("the log was not read");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * long_log().size()));
}
BENCHMARK(parse_log)->Unit(benchmark::kMillisecond);

void match_set_of_patterns(benchmark::State& state) {
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    re2::RE2::Set set(options, re2::RE2::UNANCHORED);
    for (std::string_view pattern : log::headline_patterns())
        set.Add(re2::StringPiece(pattern.data(), pattern.size()), nullptr);
    set.Compile();
    for (auto _ : state) {
        std::size_t hits = 0;
        log::each_line(long_log(), 1, [&](std::string_view line, unsigned) {
            hits += set.Match(re2::StringPiece(line.data(), line.size()), nullptr);
        });
        benchmark::DoNotOptimize(hits);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * long_log().size()));
}
BENCHMARK(match_set_of_patterns)->Unit(benchmark::kMillisecond);

}  // namespace
