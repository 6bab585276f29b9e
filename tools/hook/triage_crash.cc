#include "hook/triage_crash.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "hook/strength.h"
#include "hook/verdict_files.h"
#include "kernel/printk.h"
#include "read_input.h"
#include "report/words.h"

namespace nfstriage::hook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestTitle = 160;

std::string headline(const verdict::Verdict& verdict) {
    const verdict::Diagnosis& first = verdict.verdicts.front();
    std::string text =
        fmt::format("{} ({}): {}", report::spoken(first.status), to_string(first.confidence),
                    escape(first.title).substr(0, kLongestTitle));
    if (!first.rule.empty()) text += fmt::format(" [{}]", first.rule);
    return text;
}

// The console log of a crash before its memory is analysed: the file beside the dump, else the ring
// buffer, which VMCOREINFO describes.
Result<std::unique_ptr<log::Text>> log_text(const Input& input) {
    if (!input.log.empty()) return log::open_text(input.log);
    auto text = open_if_log(input);
    if (!text || *text) return text;
    auto dump = dump::Dump::open(input.parts);
    if (!dump) return tl::unexpected<Error>(dump.error());
    auto log = kernel::read_printk(**dump);
    if (!log)
        return error(name_of(input), std::nullopt, "the kernel's log: " + to_string(log.error()),
                     "analyse the dump without it");
    return std::make_unique<log::TextInMemory>(kernel::to_console_text(*log));
}

class Publisher {
public:
    Publisher(const Crash& crash, const Tell& tell) : crash_(crash), tell_(tell) {}

    void publish(const verdict::Verdict& verdict) {
        Strength ours = strength_of(verdict);
        if (best_ && says_more(*best_, ours)) return;
        best_ = ours;
        if (crash_.keep_better && kept_a_better_one(ours)) return;
        write(headline(verdict), files_of(verdict));
    }

    // Only where nothing better was written.
    void publish(const std::string& input, const Error& error) {
        if (!best_) write("NOT READ: " + escape(to_string(error)), files_of(input, error));
    }

    bool decided() const { return best_ && best_->finished && best_->status > 0; }

private:
    bool kept_a_better_one(const Strength& ours) {
        for (const fs::path& folder : crash_.folders) {
            auto theirs = strength_of_file(folder / kJsonName);
            if (!theirs || !says_more(*theirs, ours)) continue;
            tell_(fmt::format("an earlier verdict says more and stays: {}",
                              (folder / kTextName).string()));
            return true;
        }
        return false;
    }

    void write(const std::string& what, const VerdictFiles& files) {
        while (next_ < crash_.folders.size()) {
            const fs::path& folder = crash_.folders[next_];
            auto written = write_verdict(folder, files);
            if (written) {
                tell_(fmt::format("{}; verdict: {}", what, escape((folder / kTextName).string())));
                return;
            }
            why_not_saved_ = escape(to_string(written.error()));
            ++next_;
        }
        tell_(fmt::format("{}; the verdict could not be saved ({}), so here it is:\n{}", what,
                          why_not_saved_, files.text));
    }

    const Crash& crash_;
    const Tell& tell_;
    std::size_t next_ = 0;  // folders before it did not take a verdict
    std::string why_not_saved_ = "no local disk that can be written is mounted";
    std::optional<Strength> best_;
};

}  // namespace

void triage_crash(const Crash& crash, const Tell& tell) {
    Publisher publisher(crash, tell);
    auto catalogue = Catalogue::built_in();
    if (!catalogue || crash.inputs.empty()) return;
    const Input& first = crash.inputs.front();
    if (auto text = log_text(first); text && (*text)->size() > 0) {
        auto early = triage_log(**text, name_of(first), *catalogue);
        if (early) {
            early->limits.deadline_hit = true;
            early->input.missing.push_back(
                "memory: its analysis had not come to an end when this was written");
            publisher.publish(*early);
        }
    }
    TriageOptions options;
    options.profiles.folders = crash.profiles;
    for (const Input& input : crash.inputs) {
        auto verdict = triage(input, *catalogue, options);
        if (verdict)
            publisher.publish(*verdict);
        else
            publisher.publish(name_of(input), verdict.error());
        if (publisher.decided()) return;
    }
}

}  // namespace nfstriage::hook
