// nfstriage log INPUT...: the kernel's log, or the reports in it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "command.h"
#include "input_options.h"
#include "look.h"

namespace nfstriage::command {
namespace {

constexpr std::uint8_t kLevels = 8;

struct Options {
    InputOptions input;
    std::optional<double> since, until;
    std::optional<std::size_t> tail;
    std::string level;
    bool decode = false, events = false;
};

std::vector<std::string> level_names() {
    std::vector<std::string> names;
    for (std::uint8_t level = 0; level < kLevels; ++level)
        names.emplace_back(facts::level_name(level));
    return names;
}

int run(const Options& options) {
    facts::LogQuestion question;
    question.since_s = options.since;
    question.until_s = options.until;
    question.tail = options.tail;
    question.events = options.events;
    for (std::uint8_t level = 0; level < kLevels; ++level)
        if (facts::level_name(level) == options.level) question.most_level = level;
    TriageOptions reading = options.input.reading();
    const report::LogView view{options.decode, options.events};
    auto render = [&](const Result<facts::LogAnswer>& log, const Put& put) -> Result<void> {
        if (!log) return tl::unexpected<Error>(log.error());
        if (options.input.as_json())
            report::log_to_json(*log, view, options.input.json(), put);
        else
            report::log_to_text(*log, view, options.input.text(), put);
        return {};
    };
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return render(look_at_log(input, reading, question), put);
    };
    renderer.of_log = [&](log::Text& text, const Put& put) {
        return render(look_at_log_text(text, "-", question), put);
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_log(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* log = app.add_subcommand(
        "log",
        "Print the kernel's log out of a dump as dmesg does, and say what is missing of it; of a\n"
        "console log its lines in order. With --events the reports in it: oopses, warnings,\n"
        "lockups, stalls, hung tasks, panics");
    options->input.add_inputs(*log);
    log->add_flag("--events", options->events, "The reports that were recognised, not the lines");
    log->add_flag("-x,--decode", options->decode, "Facility and level in front of each line");
    log->add_option("--level", options->level,
                    "Only lines of this level and worse (dumps only; console logs have no levels)")
        ->check(CLI::IsMember(level_names()));
    log->add_option("--since", options->since, "Only lines from this moment on, since boot")
        ->type_name("SECONDS");
    log->add_option("--until", options->until, "Only lines up to this moment")
        ->type_name("SECONDS");
    log->add_option("--tail", options->tail, "Only the last lines of these")->type_name("N");
    options->input.add_reading(*log);
    options->input.add_sandbox(*log);
    log->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read, or has no log.");
    log->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
