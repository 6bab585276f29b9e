// nfstriage_store_bench FILE RESULTS: fills a store with results of crashes that never were, as a
// large fleet would have them over a year, and measures what a report over it costs: the median of
// several, with a warm cache. Fails if a report takes longer than it may.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "built_in.h"
#include "fleet/fleet_view.h"
#include "fleet/merge.h"
#include "fleet/store.h"
#include "fleet/times.h"
#include "triage.h"

using namespace nfstriage;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kNow_s = 1794700800;  // 2026-11-15
constexpr int kHosts = 20'000, kServers = 500, kKernels = 300, kSignatures = 3000, kDays = 365;
constexpr double kMost_ms = 100;
constexpr int kRounds = 9;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Generator {
public:
    explicit Generator(std::vector<std::string> records) : records_(std::move(records)) {}

    fleet::Entry entry(std::uint64_t number) {
        fleet::CrashResult result;
        // A few signatures are most of the crashes.
        int signature = skewed(kSignatures);
        int host = skewed(kHosts), kernel = skewed(kKernels);
        result.is_dump = random_() % 3 == 0;
        result.status = static_cast<verdict::Status>(signature % 7);
        result.confidence = static_cast<verdict::Confidence>(random_() % 3);
        result.title = fmt::format("What goes wrong in case {}", signature);
        result.signature = fmt::format("{:016x}", signature * 0x9e3779b97f4a7c15ull);
        result.signature_text = fmt::format("v1:soft_lockup:nfs_client:nfs_f{}>rpc_g", signature);
        result.alternates = {fmt::format("v1:soft_lockup:nfs_client:nfs_f{}", signature / 3)};
        if (signature % 5 == 0) {
            result.rule = "a-rule";
            result.records = {{records_[static_cast<std::size_t>(signature) % records_.size()],
                               static_cast<knowledge::HereStatus>(kernel % 5),
                               knowledge::Basis::probe}};
        }
        result.release = fmt::format("6.1.{}-generic", kernel);
        result.version = fmt::format("#1 SMP Debian 6.1.{}-1 (2026-01-01)", kernel);
        result.arch = kernel % 4 == 0 ? "aarch64" : "x86_64";
        result.vendor = "Debian";
        result.host = fmt::format("client{}.example", host);
        result.servers = {fmt::format("10.1.{}.{}", host % kServers / 250, host % 250)};
        if (random_() % 2 == 0) result.servers.push_back(fmt::format("10.2.0.{}", random_() % 250));
        if (random_() % 10 != 0)
            result.crash_time_s = kNow_s - static_cast<std::int64_t>(random_() % (kDays * 86400));
        result.json = std::string(200, 'x');
        return {fmt::format("/srv/crash/{:08}/vmcore", number), "1:2",
                fmt::format("{:032}", number), kNow_s - static_cast<std::int64_t>(number % 86400),
                std::move(result)};
    }

private:
    int skewed(int most) {
        double x = static_cast<double>(random_() % 1'000'000) / 1e6;
        return static_cast<int>(std::pow(x, 3) * most);
    }
    std::mt19937_64 random_{1};
    std::vector<std::string> records_;
};

bool fill(fleet::Store& store, std::uint64_t results, const knowledge::Library& library) {
    std::vector<std::string> records;
    for (const auto& [id, record] : library.records) records.push_back(id);
    Generator generator(std::move(records));
    auto start = Clock::now();
    // It is thrown away: no disk is waited for.
    store.database().run(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
        "PRAGMA cache_size = -1000000");
    for (std::uint64_t at = 0; at < results;) {
        std::vector<fleet::Entry> entries;
        for (; entries.size() < 20'000 && at < results; ++at)
            entries.push_back(generator.entry(at));
        auto added = store.add(entries);
        if (!added) {
            std::fputs((to_string(added.error()) + "\n").c_str(), stderr);
            return false;
        }
    }
    fmt::print("{} results added in {:.1f} s\n", results, ms_since(start) / 1000);
    return true;
}

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

// Whether a report is fast: by its CPU time, which does not depend on what else the machine does.
bool measure(fleet::Store& store, const knowledge::Library& library, std::int64_t days) {
    auto since = days == 0 ? std::nullopt : std::optional(kNow_s - days * 86400);
    std::vector<double> times, cpu;
    for (int round = 0; round < kRounds; ++round) {
        auto start = Clock::now();
        double before = cpu_ms();
        auto view = fleet::look_at(store, library, {kNow_s, since, 20});
        cpu.push_back(cpu_ms() - before);
        times.push_back(ms_since(start));
        if (!view || view->groups.empty() || view->servers.empty()) {
            std::fputs("a report with groups was expected\n", stderr);
            return false;
        }
    }
    fmt::print("report {}: {:.1f} ms CPU, {:.1f} ms\n",
               days == 0 ? "over all" : fmt::format("since {} d", days), median(cpu),
               median(times));
    return median(cpu) < kMost_ms;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t results = argc == 3 ? parse_unsigned(argv[2]).value_or(0) : 0;
    auto library = load_records();
    if (results == 0 || !library) {
        std::fputs("usage: nfstriage_store_bench FILE RESULTS\n", stderr);
        return 2;
    }
    auto store = fleet::Store::open(argv[1], fleet::Access::write);
    if (!store || !fill(**store, results, *library)) return 1;
    bool fast = true;
    // As reports have it: opened anew.
    store->reset();
    store = fleet::Store::open(argv[1], fleet::Access::read);
    if (!store) return 1;
    for (std::int64_t days : {0, 7, 90, 300}) fast = measure(**store, *library, days) && fast;
    auto start = Clock::now();
    for (std::uint64_t at = 0; at < 1000; ++at) {
        auto source = (*store)->source(fmt::format("/srv/crash/{:08}/vmcore", at * 7 % results));
        fast = fast && source && source->has_verdict;
    }
    fmt::print("look up a source: {:.4f} ms\n", ms_since(start) / 1000);
    return fast ? 0 : 1;
}
