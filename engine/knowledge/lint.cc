#include "knowledge/lint.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "knowledge/json_place.h"
#include "knowledge/load.h"
#include "rules/yaml.h"

namespace nfstriage::knowledge {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

rules::Diagnostic finding(const std::filesystem::path& file, std::optional<std::size_t> offset,
                          std::string code, std::string message) {
    rules::Diagnostic found{std::move(code), file.string(), 1, 1, std::move(message), ""};
    auto text = read_small_file(file, kLargestFile);
    if (!text || !offset) return found;
    std::string_view before = std::string_view(*text).substr(0, std::min(*offset, text->size()));
    auto lines = std::count(before.begin(), before.end(), '\n');
    std::size_t line_begin = lines == 0 ? 0 : before.rfind('\n') + 1;
    found.line = static_cast<unsigned>(lines + 1);
    found.column = static_cast<unsigned>(before.size() - line_begin + 1);
    found.source = rules::source_line(*text, found.line);
    return found;
}

}  // namespace

std::vector<rules::Diagnostic> lint(const std::vector<std::filesystem::path>& files) {
    std::vector<rules::Diagnostic> found;
    std::map<std::string, std::string> owners;  // alias: record
    for (const std::filesystem::path& file : files) {
        auto record = load_record(file);
        if (!record) {
            const Error& why = record.error();
            found.push_back(finding(file, why.offset, "K001", why.expected));
            continue;
        }
        for (std::size_t i = 0; i < record->aliases.size(); ++i) {
            auto [owner, first] = owners.emplace(record->aliases[i], record->id);
            if (first) continue;
            auto text = read_small_file(file, kLargestFile).value_or("");
            found.push_back(finding(file, json_place(text, "/aliases/" + std::to_string(i)), "K002",
                                    record->aliases[i] + " is " + owner->second + " already"));
        }
    }
    return found;
}

}  // namespace nfstriage::knowledge
