// nfstriage struct INPUT TYPE[.MEMBER,...] [ADDRESS...]: where the members of a C type lie, or what
// stands in objects of it.
#include <memory>
#include <optional>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "look.h"
#include "look_words.h"
#include "report/typed.h"

namespace nfstriage::command {
namespace {

constexpr std::uint64_t kMostObjects = 100'000;

struct Options {
    InputOptions input;
    std::uint64_t count = 1;
    std::optional<std::uint64_t> limit;
    std::string link;
    bool places = false;
};

int run(Options options) {
    std::vector<std::string> words = take_words(options.input.inputs);
    if (words.empty()) {
        spdlog::error("struct: a type was expected behind {}; see nfstriage struct --help",
                      options.input.inputs.back());
        return Exit::usage;
    }
    TypeWords type = parse_type_words(words.front());
    facts::TypeQuestion question;
    question.type = std::move(type.type);
    question.members = std::move(type.members);
    question.addresses.assign(words.begin() + 1, words.end());
    question.count = options.count;
    question.link = options.link;
    if (options.limit) question.limits.elements = *options.limit;
    TriageOptions reading = options.input.reading();
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return look_at_type(input, reading, question, [&](const facts::TypedLook& look) {
            if (options.input.as_json())
                report::typed_to_json(look, options.input.json(), put);
            else
                report::typed_to_text(look, options.places, options.input.text(), put);
        });
    };
    renderer.of_log = [&](log::Text&, const Put&) -> Result<void> {
        return error("-", std::nullopt, "a dump was expected on the command line",
                     "nfstriage log reads logs");
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_struct(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* look = app.add_subcommand(
        "struct",
        "Print what stands in an object of the crashed kernel, or where the members of a type\n"
        "lie. Behind the input follow TYPE, or TYPE.MEMBER,MEMBER..., and addresses or symbols;\n"
        "without one the layout of the type is printed");
    options->input.add_inputs(*look);
    look->add_option("-n,--count", options->count,
                     "Objects one behind the other from each address (default: 1)")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, kMostObjects).description(""));
    look->add_option("--link", options->link,
                     "Each address is that of this member of TYPE, as of the node of a list")
        ->type_name("MEMBER");
    look->add_option("--limit", options->limit,
                     "Elements of each array that are read (default: 200; 0: all)")
        ->type_name("N");
    look->add_flag("--offsets", options->places, "The address of every line of an object");
    options->input.add_sources(*look);
    options->input.add_sandbox(*look);
    look->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read, or has no such type, member or symbol.");
    look->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
