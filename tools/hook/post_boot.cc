#include "hook/post_boot.h"

#include <system_error>

#include <fmt/format.h>

#include "base/replace_files.h"
#include "base/text.h"
#include "crash_directory.h"
#include "hook/system.h"
#include "hook/triage_crash.h"
#include "hook/verdict_files.h"

namespace nfstriage::hook {
namespace {

namespace fs = std::filesystem;

std::string triage_saved(const fs::path& directory, const System& system, const Limits& limits) {
    auto clean_up = [&] { remove_leftovers(directory); };
    auto work = [&](const Tell& tell) {
        clean_up();
        Crash crash;
        crash.folders = {directory};
        crash.profiles = profile_folders(system);
        crash.limits = limits.spending();
        crash.keep_better = true;
        auto input = crash_directory(directory);
        if (!input) {
            tell(to_string(input.error()));
            return;
        }
        crash.inputs.push_back(std::move(*input));
        triage_crash(crash, tell);
    };
    auto outcome = supervise(limits, work, clean_up);
    if (!outcome) return to_string(outcome.error());
    std::string line = outcome->told.value_or("no verdict");
    return outcome->end == End::finished ? line : outcome->why + "; " + line;
}

}  // namespace

void post_boot(const PostBoot& what, const std::function<void(std::string_view)>& say) {
    System system = look_around(what.root);
    std::size_t seen = 0;
    for (const fs::path& folder : dump_folders(system, false)) {
        for (const SavedCrash& crash : saved_crashes(folder)) {
            std::error_code ignored;
            fs::path marker = crash.directory / kMarkerName;
            if (fs::exists(marker, ignored)) continue;
            ++seen;
            std::string line = triage_saved(crash.directory, system, what.limits);
            say(line);
            // Whatever came of it: what failed once would fail at every boot.
            if (auto marked = replace_file(marker, line + "\n", kOwnerOnly); !marked)
                say(fmt::format("{} will be triaged again at the next boot: {}",
                                escape(crash.directory.string()), to_string(marked.error())));
        }
    }
    if (seen == 0) say("no new crash");
}

}  // namespace nfstriage::hook
