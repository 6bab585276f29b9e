// Rules and records from folders. Apart from what judges, so that a program that carries its own has
// no reader of YAML and JSON.
#include "built_in.h"
#include "knowledge/packed.h"
#include "triage.h"

namespace nfstriage {

Result<Catalogue> Catalogue::load(const std::string& rules_directory,
                                  const std::string& knowledge_directory) {
    auto catalogue = built_in();
    if (!catalogue) return tl::unexpected<Error>(catalogue.error());
    if (!rules_directory.empty()) {
        auto rules = rules::load_rules(rules_directory);
        if (!rules) return tl::unexpected<Error>(rules.error());
        catalogue->rules = std::move(rules->rules);
        catalogue->rejected_rules = std::move(rules->diagnostics);
    }
    if (!knowledge_directory.empty())
        catalogue->knowledge = knowledge::load_directory(knowledge_directory);
    return catalogue;
}

Result<knowledge::Library> load_records(const std::string& directory) {
    if (directory.empty()) return knowledge::unpack(built_in_records());
    return knowledge::load_directory(directory);
}

}  // namespace nfstriage
