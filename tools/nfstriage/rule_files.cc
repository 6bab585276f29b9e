#include "rule_files.h"

#include "base/files.h"

namespace nfstriage::command {
namespace {

namespace fs = std::filesystem;

Result<void> add_folder(RuleFiles& files, const fs::path& folder) {
    auto rules = files_ending(folder, ".yaml");
    if (!rules) return tl::unexpected<Error>(rules.error());
    auto records = files_ending(folder, ".json");
    if (!records) return tl::unexpected<Error>(records.error());
    if (rules->empty() && records->empty())
        return error(folder.string(), std::nullopt, "expected rules (*.yaml) or records (*.json)",
                     "name the folder that has them");
    files.rules.insert(files.rules.end(), rules->begin(), rules->end());
    files.records.insert(files.records.end(), records->begin(), records->end());
    files.folder_of_records |= !records->empty();
    return {};
}

}  // namespace

Result<RuleFiles> rule_files(const std::vector<std::string>& names, const DataFolders& folders) {
    RuleFiles files;
    std::vector<std::string> wanted = names;
    if (wanted.empty()) wanted = {folders.rules_folder(), folders.knowledge_folder()};
    for (const std::string& name : wanted) {
        std::error_code failed;
        if (fs::is_directory(name, failed)) {
            auto added = add_folder(files, name);
            if (!added) return tl::unexpected<Error>(added.error());
            continue;
        }
        fs::path file = name;
        if (!fs::exists(file, failed)) file = fs::path(folders.rules_folder()) / (name + ".yaml");
        if (!fs::exists(file, failed))
            return error(name, std::nullopt, "expected a file, a folder or the id of a rule",
                         "name the folder of rules with --rules");
        (file.extension() == ".json" ? files.records : files.rules).push_back(file);
    }
    return files;
}

}  // namespace nfstriage::command
