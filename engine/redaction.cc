#include "redaction.h"

#include <utility>

#include "base/text.h"
#include "judge_scene.h"
#include "layout/dump_identity.h"
#include "minidump_pages.h"
#include "read_input.h"
#include "redact/marks.h"
#include "redact/redactor.h"
#include "tool_memory.h"

namespace nfstriage {
namespace {

std::shared_ptr<Redaction> redaction_by(std::shared_ptr<redact::Redactor> redactor) {
    auto redaction = std::make_shared<Redaction>();
    redaction->text = [redactor](std::string_view text) { return redactor->sentence(text); };
    redaction->name = [redactor](std::string_view name) { return redactor->name(name); };
    return redaction;
}

constexpr std::size_t kLargestLog = std::size_t{256} << 20;

Result<void> learn_hosts_of(redact::Redactor& redactor, const std::filesystem::path& log) {
    auto text = log::open_text(log);
    if (!text) return tl::unexpected<Error>(text.error());
    auto all = log::whole(**text, kLargestLog);
    if (!all) return tl::unexpected<Error>(all.error());
    redactor.learn_hosts_of(*all);
    return {};
}

// A dump, read as an analysis, `show` and the writer of mini-dumps do, for what they mark.
Result<std::shared_ptr<Redaction>> learn(const Input& input, const Catalogue& catalogue,
                                         TriageOptions options, const redact::Key& key) {
    auto marks = std::make_shared<redact::Marks>();
    options.observer = marks;
    auto opened = open_dump(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    auto scene = scene_of_dump(*opened, input);
    if (!scene) return tl::unexpected<Error>(scene.error());
    (void)judge_scene(*scene, catalogue);
    touch_state(*scene);
    touch(*opened->dump, memory_for_tools(*opened->dump, opened->layout, *scene, ToolMemory::bare));

    auto redactor = std::make_shared<redact::Redactor>(key);
    for (const auto& text : {scene->kernel.release, scene->kernel.version})
        if (text) redactor->keep(*text);
    for (const auto& name :
         {layout::identify(*opened->dump).nodename, std::optional(opened->dump->uname().nodename)})
        if (name) redactor->learn_host(*name);
    std::string printed;
    for (const log::Line& line : scene->log.text) printed.append(line.text) += '\n';
    redactor->learn_hosts_of(printed);
    if (!input.log.empty())
        if (auto taught = learn_hosts_of(*redactor, input.log); !taught)
            return tl::unexpected<Error>(taught.error());
    auto overlay = std::make_shared<dump::Overlay>(marks->overlay(*opened->dump, *redactor));
    auto redaction = redaction_by(std::move(redactor));
    redaction->overlay = std::move(overlay);
    return redaction;
}

}  // namespace

Error Redacting::error(const Error& error) const {
    redact::Redactor redactor(key_);
    auto without_names = [&](const std::string& text) {
        return redactor.sentence(replace_all(text, error.file, name(error.file)));
    };
    Error redacted = error;
    redacted.file = name(error.file);
    redacted.expected = without_names(error.expected);
    redacted.remedy = without_names(error.remedy);
    return redacted;
}

Result<std::unique_ptr<log::Text>> Redacting::log(log::Text& text) const {
    auto all = log::whole(text, kLargestLog);
    if (!all) return tl::unexpected<Error>(all.error());
    redact::Redactor redactor(key_);
    redactor.learn_hosts_of(*all);
    return std::make_unique<log::TextInMemory>(redactor.sentence(*all));
}

Result<Input> Redacting::input(const Input& input, const Catalogue& catalogue,
                               const TriageOptions& options) const {
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    std::shared_ptr<Redaction> redaction;
    if (*log) {
        auto redactor = std::make_shared<redact::Redactor>(key_);
        if (auto taught = learn_hosts_of(*redactor, input.parts.front()); !taught)
            return tl::unexpected<Error>(taught.error());
        redaction = redaction_by(std::move(redactor));
    } else {
        auto learnt = learn(input, catalogue, options, key_);
        if (!learnt) return tl::unexpected<Error>(learnt.error());
        redaction = std::move(*learnt);
    }
    Input redacted = input;
    redacted.name = name(name_of(input));
    redacted.redaction = std::move(redaction);
    return redacted;
}

}  // namespace nfstriage
