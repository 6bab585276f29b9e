// nfstriage analyze INPUT...: read each input, print a verdict for each.
#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "graphviz.h"
#include "input_options.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/text.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

struct Options {
    InputOptions input;
    std::string log;
    bool stable = false;
    DataFolders folders;
};

void report_rejected(const Catalogue& catalogue) {
    for (const rules::Diagnostic& diagnostic : catalogue.rejected_rules)
        spdlog::warn("a rule was not loaded: {}", rules::to_string(diagnostic));
    for (const Error& error : catalogue.knowledge.errors)
        spdlog::warn("a record was not loaded: {}", to_string(error));
}

Result<void> render(const Result<verdict::Verdict>& verdict, const Options& options,
                    const Put& put) {
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    report::JsonOptions json = options.input.json();
    json.stable = options.stable;
    put(options.input.as_json()       ? report::to_json(*verdict, json)
        : options.input.as_markdown() ? report::to_markdown(*verdict)
                                      : report::to_text(*verdict, options.input.text()));
    return {};
}

// A page looks at the scene too, so it is made while that is open.
TriageOptions with_page(TriageOptions reading, std::string& page, const Outside::Service& draw) {
    reading.look = [&page, draw](const verdict::Verdict& verdict, const facts::Scene& scene) {
        page = report::to_html(verdict, {&scene, draw});
    };
    return reading;
}

Result<void> render_page(const Result<verdict::Verdict>& verdict, const std::string& page,
                         const Put& put) {
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    put(page);
    return {};
}

int run(const Options& options) {
    if (!options.log.empty() && options.input.inputs.size() != 1) {
        spdlog::error("--log belongs to one dump, {} inputs were given; analyze them one by one",
                      options.input.inputs.size());
        return Exit::usage;
    }
    if (options.input.as_html() && options.input.inputs.size() != 1) {
        spdlog::error("a page is of one input, {} were given; analyze them one by one",
                      options.input.inputs.size());
        return Exit::usage;
    }
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    report_rejected(*catalogue);
    const TriageOptions reading = options.input.reading();
    Outside::Service draw;
    if (options.input.as_html()) draw = options.input.outside->offer(draw_with_graphviz);
    Renderer renderer;
    renderer.catalogue = &*catalogue;
    if (!options.log.empty()) renderer.reads = {options.log};
    renderer.of_input = [&](Input input, const Put& put) {
        if (!options.log.empty()) input.log = options.log;
        if (!options.input.as_html())
            return render(triage(input, *catalogue, reading), options, put);
        std::string page;
        return render_page(triage(input, *catalogue, with_page(reading, page, draw)), page, put);
    };
    renderer.of_log = [&](log::Text& text, const Put& put) {
        if (!options.input.as_html())
            return render(triage_log(text, "-", *catalogue, reading), options, put);
        std::string page;
        return render_page(triage_log(text, "-", *catalogue, with_page(reading, page, draw)), page,
                           put);
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_analyze(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* analyze = app.add_subcommand(
        "analyze", "Read crash dumps or console logs and say which known bug each shows");
    options->input.add_inputs(*analyze, {"text", "json", "markdown", "html"});
    analyze->add_flag("--stable", options->stable,
                      "Leave out timing and cost, so that two runs compare byte for byte");
    analyze->add_option("--log", options->log, "Console log of the same crash")->type_name("FILE");
    options->input.add_reading(*analyze);
    options->input.add_sandbox(*analyze);
    options->folders.add_options(*analyze);
    analyze->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
