// nfstriage rules: its subcommands, and rules facts, which prints the vocabulary of the language.
#include <cstdio>
#include <memory>
#include <string>

#include "command.h"
#include "facts/vocabulary.h"
#include "rules_commands.h"

namespace nfstriage::command {

void add_rules(CLI::App& app, int& status) {
    CLI::App* rules = app.add_subcommand("rules", "Look at the rules and their language");
    rules->require_subcommand(1);
    auto word = std::make_shared<std::string>();
    CLI::App* facts = rules->add_subcommand(
        "facts",
        "Print what the clauses of a rule may ask: facts, records and functions, with type, unit,\n"
        "meaning and the inputs that give them. The members of nfs.* are those that show prints");
    facts->add_option("WORD", *word, "Only names that contain this");
    facts->callback([word, &status] {
        std::string text = facts::describe_vocabulary(*word);
        bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                       std::fflush(stdout) == 0;
        status = written ? Exit::done : Exit::check_failed;
    });
    add_rules_explain(*rules, status);
    add_rules_doc(*rules, status);
    add_rules_lint(*rules, status);
    add_rules_test(*rules, status);
}

}  // namespace nfstriage::command
