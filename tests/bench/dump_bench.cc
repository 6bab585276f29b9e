// What a verdict is made of: opening, layout, the whole; and the floor, which is reading and
// unpacking the pages that it touches. The dump: NFSTRIAGE_BENCH_DUMP, else one of samples/.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

#include "dump/dump.h"
#include "layout/kernel_layout.h"
#include "triage.h"

using namespace nfstriage;

namespace {

std::vector<std::filesystem::path> dump_file() {
    const char* named = std::getenv("NFSTRIAGE_BENCH_DUMP");
    return {named ? named : NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore"};
}

std::unique_ptr<dump::Dump> opened() { return dump::Dump::open(dump_file()).value(); }

layout::KernelLayout layout_of(const dump::Dump& dump) {
    return layout::load_kernel_layout(dump, {});
}

void open_dump(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(opened());
}
BENCHMARK(open_dump)->Unit(benchmark::kMicrosecond);

void load_layout(benchmark::State& state) {
    for (auto _ : state) {
        auto dump = opened();
        benchmark::DoNotOptimize(layout_of(*dump));
    }
}
BENCHMARK(load_layout)->Unit(benchmark::kMillisecond);

void whole_verdict(benchmark::State& state) {
    static const Catalogue catalogue = Catalogue::built_in().value();
    Input input;
    input.parts = dump_file();
    for (auto _ : state)
        if (!triage(input, catalogue)) state.SkipWithError("no verdict");
}
BENCHMARK(whole_verdict)->Unit(benchmark::kMillisecond);

class TouchedPages : public dump::Observer {
public:
    explicit TouchedPages(std::uint64_t page_size) : page_size_(page_size) {}
    void read(dump::PRange given) override { pages.insert(given.begin.value / page_size_); }
    void secret(std::span<const dump::PRange>, dump::Secret) override {}

    std::set<std::uint64_t> pages;

private:
    std::uint64_t page_size_;
};

void floor_read_touched_pages(benchmark::State& state) {
    auto touched = std::make_shared<TouchedPages>(opened()->file_page_size());
    static const Catalogue catalogue = Catalogue::built_in().value();
    Input input;
    input.parts = dump_file();
    TriageOptions options;
    options.observer = touched;
    if (!triage(input, catalogue, options)) state.SkipWithError("no verdict");
    for (auto _ : state) {
        auto dump = opened();
        std::vector<std::uint8_t> page(dump->file_page_size());
        for (std::uint64_t number : touched->pages)
            benchmark::DoNotOptimize(
                dump->read_physical(PAddr{number * page.size()}, page).has_value());
    }
    state.counters["pages"] = static_cast<double>(touched->pages.size());
}
BENCHMARK(floor_read_touched_pages)->Unit(benchmark::kMillisecond);

}  // namespace
