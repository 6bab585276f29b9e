// nfstriage completion SHELL: print the script that completes this program's command line.
#include "completion/completion.h"

#include <cstdio>
#include <memory>
#include <string>

#include "command.h"

namespace nfstriage::command {

void add_completion(CLI::App& app, int& status) {
    auto shell = std::make_shared<std::string>();
    CLI::App* completion =
        app.add_subcommand("completion", "Print what completes this command line in a shell");
    completion->add_option("SHELL", *shell, "bash or zsh")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh"}));
    completion->footer(
        "Packages install both. By hand: nfstriage completion bash > ~/.local/share/"
        "bash-completion/completions/nfstriage");
    completion->callback([shell, &app, &status] {
        std::string text = *shell == "zsh" ? completion::for_zsh(app) : completion::for_bash(app);
        bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                       std::fflush(stdout) == 0;
        status = written ? Exit::done : Exit::check_failed;
    });
}

}  // namespace nfstriage::command
