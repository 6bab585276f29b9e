// nfstriage fixes INPUT...: say for every record whether the kernel has the bug or its fix.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "kernel_scene.h"
#include "profile_cache.h"
#include "progress.h"
#include "report/fixes.h"
#include "show.h"

namespace nfstriage::command {
namespace {

constexpr std::size_t kFewestDigits = 7;  // of a hash, as git abbreviates

struct Options {
    InputOptions input;
    DataFolders data;
    std::vector<std::string> statuses, records, commits, components;
    bool verbose = false;
};

constexpr knowledge::HereStatus kStatuses[] = {
    knowledge::HereStatus::fixed, knowledge::HereStatus::partly_fixed,
    knowledge::HereStatus::affected, knowledge::HereStatus::not_affected,
    knowledge::HereStatus::unknown};

std::vector<std::string> status_words() {
    std::vector<std::string> words;
    for (knowledge::HereStatus status : kStatuses) words.emplace_back(knowledge::to_string(status));
    return words;
}

std::string check_hash(const std::string& hash) {
    bool digits = std::all_of(hash.begin(), hash.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (digits && hash.size() >= kFewestDigits && hash.size() <= 40) return "";
    return hash + " is no commit hash: 7 to 40 hex digits in lower case";
}

verdict::FixFilter filter_of(const Options& options) {
    verdict::FixFilter filter;
    for (knowledge::HereStatus status : kStatuses)
        if (std::find(options.statuses.begin(), options.statuses.end(),
                      knowledge::to_string(status)) != options.statuses.end())
            filter.statuses.insert(status);
    filter.ids.insert(options.records.begin(), options.records.end());
    filter.components.insert(options.components.begin(), options.components.end());
    filter.commits = options.commits;
    return filter;
}

KernelOptions kernel_options(const Options& options, Progress& progress) {
    KernelOptions kernel;
    kernel.reading = options.input.reading();
    kernel.limits.kept = options.input.max_unpacked;
    kernel.progress = [&progress](std::string_view what, std::uint64_t done, std::uint64_t total) {
        progress.show(what, done, total);
    };
    kernel.make_profile = [](const std::vector<std::filesystem::path>& files,
                             const layout::KernelSeen& seen) {
        MakeProfile request;
        request.sources = files;
        return cache_filler(std::move(request))(seen);
    };
    return kernel;
}

int run(const Options& options) {
    auto loaded = load_records(options.data.knowledge);
    if (!loaded || (loaded->records.empty() && !loaded->errors.empty())) {
        spdlog::error("{}", to_string(loaded ? loaded->errors.front() : loaded.error()));
        return Exit::usage;
    }
    verdict::FixFilter filter = filter_of(options);
    bool evidence = options.verbose || !options.records.empty();
    auto list = [&](const facts::Scene& scene, const Put& put) {
        verdict::FixList fixes = verdict::list_fixes(*loaded, scene, filter);
        put(options.input.as_json() ? report::fixes_to_json(fixes, options.input.json())
                                    : report::fixes_to_text(fixes, evidence, options.input.text()));
    };
    Progress progress;
    KernelOptions kernel = kernel_options(options, progress);
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return show(input, kernel.reading, [&](const facts::Scene& scene) { list(scene, put); });
    };
    renderer.of_log = [](log::Text&, const Put&) -> Result<void> {
        return error("-", std::nullopt, "a kernel was expected on the command line",
                     "nfstriage analyze reads logs");
    };
    renderer.takes = [&](const std::string& name) { return is_kernel(name, kernel.limits); };
    renderer.of_other = [&](const std::string& name, const Put& put) -> Result<void> {
        auto scene = scene_of_kernel(name, kernel);
        if (!scene) return tl::unexpected<Error>(scene.error());
        list(scene->scene, put);
        return {};
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_fixes(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* fixes = app.add_subcommand(
        "fixes",
        "Say of every known bug whether the kernel has it: fixed, partly_fixed, affected,\n"
        "not_affected or unknown, and what shows it. The kernel is that of a dump, a kernel\n"
        "profile, or its own files: a package (.deb, .rpm, tar), a directory tree, a vmlinux,\n"
        "vmlinuz or module");
    options->input.add_inputs(*fixes);
    fixes
        ->add_option("--status", options->statuses,
                     "Only records of this status; may be given several times")
        ->type_name("WORD")
        ->check(CLI::IsMember(status_words()))
        ->allow_extra_args(false);
    fixes
        ->add_option("--record", options->records,
                     "Only this record, with the answer of each probe")
        ->type_name("ID")
        ->allow_extra_args(false);
    fixes
        ->add_option("--commit", options->commits,
                     "Only records that name this commit; the first 7 digits will do")
        ->type_name("HASH")
        ->check(CLI::Validator(check_hash, ""))
        ->allow_extra_args(false);
    fixes
        ->add_option("--component", options->components,
                     "Only records of this component: nfs_client, pnfs, nfsd, sunrpc, ...")
        ->type_name("NAME")
        ->allow_extra_args(false);
    fixes->add_flag("-v,--verbose", options->verbose,
                    "The reason and the answer of each probe below every record");
    fixes
        ->add_option("--knowledge", options->data.knowledge,
                     "Folder of records of known bugs (default: as installed)")
        ->type_name("DIR");
    options->input.add_reading(*fixes);
    fixes->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read.");
    fixes->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
