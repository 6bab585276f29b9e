#include "look_words.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "base/text.h"

namespace nfstriage::command {

std::vector<std::string> take_words(std::vector<std::string>& inputs) {
    if (inputs.empty()) return {};
    auto is_no_file = [](const std::string& word) {
        std::error_code failure;
        return word != "-" && !std::filesystem::exists(word, failure);
    };
    auto first = std::find_if(inputs.begin() + 1, inputs.end(), is_no_file);
    std::vector<std::string> words(std::make_move_iterator(first),
                                   std::make_move_iterator(inputs.end()));
    inputs.erase(first, inputs.end());
    return words;
}

TypeWords parse_type_words(const std::string& word) {
    TypeWords words;
    const std::size_t dot = word.find('.');
    words.type = word.substr(0, dot);
    if (dot == std::string::npos) return words;
    for (std::string_view member : split(std::string_view(word).substr(dot + 1), ','))
        words.members.emplace_back(trim(member));
    return words;
}

}  // namespace nfstriage::command
