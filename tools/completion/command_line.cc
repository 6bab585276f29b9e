#include "completion/command_line.h"

#include <algorithm>

namespace nfstriage::completion {
namespace {

// The beginning, up to where a sentence ends or is explained, with the blanks of wrapped text made
// one.
std::string one_line(const std::string& text) {
    std::string line;
    for (char c : text) {
        if (c == '\n') c = ' ';
        if (c == ' ' && line.ends_with(' ')) continue;
        line += c;
    }
    std::size_t end = std::min({line.find_first_of(":;("), line.find(". "), line.size()});
    while (end > 0 && line[end - 1] == ' ') --end;
    return line.substr(0, end);
}

// CLI11 writes the choices of CLI::IsMember into the name of the type: "NAME:{one,two}".
std::vector<std::string> choices_in(const std::string& type) {
    std::vector<std::string> choices;
    std::size_t begin = type.find('{'), end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return choices;
    for (std::size_t at = begin + 1; at < end;) {
        std::size_t comma = std::min(type.find(',', at), end);
        choices.push_back(type.substr(at, comma - at));
        at = comma + 1;
    }
    return choices;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
    for (const char* one : words)
        if (word == one) return true;
    return false;
}

Option option_of(const CLI::Option& from) {
    Option option;
    for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
    for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
    option.help = one_line(from.get_description());
    if (from.get_items_expected_max() == 0) return option;
    const std::string type = from.get_type_name();
    const std::string name =
        option.names.empty() ? from.get_name(true) : type.substr(0, type.find(':'));
    option.choices = choices_in(type);
    if (!option.choices.empty())
        option.follows = Follows::choice;
    else if (is_one_of(name, {"DIR", "FOLDER"}))
        option.follows = Follows::folder;
    else if (is_one_of(name, {"FILE", "PATH", "INPUT", "SOURCE", "DUMP", "LOG"}))
        option.follows = Follows::file;
    else
        option.follows = Follows::text;
    return option;
}

}  // namespace

Command command_line_of(const CLI::App& app, const std::string& above) {
    Command command;
    command.path = above.empty() ? app.get_name() : above + " " + app.get_name();
    command.help = one_line(app.get_description());
    for (const CLI::Option* from : app.get_options()) {
        if (from->get_group().empty()) continue;  // hidden
        Option option = option_of(*from);
        (option.names.empty() ? command.arguments : command.options).push_back(std::move(option));
    }
    for (const CLI::App* below : app.get_subcommands(nullptr))
        command.commands.push_back(command_line_of(*below, command.path));
    return command;
}

std::vector<const Command*> all_of(const Command& command) {
    std::vector<const Command*> all{&command};
    for (const Command& below : command.commands)
        for (const Command* one : all_of(below)) all.push_back(one);
    return all;
}

}  // namespace nfstriage::completion
