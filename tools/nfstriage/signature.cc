// nfstriage signature INPUT...: print what groups each crash with others of its kind.
#include <memory>
#include <string>

#include "command.h"
#include "input_options.h"
#include "report/signature.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

Result<void> render(const Result<verdict::Verdict>& verdict, const InputOptions& options,
                    const Put& put) {
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    put(options.as_json() ? report::signature_to_json(*verdict, options.json())
                          : report::signature_to_text(*verdict));
    return {};
}

// No rule takes part: the signature of a crash does not change with what is known about it.
int run(const InputOptions& options) {
    const Catalogue nothing;
    const TriageOptions reading = options.reading();
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return render(triage(input, nothing, reading), options, put);
    };
    renderer.of_log = [&](log::Text& text, const Put& put) {
        return render(triage_log(text, "-", nothing, reading), options, put);
    };
    renderer.separated = false;
    return render_all(options, renderer);
}

}  // namespace

void add_signature(CLI::App& app, int& status) {
    auto options = std::make_shared<InputOptions>();
    CLI::App* signature = app.add_subcommand(
        "signature",
        "Print the signature of each crash: the same on every host, with and without KASLR, from\n"
        "the dump and from its console log. Two crashes are of one group if their sets of texts,\n"
        "alternates included, have one in common");
    options->add_inputs(*signature);
    options->add_reading(*signature);
    options->add_sandbox(*signature);
    signature->footer(
        "Text: one line for each input, \"ID TEXT INPUT\", then its alternates, each after "
        "\"or\".\n"
        "A crash without any function to go by has \"-\" for ID and TEXT.\n"
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read.");
    signature->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
