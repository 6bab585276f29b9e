// nfstriage_damage: damages every sample in many ways and checks what is said of it then: no crash,
// no hang, limits kept, a clear error or a verdict that follows the schema, and where nothing but
// pages was lost an answer that is weaker, not another one (engine/README.md).
//
//   nfstriage_damage                                   a share that a seed chooses
//   nfstriage_damage --all --corpus                    everything, real dumps too
//   nfstriage_damage --sample NAME --kind KIND --at N  one damage
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "base/private_folder.h"
#include "damage/isolated.h"
#include "damage/run_one.h"

namespace nfstriage::damage {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  // it reserves terabytes of address space, and is slow
#else
constexpr bool kSanitized = false;
#endif
constexpr std::uint64_t kMemory = 512 << 20;  // what the hook gives an analysis at most
constexpr unsigned kSeconds = kSanitized ? 120 : 20;
constexpr std::size_t kMostShown = 12;  // failures of one kind and sample

struct Options {
    std::string sample, kind;
    std::optional<std::size_t> at;
    std::uint64_t seed = 1;
    unsigned share = 1;
    bool all = false, corpus = false, list = false, here = false, print = false, verbose = false;
    Limits limits;
};

struct Tally {
    std::size_t runs = 0, verdicts = 0, failures = 0;
    std::chrono::microseconds slowest{0};
    std::uint64_t peak_bytes = 0;
    void add(const Tally& other) {
        runs += other.runs;
        verdicts += other.verdicts;
        failures += other.failures;
        slowest = std::max(slowest, other.slowest);
        peak_bytes = std::max(peak_bytes, other.peak_bytes);
    }
};

// Which of the places of one kind are tried.
std::vector<std::size_t> chosen(const Options& options, const std::string& what, std::size_t places,
                                unsigned share) {
    std::vector<std::size_t> all(places);
    for (std::size_t i = 0; i < places; ++i) all[i] = i;
    if (options.at)
        return *options.at < places ? std::vector{*options.at} : std::vector<std::size_t>{};
    std::size_t most = std::size_t{share} * options.share;
    if (options.all || places <= most) return all;
    Random random(options.seed, what, ~std::uint64_t{0});
    for (std::size_t i = 0; i < most; ++i)
        std::swap(all[i], all[i + static_cast<std::size_t>(random.below(places - i))]);
    all.resize(most);
    std::sort(all.begin(), all.end());
    return all;
}

void print_failure(const Options& options, const Target& target, const Kind& kind,
                   std::size_t place, const std::string& what) {
    std::printf("FAILED --sample '%s' --kind %s --at %zu --seed %llu: %s\n",
                target.sample.name.c_str(), std::string(kind.name).c_str(), place,
                static_cast<unsigned long long>(options.seed), what.c_str());
    std::fflush(stdout);
}

std::string failure_of(const Ended& ended) {
    if (ended.end == End::hung) return "no answer within the deadline";
    if (ended.end == End::died) return "died: " + ended.said;
    return ended.said.substr(1);
}

Tally run_kind(const Options& options, const Target& target, const Kind& kind,
               const fs::path& scratch) {
    Tally tally;
    std::string what = target.sample.name + "/" + std::string(kind.name);
    std::vector<std::size_t> places = chosen(options, what, kind.places(target), kind.share);
    std::unique_ptr<Workplace> workplace;  // of each process, made there
    auto job = [&](std::size_t place, unsigned slot) {
        if (workplace == nullptr)
            workplace = std::make_unique<Workplace>(target, kind,
                                                    scratch / ("slot" + std::to_string(slot)));
        Judged judged = workplace->run(options.seed, place);
        if (options.print) std::printf("%s\n", judged.json.c_str());
        return (judged.verdict ? "v" : "e") + judged.complaint;
    };
    auto report = [&](const Ended& ended) {
        ++tally.runs;
        tally.slowest = std::max(tally.slowest, ended.time);
        tally.peak_bytes = std::max(tally.peak_bytes, ended.peak_bytes);
        tally.verdicts += ended.end == End::finished && ended.said.front() == 'v';
        std::string failure = failure_of(ended);
        if (!failure.empty() && ++tally.failures <= kMostShown)
            print_failure(options, target, kind, ended.place, failure);
    };
    if (!options.here) {
        run_isolated(places, job, options.limits, report);
        return tally;
    }
    for (std::size_t place : places) report({place, End::finished, job(place, 0)});
    return tally;
}

void print_tally(const std::string& name, const Tally& tally) {
    std::printf(
        "%-16s %7zu runs %7zu verdicts %7zu errors %5zu failed %7.0f ms at most %5llu MiB\n",
        name.c_str(), tally.runs, tally.verdicts, tally.runs - tally.verdicts, tally.failures,
        static_cast<double>(tally.slowest.count()) / 1000,
        static_cast<unsigned long long>(tally.peak_bytes >> 20));
}

int run(const Options& options) {
    auto scratch = PrivateFolder::make();
    if (!scratch) {
        std::fprintf(stderr, "%s\n", to_string(scratch.error()).c_str());
        return 2;
    }
    const fs::path& folder = (*scratch)->path();
    std::vector<Sample> samples =
        find_samples(NFSTRIAGE_SOURCE_DIR "/samples", folder, options.sample);
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (options.corpus && corpus != nullptr)
        for (Sample& sample : find_corpus(corpus, folder, options.sample))
            samples.push_back(std::move(sample));
    std::vector<fs::path> profiles = profiles_of(samples);
    std::map<std::string, Tally> tallies;
    Tally total;
    for (const Sample& sample : samples) {
        if (!options.sample.empty() && sample.name != options.sample) continue;
        if (options.list) std::printf("%s\n", sample.name.c_str());
        if (options.list) continue;
        Reference reference = make_reference(sample);
        Target target{sample, reference, profiles};
        Tally of_sample;
        for (const Kind& kind : kinds()) {
            if (!options.kind.empty() && kind.name != options.kind) continue;
            Tally tally = run_kind(options, target, kind, folder);
            tallies[std::string(kind.name)].add(tally);
            of_sample.add(tally);
        }
        if (options.verbose) print_tally(sample.name, of_sample);
        std::fflush(stdout);
        total.add(of_sample);
    }
    for (const auto& [name, tally] : tallies) print_tally(name, tally);
    std::printf("%zu passed, %zu failed\n", total.runs - total.failures, total.failures);
    return total.failures != 0 || (total.runs == 0 && !options.list) ? 1 : 0;
}

}  // namespace
}  // namespace nfstriage::damage

