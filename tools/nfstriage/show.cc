// nfstriage show INPUT... [SECTION]: print the NFS and SUNRPC state of each dump.
#include "show.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "command.h"
#include "input_options.h"
#include "report/state.h"

namespace nfstriage::command {
namespace {

constexpr std::size_t kRows = 20;  // of each list, on paper; JSON has all

struct Options {
    InputOptions input;
    std::optional<std::int64_t> pid;
    std::string server;
    std::optional<std::size_t> limit;
    bool verbose = false, origins = false;
};

// Sections are named among the inputs, as `ip` and `git` do: what is no section is a file.
std::set<std::string, std::less<>> take_sections(std::vector<std::string>& inputs) {
    std::set<std::string, std::less<>> sections;
    auto known = report::state_sections();
    bool all = false;
    auto is_section = [&](const std::string& word) {
        bool found = std::find(known.begin(), known.end(), word) != known.end();
        if (found) sections.insert(word);
        all = all || word == "all";
        return found || word == "all";
    };
    if (inputs.size() > 1)
        inputs.erase(std::remove_if(inputs.begin() + 1, inputs.end(), is_section), inputs.end());
    if (all) sections.clear();
    return sections;
}

int run(Options options) {
    report::StateView view;
    view.sections = take_sections(options.input.inputs);
    view.pid = options.pid;
    view.server = options.server;
    view.verbose = options.verbose;
    view.origins = options.origins;
    view.limit = options.limit;
    if (!view.limit && !options.input.as_json()) view.limit = kRows;
    if (options.limit == 0) view.limit.reset();
    TriageOptions reading = options.input.reading();
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return show(input, reading, [&](const facts::Scene& scene) {
            if (options.input.as_json())
                report::state_to_json(scene, view, options.input.json(), put);
            else
                put(report::state_to_text(scene, view, options.input.text()));
        });
    };
    renderer.of_log = [&](log::Text&, const Put&) -> Result<void> {
        return error("-", std::nullopt, "a dump was expected on the command line",
                     "nfstriage analyze reads logs");
    };
    return render_all(options.input, renderer);
}

std::string section_names() {
    std::string names;
    for (std::string_view name : report::state_sections()) {
        if (!names.empty()) names += ", ";
        names += name;
    }
    return names;
}

}  // namespace

void add_show(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* show = app.add_subcommand(
        "show",
        "Print the NFS and SUNRPC state of a dump: what was mounted, in flight, held and waited\n"
        "for at the moment of the crash, and what is illegal about it. Sections may follow the\n"
        "inputs: all (default), " +
            section_names());
    options->input.add_inputs(*show);
    show->add_option("--pid", options->pid, "Only what belongs to this task")->type_name("PID");
    show->add_option("--server", options->server,
                     "Only what belongs to this server, by name or "
                     "address")
        ->type_name("NAME");
    show->add_option("--limit", options->limit,
                     "Rows of each list (default: 20 in text, all in JSON; 0: all). Counts are "
                     "of everything")
        ->type_name("N");
    show->add_flag("-v,--verbose", options->verbose, "Every value of every object");
    show->add_flag("--origins", options->origins,
                   "Where each value was read: structure, member, address; in text with -v");
    options->input.add_reading(*show);
    options->input.add_sandbox(*show);
    show->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read.");
    show->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
