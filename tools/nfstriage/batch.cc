// nfstriage batch FOLDER|LIST: analyse many inputs, keep what came out in a store.
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "command.h"
#include "fleet/batch.h"
#include "fleet/batch_report.h"
#include "fleet/times.h"
#include "fleet_options.h"
#include "profile_cache.h"
#include "progress.h"
#include "redaction.h"
#include "sandbox_option.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string input;
    std::string store = kDefaultStore;
    std::string format = "text";
    // One more than there are CPUs, for the time in which one ends and another begins.
    unsigned jobs = std::thread::hardware_concurrency() + 1;
    double deadline_s = 60;
    std::uint64_t memory = 4ull << 30;
    std::uint64_t max_unpacked = 16ull << 30;
    std::string since, share;
    std::int64_t settle_s = 0;
    double wait_s = 10;
    bool retry_failed = false;
    std::string profile;
    std::string redact_key;
    std::string sandbox = "auto";
    DataFolders folders;
};

// "1/4" -> the second of four.
bool parse_share(const std::string& text, fleet::BatchOptions& batch) {
    auto slash = text.find('/');
    if (slash == std::string::npos) return false;
    auto number = parse_unsigned(std::string_view(text).substr(0, slash));
    auto of = parse_unsigned(std::string_view(text).substr(slash + 1));
    if (!number || !of || *number >= *of) return false;
    batch.number = *number;
    batch.of = *of;
    return true;
}

// What is left, by the rate of the inputs that took work so far.
class Pace {
public:
    std::string line(const fleet::BatchSummary& summary) {
        double passed = std::chrono::duration<double>(Clock::now() - start_).count();
        auto worked = static_cast<double>(summary.analysed + summary.duplicates + summary.failed);
        std::uint64_t left = summary.inputs - std::min(summary.inputs, summary.done());
        std::string text = fmt::format("{} of {}", summary.done(), summary.inputs);
        if (summary.failed != 0) text += fmt::format(", {} failed", summary.failed);
        if (passed < 1 || worked == 0) return text;
        double rate = worked / passed;
        return text + fmt::format(", {:.{}f}/s, {} left", rate, rate < 10 ? 1 : 0,
                                  clock(static_cast<double>(left) / rate));
    }

private:
    static std::string clock(double seconds) {
        auto whole = static_cast<std::uint64_t>(seconds + 0.5);
        return whole < 3600
                   ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                   : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    }
    Clock::time_point start_ = Clock::now();
};

// So that no child compiles what all of them need: rules' clauses and the patterns of logs.
void warm_up(const Catalogue& catalogue) {
    constexpr std::string_view kLog =
        "[    1.000000] Linux version 6.1.0 (a@b) (gcc) #1 SMP\n"
        "[   10.000000] nfs: server 192.0.2.1 not responding, still trying\n"
        "[   20.000000] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
        "[   20.000001] Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
        "[   20.000002] CPU: 0 PID: 1 Comm: a Not tainted 6.1.0 #1\n"
        "[   20.000003] RIP: 0010:nfs_wb_page+0x12/0x80 [nfs]\n"
        "[   20.000004] Call Trace:\n"
        "[   20.000005]  nfs_file_write+0x40/0x200 [nfs]\n"
        "[   20.000006] Kernel panic - not syncing: Fatal exception\n";
    log::TextView log(kLog);
    [[maybe_unused]] auto verdict = triage_log(log, "-", catalogue);
}

std::vector<Grant> grants_of(const ProfileOptions& profiles) {
    std::vector<Grant> grants;
    if (!profiles.file.empty()) grants.push_back({profiles.file, Access::read});
    for (const auto& folder : profiles.folders) grant_reading(grants, folder);
    return grants;
}

// Whoever runs the batch has to find the file again.
void tell_names(const fleet::BatchSummary& summary) {
    for (const fleet::Failure& failure : summary.failures)
        spdlog::warn("no verdict of {}, called {} in results", escape(failure.path), failure.name);
}

