#include "damage/analysis.h"

#include <nlohmann/json.hpp>

#include "facts/facts.h"
#include "inputs.h"
#include "judge_scene.h"
#include "read_input.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/schema.h"
#include "report/text.h"
#include "triage/catalogue.h"

namespace nfstriage::damage {
namespace {

constexpr std::uint64_t kMostUnpacked = 256 << 20;

LookAtVerdict look_into(Answer& answer, const Depth& depth) {
    return [&answer, depth](const verdict::Verdict& verdict, const facts::Scene& scene) {
        if (depth.clauses) {
            facts::Facts facts(scene);
            for (const rules::Rule& rule : test::catalogue().rules)
                for (const rules::Evidence& clause : rules::evaluate(rule, facts).evidence)
                    answer.clauses[rule.id][clause.clause] = clause.result;
        }
        if (depth.state && scene.state != nullptr) {
            answer.clock = scene.state->clock();
            answer.state = state_of(*scene.state);
        }
        if (depth.page) answer.page = report::to_html(verdict, {&scene, {}});
    };
}

Result<std::shared_ptr<const layout::Profile>> open_profile(const std::filesystem::path& path) {
    auto profile = layout::Profile::open(path);
    if (!profile) return tl::unexpected<Error>(profile.error());
    return std::shared_ptr<const layout::Profile>(std::move(*profile));
}

// As triage() does it, with the options of a dump that only tests have.
Result<Answer> analyze_memory(const Subject& subject, const Depth& depth) {
    dump::OpenOptions options;
    options.hidden_pages = subject.lost;
    options.overlay = subject.overlay;
    options.observer = subject.observer;
    auto dump = dump::Dump::open({subject.path}, options);
    if (!dump) return tl::unexpected<Error>(dump.error());
    layout::FindProfile find;
    if (!subject.profile.empty()) find = [&](const auto&) { return open_profile(subject.profile); };
    OpenedDump opened;
    opened.dump = std::move(*dump);
    opened.layout = layout::load_kernel_layout(*opened.dump, find);
    Input input;
    input.parts = {subject.path};
    auto scene = scene_of_dump(opened, input);
    if (!scene) return tl::unexpected<Error>(scene.error());
    Answer answer;
    answer.verdict = judge_scene(*scene, test::catalogue());
    look_into(answer, depth)(answer.verdict, *scene);
    answer.pages = opened.dump->pages_read();
    return answer;
}

const test::DocumentSchema& verdict_schema() {
    static const test::DocumentSchema schema("verdict.schema.json");
    return schema;
}

std::string complaint_about_json(const std::string& text) {
    nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded()) return "no JSON: " + text.substr(0, 200);
    return verdict_schema().complaint(document);
}

}  // namespace

Result<Answer> analyze(const Subject& subject, const Depth& depth) {
    if (!subject.lost.empty() || subject.overlay != nullptr || subject.observer != nullptr)
        return analyze_memory(subject, depth);
    Answer answer;
    TriageOptions options;
    options.profiles.file = subject.profile;
    options.look = look_into(answer, depth);
    auto inputs = gather_inputs({subject.path.string()}, kMostUnpacked);
    if (!inputs.at(0).input) return tl::unexpected<Error>(inputs[0].input.error());
    auto verdict = triage(*inputs[0].input, test::catalogue(), options);
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    answer.verdict = std::move(*verdict);
    return answer;
}

std::string json_of(const std::filesystem::path& path, const Result<Answer>& answer) {
    return answer ? report::to_json(answer->verdict, {})
                  : report::error_to_json(path.string(), answer.error(), {});
}

std::string complaint_about(const std::filesystem::path& path, const Result<Answer>& answer) {
    std::string json = json_of(path, answer);
    if (!answer) {
        const Error& error = answer.error();
        if (error.file.empty() || error.expected.empty() || error.remedy.empty())
            return "an error that does not say all: " + to_string(error);
        return complaint_about_json(json);
    }
    const verdict::Verdict& verdict = answer->verdict;
    if (verdict.verdicts.empty()) return "a verdict without a diagnosis";
    if (report::to_text(verdict, {}).empty() || report::to_markdown(verdict).empty())
        return "a report without text";
    return complaint_about_json(json);
}

}  // namespace nfstriage::damage
