// nfstriage ticket INPUT...: print a ticket for each crash, ready to file.
#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "report/ticket.h"
#include "triage.h"

namespace nfstriage::command {
namespace {

struct Options {
    InputOptions input;
    DataFolders folders;
};

Result<void> render(const Result<verdict::Verdict>& verdict, const InputOptions& options,
                    const Put& put) {
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    report::Ticket ticket = report::make_ticket(*verdict);
    put(options.as_json() ? report::ticket_to_json(ticket, *verdict, options.json())
                          : report::ticket_to_markdown(ticket, *verdict));
    return {};
}

int run(const Options& options) {
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    const TriageOptions reading = options.input.reading();
    Renderer renderer;
    renderer.catalogue = &*catalogue;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return render(triage(input, *catalogue, reading), options.input, put);
    };
    renderer.of_log = [&](log::Text& text, const Put& put) {
        return render(triage_log(text, "-", *catalogue, reading), options.input, put);
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_ticket(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    options->input.format = "markdown";
    CLI::App* ticket = app.add_subcommand(
        "ticket",
        "Print a ticket for each crash: title, severity with its ground, the key that\n"
        "groups it with others, what to ask the customer, and the verdict");
    options->input.add_inputs(*ticket, {"markdown", "json"});
    options->input.add_reading(*ticket);
    options->input.add_sandbox(*ticket);
    options->folders.add_options(*ticket);
    ticket->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
