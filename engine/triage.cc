#include "triage.h"

#include <sys/resource.h>
#include <ctime>

#include "base/text.h"
#include "built_in.h"
#include "facts/facts.h"
#include "judge_scene.h"
#include "knowledge/packed.h"
#include "limited_text.h"
#include "read_input.h"
#include "rules/evaluate.h"
#include "rules/packed.h"
#include "verdict/judge.h"

namespace nfstriage {
namespace {

std::uint64_t cpu_ms() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) return 0;
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

std::uint64_t peak_rss_bytes() {
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void note_limit(verdict::Verdict& verdict, const Spending& spending) {
    if (!spending.hit()) return;
    verdict.limits.deadline_hit |= spending.hit() == Spending::Limit::time;
    verdict.limits.budget_hit |= spending.hit() != Spending::Limit::time;
}

Result<verdict::Verdict> triage_dump(const Input& input, const Catalogue& catalogue,
                                     const TriageOptions& options) {
    auto opened = open_dump(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    auto scene = scene_of_dump(*opened, input);
    if (!scene) return tl::unexpected<Error>(scene.error());
    verdict::Verdict verdict = judge_scene(*scene, catalogue);
    for (std::string& remark : opened->remarks())
        verdict.input.missing.push_back(std::move(remark));
    note_limit(verdict, *opened->spending);
    dump::Statistics statistics = opened->dump->statistics();
    verdict.statistics.pages_read = statistics.pages_read;
    verdict.statistics.bytes_read = statistics.bytes_read;
    if (options.look) options.look(verdict, *scene);
    return verdict;
}

void add_cost(verdict::Verdict& verdict, std::uint64_t started_ms) {
    verdict.statistics.cpu_ms = cpu_ms() - started_ms;
    verdict.statistics.peak_rss_bytes = peak_rss_bytes();
}

}  // namespace

verdict::Verdict judge_scene(const facts::Scene& scene, const Catalogue& catalogue) {
    facts::Facts facts(scene);
    rules::Evaluation evaluation = rules::evaluate(catalogue.rules, facts);
    std::vector<std::string> not_loaded;
    for (const rules::Diagnostic& diagnostic : catalogue.rejected_rules) {
        Error why = rules::to_error(diagnostic);
        not_loaded.push_back(escape(why.file + ": " + why.expected));
    }
    return verdict::judge({scene, evaluation, catalogue.knowledge, std::move(not_loaded)});
}

Result<Catalogue> Catalogue::built_in() {
    Catalogue catalogue;
    auto rules = rules::unpack(built_in_rules());
    if (!rules) return tl::unexpected<Error>(rules.error());
    catalogue.rules = std::move(*rules);
    auto records = knowledge::unpack(built_in_records());
    if (!records) return tl::unexpected<Error>(records.error());
    catalogue.knowledge = std::move(*records);
    return catalogue;
}

Result<verdict::Verdict> triage_log(log::Text& text, const std::string& name,
                                    const Catalogue& catalogue, const TriageOptions& options) {
    std::uint64_t started = cpu_ms();
    auto spending = std::make_shared<Spending>(options.limits);
    LimitedText limited(text, spending);
    auto scene = scene_of_log(limited, name);
    if (!scene && spending->hit())
        return error(name, 0,
                     "a log was expected to be read, but " + spending->what_was_hit() +
                         " was reached before its first line",
                     "give it more: --deadline, --memory, --max-read");
    if (!scene) return tl::unexpected<Error>(scene.error());
    if (spending->hit()) {
        scene->log_complete = scene->log.text_complete = scene->input.complete = false;
        scene->input.missing.push_back(what_was_cut(*spending));
    }
    verdict::Verdict verdict = judge_scene(*scene, catalogue);
    note_limit(verdict, *spending);
    if (options.look) options.look(verdict, *scene);
    add_cost(verdict, started);
    return verdict;
}

Result<verdict::Verdict> triage(const Input& input, const Catalogue& catalogue,
                                const TriageOptions& options) {
    std::uint64_t started = cpu_ms();
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log) return triage_log(**log, name_of(input), catalogue, options);
    auto verdict = triage_dump(input, catalogue, options);
    if (verdict) add_cost(*verdict, started);
    return verdict;
}

}  // namespace nfstriage
