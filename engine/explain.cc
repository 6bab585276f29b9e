#include "explain.h"

#include "facts/facts.h"
#include "read_input.h"

namespace nfstriage {
namespace {

Explanation explain_scene(const facts::Scene& scene, const std::string& name,
                          const rules::Rule& rule) {
    facts::Facts facts(scene);
    Explanation result;
    result.input = name;
    result.match = rules::evaluate(rule, facts);
    result.why_not_applicable = rules::why_not_applicable(rule, scene);
    if (result.why_not_applicable.empty()) return result;
    rules::Rule for_any_crash = rule;
    for_any_crash.kinds.clear();
    for_any_crash.needs.clear();
    result.match.evidence = rules::evaluate(for_any_crash, facts).evidence;
    return result;
}

}  // namespace

Result<Explanation> explain_log(log::Text& text, const std::string& name,
                                const rules::Rule& rule) {
    auto scene = scene_of_log(text, name);
    if (!scene) return tl::unexpected<Error>(scene.error());
    return explain_scene(*scene, name, rule);
}

Result<Explanation> explain(const Input& input, const rules::Rule& rule,
                            const TriageOptions& options) {
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log) return explain_log(**log, name_of(input), rule);
    auto opened = open_dump(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    auto scene = scene_of_dump(*opened, input);
    if (!scene) return tl::unexpected<Error>(scene.error());
    return explain_scene(*scene, name_of(input), rule);
}

}  // namespace nfstriage
