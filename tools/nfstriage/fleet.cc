// nfstriage fleet: what the crashes of a store tell together; fleet merge: one store out of
// several.
#include <unistd.h>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "command.h"
#include "fleet/fleet_view.h"
#include "fleet/merge.h"
#include "fleet/times.h"
#include "fleet_options.h"
#include "progress.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

struct Options {
    std::string store = kDefaultStore;
    std::string since, format = "text", output, colour = "auto";
    std::size_t top = 20;
    DataFolders folders;
};

struct MergeOptions {
    std::string into;
    std::vector<std::string> from;
    double wait_s = 60;
};

bool write_out(const std::string& text, const std::string& output) {
    if (output.empty()) {
        std::cout << text << std::flush;
        return std::cout.good();
    }
    std::ofstream file(output, std::ios::trunc);
    file << text << std::flush;
    if (!file) spdlog::error("{}: cannot be written; check the path and the free space", output);
    return file.good();
}

int report(const Options& options) {
    fleet::FleetOptions look;
    look.now_s = std::time(nullptr);
    look.top = options.top;
    if (!options.since.empty() && !(look.since_s = fleet::parse_since(options.since, look.now_s))) {
        spdlog::error("--since {}: a span such as 12h or 7d, or a date was expected",
                      options.since);
        return Exit::usage;
    }
    auto records = load_records(options.folders.knowledge);
    if (!records) {
        spdlog::error("{}", to_string(records.error()));
        return Exit::usage;
    }
    auto store = fleet::Store::open(options.store, fleet::Access::read);
    if (!store) {
        spdlog::error("{}", to_string(store.error()));
        return Exit::unreadable;
    }
    auto view = fleet::look_at(**store, *records, look);
    if (!view) {
        spdlog::error("{}", to_string(view.error()));
        return Exit::unreadable;
    }
    bool to_terminal = options.output.empty() && isatty(STDOUT_FILENO) != 0;
    bool colour = options.colour == "always" || (options.colour == "auto" && to_terminal);
    std::string text = options.format == "json"   ? fleet::to_json(*view, 2)
                       : options.format == "html" ? fleet::to_html(*view)
                                                  : fleet::to_text(*view, 100, colour);
    return write_out(text, options.output) ? Exit::done : Exit::check_failed;
}

int merge(const MergeOptions& options) {
    std::chrono::milliseconds wait(static_cast<std::int64_t>(options.wait_s * 1000));
    auto into = fleet::Store::open(options.into, fleet::Access::write, wait);
    if (!into) {
        spdlog::error("{}", to_string(into.error()));
        return Exit::check_failed;
    }
    int status = Exit::done;
    fleet::Added all;
    for (const std::string& name : options.from) {
        auto from = fleet::Store::open(name, fleet::Access::read, wait);
        if (!from) {
            spdlog::error("{}", to_string(from.error()));
            status = Exit::unreadable;
            continue;
        }
        Progress progress;
        auto added = fleet::merge(
            **into, **from, [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
                progress.show(fmt::format("{} {}", what, name), done, total);
            });
        if (!added) {
            spdlog::error("{}", to_string(added.error()));
            return added.error().file == options.into ? Exit::check_failed : Exit::unreadable;
        }
        all.results += added->results;
        all.duplicates += added->duplicates;
        all.failures += added->failures;
    }
    std::cout << fmt::format("{}: {} verdicts added, {} were there, {} inputs without one\n",
                             options.into, all.results, all.duplicates, all.failures);
    return status;
}

void add_merge(CLI::App& fleet, int& status) {
    auto options = std::make_shared<MergeOptions>();
    CLI::App* app = fleet.add_subcommand(
        "merge", "Add to the store OUT what the other stores have; nothing counts twice");
    app->add_option("OUT", options->into, "Store to add to, made if it is not there")->required();
    app->add_option("IN", options->from, "Stores to take from")->required();
    app->add_option("--wait", options->wait_s,
                    "Seconds to wait for others that use a store (default: 60)")
        ->check(CLI::Range(0.0, 86400.0));
    app->callback([options, &status] { status = merge(*options); });
}

}  // namespace

void add_fleet(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* fleet = app.add_subcommand(
        "fleet",
        "Say what the crashes of a store tell together: groups, hosts, kernels, servers,\n"
        "what came at once, what is new, who has the fix");
    fleet->require_subcommand(0, 1);
    fleet
        ->add_option("--store", options->store,
                     "What nfstriage batch filled (default: triage.sqlite)")
        ->type_name("FILE");
    fleet
        ->add_option("--since", options->since,
                     "Only what happened since the day of: 36h, 7d, 2026-11-15 (default: all)")
        ->type_name("TIME");
    fleet->add_option("--top", options->top, "Entries of each list (default: 20)")
        ->check(CLI::Range(1u, 10000u));
    fleet->add_option("--format", options->format, "What to print (default: text)")
        ->check(CLI::IsMember({"text", "json", "html"}));
    fleet->add_option("-o,--output", options->output, "Write there instead of standard output")
        ->type_name("FILE");
    fleet->add_option("--color", options->colour, "When to colour text (default: auto)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    fleet
        ->add_option("--knowledge", options->folders.knowledge,
                     "Folder of records of known bugs to use instead of the program's own")
        ->type_name("DIR");
    add_merge(*fleet, status);
    fleet->callback([options, fleet, &status] {
        if (fleet->get_subcommands().empty()) status = report(*options);
    });
}

}  // namespace nfstriage::command