int run(const Options& options) {
    fleet::BatchOptions batch;
    std::int64_t now = std::time(nullptr);
    if (!options.since.empty() && !(batch.since_s = fleet::parse_since(options.since, now))) {
        spdlog::error("--since {}: a span such as 12h or 7d, or a date was expected",
                      options.since);
        return Exit::usage;
    }
    if (!options.share.empty() && !parse_share(options.share, batch)) {
        spdlog::error("--share {}: NUMBER/OF was expected, counted from 0", options.share);
        return Exit::usage;
    }
    std::optional<Redacting> redacting;
    if (!options.redact_key.empty()) {
        auto key = redact::key_of_file(options.redact_key);
        if (!key) {
            spdlog::error("{}", to_string(key.error()));
            return Exit::usage;
        }
        redacting.emplace(*key);
    }
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    auto found = fleet::find_inputs(options.input);
    if (!found) {
        spdlog::error("{}", to_string(found.error()));
        return Exit::usage;
    }
    auto store = fleet::Store::open(
        options.store, fleet::Access::write,
        std::chrono::milliseconds(static_cast<std::int64_t>(options.wait_s * 1000)));
    if (!store) {
        spdlog::error("{}", to_string(store.error()));
        return Exit::check_failed;
    }
    const Sandbox sandbox = sandbox_of(options.sandbox);
    if (!tell_missing(sandbox)) return Exit::check_failed;
    warm_up(*catalogue);
    batch.limits = {std::chrono::milliseconds(static_cast<std::int64_t>(options.deadline_s * 1000)),
                    options.memory, options.max_unpacked};
    TriageOptions reading;
    reading.profiles.file = options.profile;
    reading.profiles.folders = profile_folders();
    reading.limits = batch.limits.spending();
    fleet::JobContext context{*catalogue,
                              reading,
                              options.max_unpacked,
                              redacting ? &*redacting : nullptr,
                              sandbox,
                              grants_of(reading.profiles)};
    batch.jobs = options.jobs;
    batch.retry_failed = options.retry_failed;
    batch.settle_s = options.settle_s;

    fleet::BatchSummary summary;
    auto started = Clock::now();
    {
        Progress progress;
        Pace pace;
        summary = fleet::run_batch(
            **store, std::move(found->candidates), context, batch, now,
            [&](const fleet::BatchSummary& so_far) { progress.show(pace.line(so_far), 0, 0); });
    }
    std::string store_name = options.store;
    if (redacting) {
        store_name = redacting->name(store_name);
        for (Error& error : found->errors) error = redacting->error(error);
        tell_names(summary);
    }
    fleet::BatchReport report{summary, found->left_out, found->errors, store_name,
                              std::chrono::duration<double>(Clock::now() - started).count()};
    std::cout << (options.format == "json" ? fleet::to_json(report) : fleet::to_text(report))
              << std::flush;
    if (summary.store_error) {
        spdlog::error("{}", to_string(*summary.store_error));
        return Exit::check_failed;
    }
    if (summary.interrupted) {
        spdlog::warn("interrupted; the same command goes on where it was");
        return Exit::check_failed;
    }
    bool all_read = summary.failed == 0 && found->errors.empty();
    return all_read ? Exit::done : Exit::unreadable;
}

}  // namespace

void add_batch(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* batch = app.add_subcommand(
        "batch",
        "Analyse all dumps and logs of a folder or list and keep the verdicts in a store,\n"
        "which nfstriage fleet reports on");
    batch
        ->add_option("FOLDER|LIST", options->input,
                     "Folder to search with all below it, file with a path on each line, or - for "
                     "such a list on standard input")
        ->required();
    batch->add_option("--store", options->store, "Where verdicts are kept (default: triage.sqlite)")
        ->type_name("FILE");
    batch
        ->add_option("-j,--jobs", options->jobs,
                     "Inputs at a time (default: one for each CPU and one more)")
        ->check(CLI::Range(1u, 1024u));
    batch->add_option("--deadline", options->deadline_s, "Seconds for each input (default: 60)")
        ->check(CLI::Range(0.1, 86400.0));
    batch->add_option("--memory", options->memory, "Memory for each input (default: 4 GiB)")
        ->transform(CLI::AsSizeValue(false));
    batch
        ->add_option("--max-unpacked", options->max_unpacked,
                     "Bytes a packed input may unpack to (default: 16 GiB)")
        ->transform(CLI::AsSizeValue(false));
    batch->add_flag("--retry-failed", options->retry_failed,
                    "Try inputs again that gave no verdict before");
    batch
        ->add_option("--since", options->since,
                     "Only files changed since: 12h, 7d, 2026-11-15 (default: all)")
        ->type_name("TIME");
    batch
        ->add_option("--settle", options->settle_s,
                     "Leave files for the next time that changed within so many seconds")
        ->type_name("SECONDS");
    batch
        ->add_option("--share", options->share,
                     "Only this part of the inputs, counted from 0: 2/8 is the third of eight")
        ->type_name("NUMBER/OF");
    batch
        ->add_option("--wait", options->wait_s,
                     "Seconds to wait for others that write to the store (default: 10)")
        ->check(CLI::Range(0.0, 86400.0));
    batch
        ->add_option(
            "--redact-key", options->redact_key,
            "Keep tokens in place of names of hosts, addresses, paths, file names and file "
            "handles, made with the key of this file; it is made if there is none")
        ->type_name("FILE");
    batch->add_option("--profile", options->profile, "Kernel profile to use, and no other")
        ->type_name("FILE");
    batch->add_option("--format", options->format, "What to print at the end (default: text)")
        ->check(CLI::IsMember({"text", "json"}));
    add_sandbox_option(*batch, options->sandbox);
    options->folders.add_options(*batch);
    batch->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
