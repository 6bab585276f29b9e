// The script for bash. It needs nothing of the package bash-completion, which loads it.
#include <fmt/format.h>

#include "completion/command_line.h"
#include "completion/completion.h"

namespace nfstriage::completion {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

// What compgen gets for a value: its choices, or how it is called below.
std::string kind_of(const Option& option) {
    switch (option.follows) {
        case Follows::choice:
            return joined(option.choices);
        case Follows::file:
            return "@file";
        case Follows::folder:
            return "@folder";
        case Follows::text:
            return "@text";
        case Follows::nothing:
            break;
    }
    return "";
}

std::string words_case(const Command& command) {
    std::string commands, options;
    for (const Command& below : command.commands)
        commands += below.path.substr(below.path.rfind(' '));
    for (const Option& option : command.options) options += " " + joined(option.names);
    std::string argument = command.arguments.empty() ? "" : kind_of(command.arguments.front());
    return fmt::format(
        "        \"{}\")\n            commands=\"{}\"\n            options=\"{}\"\n"
        "            argument=\"{}\"\n            ;;\n",
        command.path, commands.empty() ? commands : commands.substr(1),
        options.empty() ? options : options.substr(1), argument);
}

std::string value_cases(const Command& command) {
    std::string text;
    for (const Option& option : command.options) {
        if (option.follows == Follows::nothing) continue;
        std::vector<std::string> keys;
        for (const std::string& name : option.names)
            keys.push_back('"' + command.path + " " + name + '"');
        text += fmt::format("        {}) value=\"{}\" ;;\n", joined(keys, " | "), kind_of(option));
    }
    return text;
}

// NAME stands for the program's name.
constexpr const char* kWalk = R"(
# Sets COMPREPLY to what can stand where the cursor is.
_NAME() {
    local current=${COMP_WORDS[COMP_CWORD]} command=NAME value="" word i
    local commands options argument
    [[ $current != "=" ]] || current=""
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == "=" ]]; then
            continue
        elif [[ -n $value ]]; then
            value=""
        elif [[ $word == -* ]]; then
            _NAME_value "$command $word"
        else
            _NAME_words "$command"
            [[ " $commands " != *" $word "* ]] || command+=" $word"
        fi
    done
    _NAME_words "$command"
    if [[ -z $value ]]; then
        if [[ $current == -* ]]; then
            value=$options
        elif [[ -n $argument && $argument != @text ]]; then
            value=$argument
        else
            value=$commands
        fi
    fi
    COMPREPLY=()
    case $value in
        @file)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
        @folder)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            ;;
        @text) ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$value" -- "$current") ;;
    esac
}

complete -F _NAME NAME
)";

std::string with_name(std::string text, const std::string& name) {
    constexpr std::string_view kPlace = "NAME";
    for (std::size_t at = 0; (at = text.find(kPlace, at)) != std::string::npos; at += name.size())
        text.replace(at, kPlace.size(), name);
    return text;
}

}  // namespace

std::string for_bash(const CLI::App& program) {
    const Command root = command_line_of(program);
    std::string words, values;
    for (const Command* command : all_of(root)) {
        words += words_case(*command);
        values += value_cases(*command);
    }
    std::string text =
        fmt::format("# bash completion of {0}, written by \"{0} completion bash\".\n\n", root.path);
    text += with_name("# What a command offers.\n_NAME_words() {\n    case $1 in\n", root.path);
    text += words + "        *) commands=\"\" options=\"\" argument=\"\" ;;\n    esac\n}\n\n";
    text += with_name("# What follows an option.\n_NAME_value() {\n    case $1 in\n", root.path);
    text += values + "        *) value=\"\" ;;\n    esac\n}\n";
    return text + with_name(kWalk, root.path);
}

}  // namespace nfstriage::completion