int main(int argc, char** argv) {
    using namespace nfstriage::damage;
    Options options;
    options.limits.memory_bytes = kSanitized ? 0 : kMemory;
    unsigned seconds = kSeconds;
    CLI::App app("Damages samples and checks what is said of them");
    app.add_option("--sample", options.sample, "This one alone (--list prints all)");
    app.add_option("--kind", options.kind, "This kind of damage alone");
    app.add_option("--at", options.at, "This place alone");
    app.add_option("--seed", options.seed, "Of everything that is chosen");
    app.add_option("--share", options.share, "How much of a short run: 2 is twice as many places");
    app.add_flag("--all", options.all, "Every place");
    app.add_flag("--corpus", options.corpus, "Dumps and logs below $NFSTRIAGE_CORPUS too");
    app.add_flag("--list", options.list, "Print the samples and stop");
    app.add_flag("--here", options.here, "In this process, for a debugger");
    app.add_flag("--print", options.print, "Print the JSON of each answer (with --here)");
    app.add_flag("--verbose", options.verbose, "A line for each sample");
    app.add_option("--deadline", seconds, "Seconds for one analysis");
    app.add_option("--processes", options.limits.processes, "At once")->check(CLI::Range(1, 64));
    CLI11_PARSE(app, argc, argv);
    options.limits.deadline = std::chrono::seconds(seconds);
    return run(options);
}
