// nfstriage analyze INPUT...: read each input, print a verdict for each.
#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "command.h"
#include "inputs.h"
#include "profile_cache.h"
#include "report/json.h"
#include "report/text.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

struct Options {
    std::vector<std::string> inputs;
    std::string log;
    std::string format = "text";
    std::string output;
    std::string colour = "auto";
    bool stable = false;
    bool force_library = false;
    std::string profile;
    std::vector<std::string> debuginfo;
    bool debuginfod = false;
    std::uint64_t max_unpacked = 64ull << 30;
    DataFolders folders;
};

bool to_terminal(const Options& options) {
    return options.output.empty() && isatty(STDOUT_FILENO) != 0;
}

class Writer {
public:
    explicit Writer(const Options& options) : options_(options) {
        json_.stable = options.stable;
        json_.indent = options.inputs.size() > 1 ? -1 : 2;  // JSON Lines for several
        text_.colour =
            options.colour == "always" || (options.colour == "auto" && to_terminal(options));
    }

    void add(const verdict::Verdict& verdict) {
        if (options_.format == "json")
            out_ += report::to_json(verdict, json_);
        else
            separate(report::to_text(verdict, text_));
    }

    void add(const std::string& name, const Error& error) {
        if (options_.format == "json")
            out_ += report::error_to_json(name, error, json_);
        else
            spdlog::error("{}", to_string(error));
    }

    // What was added since the last time; false if it could not be written.
    bool flush() {
        bool written = options_.output.empty() ? print() : save();
        out_.clear();
        return written;
    }

private:
    void separate(std::string text) {
        if (any_) out_ += "\n" + std::string(text_.width, '=') + "\n\n";
        any_ = true;
        out_ += text;
    }

    bool print() {
        std::fwrite(out_.data(), 1, out_.size(), stdout);
        return std::fflush(stdout) == 0;
    }

    bool save() {
        std::ofstream file(options_.output, saved_ ? std::ios::app : std::ios::trunc);
        saved_ = true;
        file << out_;
        file.close();
        if (!file)
            spdlog::error("{}: cannot be written; check the path and the free space",
                          options_.output);
        return file.good();
    }

    const Options& options_;
    report::JsonOptions json_;
    report::TextOptions text_;
    std::string out_;
    bool any_ = false, saved_ = false;
};

void report_rejected(const Catalogue& catalogue) {
    for (const rules::Diagnostic& diagnostic : catalogue.rejected_rules)
        spdlog::warn("a rule was not loaded: {}", rules::to_string(diagnostic));
    for (const Error& error : catalogue.knowledge.errors)
        spdlog::warn("a record was not loaded: {}", to_string(error));
}

int run(const Options& options) {
    if (!options.log.empty() && options.inputs.size() != 1) {
        spdlog::error("--log belongs to one dump, {} inputs were given; analyze them one by one",
                      options.inputs.size());
        return Exit::usage;
    }
    auto catalogue =
        Catalogue::load(options.folders.rules_folder(), options.folders.knowledge_folder());
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    report_rejected(*catalogue);
    Writer writer(options);
    TriageOptions triage_options;
    triage_options.force_library = options.force_library;
    triage_options.profiles.file = options.profile;
    triage_options.profiles.folders = profile_folders();
    if (!options.debuginfo.empty() || options.debuginfod) {
        MakeProfile request;
        request.sources = {options.debuginfo.begin(), options.debuginfo.end()};
        request.debuginfod = options.debuginfod;
        request.limits.kept = options.max_unpacked;
        triage_options.text_sources = request.sources;
        triage_options.profiles.make = cache_filler(std::move(request));
    }
    int status = Exit::done;
    auto finish = [&](const std::string& name, const Result<verdict::Verdict>& verdict) {
        if (verdict) {
            writer.add(*verdict);
        } else {
            writer.add(name, verdict.error());
            status = Exit::unreadable;
        }
        if (!writer.flush() && status == Exit::done) status = Exit::check_failed;
    };
    for (const std::string& name : options.inputs) {
        if (name != "-") continue;
        std::string text{std::istreambuf_iterator<char>(std::cin), {}};
        finish("-", triage_log(std::move(text), "-", *catalogue));
    }
    std::vector<std::string> files;
    for (const std::string& name : options.inputs)
        if (name != "-") files.push_back(name);
    for (NamedInput& named : gather_inputs(files, options.max_unpacked)) {
        if (!named.input) {
            finish(named.name, tl::unexpected<Error>(named.input.error()));
            continue;
        }
        if (!options.log.empty()) named.input->log = options.log;
        finish(named.name, triage(*named.input, *catalogue, triage_options));
    }
    return status;
}

}  // namespace

void add_analyze(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* analyze = app.add_subcommand(
        "analyze", "Read crash dumps or console logs and say which known bug each shows");
    analyze
        ->add_option("INPUT", options->inputs,
                     "Dump (kdump-compressed, flattened, split, ELF, /proc/vmcore), directory with "
                     "one, console log, or - for a log on standard input")
        ->required();
    analyze->add_option("--log", options->log, "Console log of the same crash")->type_name("FILE");
    analyze
        ->add_option("--debuginfo", options->debuginfo,
                     "Debuginfo of the crashed kernel: vmlinux, directory tree, .rpm, .deb or tar. "
                     "A profile is made of it and kept for the next time")
        ->type_name("PATH")
        ->allow_extra_args(false);
    analyze->add_flag("--debuginfod", options->debuginfod,
                      "Ask the servers of DEBUGINFOD_URLS for the debuginfo");
    analyze->add_option("--profile", options->profile, "Kernel profile to use, and no other")
        ->type_name("FILE");
    analyze->add_option("--format", options->format, "What to print (default: text)")
        ->check(CLI::IsMember({"text", "json"}));
    analyze->add_option("-o,--output", options->output, "Write there instead of standard output")
        ->type_name("FILE");
    analyze->add_flag("--stable", options->stable,
                      "Leave out timing and cost, so that two runs compare byte for byte");
    analyze->add_option("--color", options->colour, "When to colour text (default: auto)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    analyze->add_flag("--libkdumpfile", options->force_library,
                      "Read dumps through libkdumpfile instead of the native reader");
    analyze
        ->add_option("--max-unpacked", options->max_unpacked,
                     "Bytes a packed input may unpack to (default: 64 GiB)")
        ->transform(CLI::AsSizeValue(false));
    options->folders.add_options(*analyze);
    analyze->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
