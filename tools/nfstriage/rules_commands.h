// The subcommands of `nfstriage rules`.
#pragma once

#include <CLI/CLI.hpp>

namespace nfstriage::command {

void add_rules_doc(CLI::App& rules, int& status);
void add_rules_explain(CLI::App& rules, int& status);
void add_rules_lint(CLI::App& rules, int& status);
void add_rules_test(CLI::App& rules, int& status);

}  // namespace nfstriage::command
