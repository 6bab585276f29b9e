// nfstriage rules explain and rules doc: rules and records for people.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "explain.h"
#include "facts/vocabulary.h"
#include "input_options.h"
#include "report/catalogue_doc.h"
#include "report/rule_text.h"
#include "rules_commands.h"

namespace nfstriage::command {
namespace {

struct Explain {
    std::string rule;
    InputOptions input;
    DataFolders folders;
};

struct Doc {
    std::string format = "markdown", output;
    DataFolders folders;
};

// The rule of that id, or of that file. Errors: there is none, or its first mistake.
Result<rules::Rule> find_rule(const std::string& name, const Catalogue& catalogue) {
    std::error_code failed;
    if (std::filesystem::is_regular_file(name, failed)) {
        auto rule = rules::load_rule(name);
        if (!rule) return tl::unexpected<Error>(rules::to_error(rule.error().front()));
        return std::move(*rule);
    }
    std::vector<std::string_view> ids;
    for (const rules::Rule& rule : catalogue.rules) {
        if (rule.id == name) return rule;
        ids.push_back(rule.id);
    }
    std::string nearest = facts::nearest(name, ids);
    return error(
        name, std::nullopt, "expected the id of a rule or a rule file",
        nearest.empty() ? "nfstriage rules doc lists all rules" : "did you mean " + nearest + "?");
}

Result<void> render(const Result<Explanation>& explanation, const Explain& options,
                    const Put& put) {
    if (!explanation) return tl::unexpected<Error>(explanation.error());
    put(report::match_to_text(explanation->match, explanation->input,
                              explanation->why_not_applicable, options.input.text()));
    return {};
}

int explain_rule(const Explain& options) {
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    auto rule =
        catalogue ? find_rule(options.rule, *catalogue) : tl::unexpected<Error>(catalogue.error());
    if (!rule) {
        spdlog::error("{}", to_string(rule.error()));
        return Exit::usage;
    }
    std::string text = report::rule_to_text(*rule, catalogue->knowledge, options.input.text());
    std::fputs(text.c_str(), stdout);
    if (options.input.inputs.empty())
        return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? Exit::done
                                                                    : Exit::check_failed;
    std::fputs("\n", stdout);
    const TriageOptions reading = options.input.reading();
    Renderer renderer;
    renderer.catalogue = &*catalogue;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return render(explain(input, *rule, reading), options, put);
    };
    renderer.of_log = [&](log::Text& log, const Put& put) {
        return render(explain_log(log, "-", *rule), options, put);
    };
    return render_all(options.input, renderer);
}

int write_doc(const Doc& options) {
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    std::string text = options.format == "markdown"
                           ? report::catalogue_to_markdown(catalogue->rules, catalogue->knowledge)
                           : report::catalogue_to_text(catalogue->rules, catalogue->knowledge, {});
    bool written = false;
    if (options.output.empty()) {
        written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                  std::fflush(stdout) == 0;
    } else {
        std::ofstream out(options.output, std::ios::trunc);
        out << text;
        out.close();
        written = !out.fail();
        if (!written)
            spdlog::error("{}: cannot be written; check the path and the free space",
                          options.output);
    }
    return written ? Exit::done : Exit::check_failed;
}

}  // namespace

void add_rules_explain(CLI::App& rules, int& status) {
    auto options = std::make_shared<Explain>();
    CLI::App* command = rules.add_subcommand(
        "explain",
        "Print a rule for people: what it says, its clauses, its records. With inputs also what\n"
        "each clause gives there, what it looked at, what was missing, and why the rule matches\n"
        "or does not");
    command->add_option("RULE", options->rule, "Id of a rule, or a rule file")->required();
    command->add_option("INPUT", options->input.inputs,
                        "Dump, directory with one, console log, or - for a log on standard input");
    options->input.add_colour(*command);
    options->input.add_reading(*command);
    options->folders.add_options(*command);
    command->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read.");
    command->callback([options, &status] { status = explain_rule(*options); });
}

void add_rules_doc(CLI::App& rules, int& status) {
    auto options = std::make_shared<Doc>();
    CLI::App* command =
        rules.add_subcommand("doc", "Print a page that lists all rules and records");
    command->add_option("--format", options->format, "What to print (default: markdown)")
        ->check(CLI::IsMember({"markdown", "text"}));
    command->add_option("-o,--output", options->output, "Write there instead of standard output")
        ->type_name("FILE");
    options->folders.add_options(*command);
    command->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong.");
    command->callback([options, &status] { status = write_doc(*options); });
}

}  // namespace nfstriage::command
