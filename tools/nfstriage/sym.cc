// nfstriage sym INPUT NAME|ADDRESS...: what symbols mean in a dump.
#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "look.h"
#include "look_words.h"

namespace nfstriage::command {
namespace {

int run(InputOptions options) {
    const std::vector<std::string> words = take_words(options.inputs);
    if (words.empty()) {
        spdlog::error("sym: names or addresses were expected behind {}; see nfstriage sym --help",
                      options.inputs.back());
        return Exit::usage;
    }
    TriageOptions reading = options.reading();
    Renderer renderer;
    bool all_found = true;
    renderer.of_input = [&](const Input& input, const Put& put) -> Result<void> {
        auto list = look_at_symbols(input, reading, words);
        if (!list) return tl::unexpected<Error>(list.error());
        for (const facts::SymbolAnswer& answer : list->answers)
            all_found = all_found && !answer.matches.empty();
        put(options.as_json() ? report::symbols_to_json(*list, options.json())
                              : report::symbols_to_text(*list, options.text()));
        return {};
    };
    renderer.of_log = [&](log::Text&, const Put&) -> Result<void> {
        return error("-", std::nullopt, "a dump was expected on the command line",
                     "nfstriage log reads logs");
    };
    renderer.exit_status = [&](int status) {
        return status == Exit::done && !all_found ? int{Exit::unreadable} : status;
    };
    return render_all(options, renderer);
}

}  // namespace

void add_sym(CLI::App& app, int& status) {
    auto options = std::make_shared<InputOptions>();
    CLI::App* sym = app.add_subcommand(
        "sym",
        "Translate addresses of a dump into symbols and symbols into addresses, with module, size\n"
        "and, where a profile knows it, source line. Behind the input follow names, MODULE:name,\n"
        "name+offset, or addresses; a name that is not there is answered with those nearest");
    options->add_inputs(*sym);
    options->add_reading(*sym);
    options->add_sandbox(*sym);
    sym->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read, or does not have one of the symbols.");
    sym->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
