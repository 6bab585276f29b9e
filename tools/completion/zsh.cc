// The script for zsh: one function for each command, which _arguments does the rest for.
#include <algorithm>

#include <fmt/format.h>

#include "completion/command_line.h"
#include "completion/completion.h"

namespace nfstriage::completion {
namespace {

// Within single quotes, and without what _arguments takes for its own.
std::string escaped(const std::string& text) {
    std::string out;
    for (char c : text) {
        if (c == '\'') {
            out += "'\\''";
            continue;
        }
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string function_of(const std::string& path) {
    std::string name = "_" + path;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

std::string action_of(const Option& option) {
    std::string text = ":value:";
    switch (option.follows) {
        case Follows::nothing:
            return "";
        case Follows::text:
            return text;
        case Follows::file:
            return text + "_files";
        case Follows::folder:
            return text + "_files -/";
        case Follows::choice:
            break;
    }
    text += "(";
    for (const std::string& choice : option.choices)
        text += (text.ends_with('(') ? "" : " ") + choice;
    return text + ")";
}

std::string specifications(const Command& command) {
    std::string text;
    for (const Option& option : command.options)
        for (const std::string& name : option.names)
            text += fmt::format(" \\\n        '*{}[{}]{}'", name, escaped(option.help),
                                action_of(option));
    return text;
}

std::string function(const Command& command) {
    std::string text = function_of(command.path) + "() {\n";
    if (command.commands.empty()) {
        std::string arguments;
        for (const Option& argument : command.arguments)
            arguments += fmt::format(" \\\n        '*{}'", action_of(argument));
        return text + "    _arguments -s" + specifications(command) + arguments + "\n}\n\n";
    }
    text += "    local context state state_descr line\n    typeset -A opt_args\n";
    text += "    _arguments -C" + specifications(command) +
            " \\\n        '1: :->command' '*:: :->arguments'\n    case $state in\n"
            "        command)\n            local -a commands=(\n";
    for (const Command& below : command.commands)
        text += fmt::format("                '{}:{}'\n",
                            below.path.substr(below.path.rfind(' ') + 1), escaped(below.help));
    text +=
        "            )\n            _describe command commands\n            ;;\n"
        "        arguments)\n            case $words[1] in\n";
    for (const Command& below : command.commands)
        text += fmt::format("                {}) {} ;;\n",
                            below.path.substr(below.path.rfind(' ') + 1), function_of(below.path));
    return text + "            esac\n            ;;\n    esac\n}\n\n";
}

}  // namespace

std::string for_zsh(const CLI::App& program) {
    const Command root = command_line_of(program);
    std::string text = fmt::format(
        "#compdef {0}\n# zsh completion of {0}, written by \"{0} completion zsh\".\n\n", root.path);
    for (const Command* command : all_of(root)) text += function(*command);
    // Loaded as a function it is called at once; sourced it only defines.
    return text + fmt::format(
                      "if [[ $funcstack[1] == _{0} ]]; then\n    _{0} \"$@\"\nelse\n"
                      "    compdef _{0} {0}\nfi\n",
                      root.path);
}

}  // namespace nfstriage::completion
