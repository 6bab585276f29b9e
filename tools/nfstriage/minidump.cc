// nfstriage minidump INPUT -o OUT: write the part of a dump that its analysis needs.
#include "minidump.h"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "inputs.h"
#include "redaction.h"

namespace nfstriage::command {
namespace {

struct Options {
    InputOptions input;
    DataFolders folders;
};

std::string size_text(std::uint64_t bytes) {
    return bytes < (1u << 20) ? fmt::format("{} KiB", bytes >> 10)
                              : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1u << 20));
}

int run(const Options& options) {
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    auto inputs = gather_inputs(options.input.inputs, options.input.max_unpacked);
    if (inputs.size() != 1) {
        spdlog::error("one crash was expected, found {}: -o names one file", inputs.size());
        return Exit::usage;
    }
    const NamedInput& named = inputs.front();
    if (!named.input) {
        spdlog::error("{}", to_string(named.input.error()));
        return Exit::unreadable;
    }
    auto key = options.input.key();
    if (!key) {
        spdlog::error("{}", to_string(key.error()));
        return Exit::usage;
    }
    const TriageOptions reading = options.input.reading();
    Result<Input> input = named.input;
    if (*key) input = Redacting(**key).input(*input, *catalogue, reading);
    if (!input) {
        spdlog::error("{}", to_string(input.error()));
        return Exit::unreadable;
    }
    auto made = make_minidump(*input, *catalogue, options.input.output, reading);
    if (!made) {
        spdlog::error("{}", to_string(made.error()));
        return Exit::unreadable;
    }
    std::string left_out;
    if (made->user_pages > 0)
        left_out = fmt::format("; left out {} that the analysis read, of programs or files",
                               made->user_pages);
    fmt::print("{}: {}, {} pages{}\n", options.input.output, size_text(made->bytes), made->pages,
               left_out);
    if (made->same_verdict) return Exit::done;
    spdlog::error("{}: the mini-dump gives another verdict than {}; keep the dump",
                  options.input.output, named.name);
    return Exit::check_failed;
}

}  // namespace

void add_minidump(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* minidump = app.add_subcommand(
        "minidump",
        "Write a small dump of the pages that the analysis of a dump touches, with what crash and\n"
        "drgn need to open it. Its analysis gives the same verdict");
    minidump->add_option("INPUT", options->input.inputs, "The dump, or the folder of a crash")
        ->required();
    minidump->add_option("-o,--output", options->input.output, "The mini-dump; it is replaced")
        ->type_name("FILE")
        ->required();
    options->input.add_reading(*minidump);
    options->folders.add_options(*minidump);
    minidump->footer(
        "Exit status: 0 done, 1 the mini-dump gives another verdict than the dump, 2 the command\n"
        "line is wrong, 3 the input could not be read or the mini-dump not be written.");
    minidump->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
