// nfstriage frames INPUT...: print the stacks of each input with what their functions were called
// with.
#include "frames.h"

#include <memory>
#include <optional>
#include <string>

#include <spdlog/spdlog.h>

#include "command.h"
#include "input_options.h"
#include "progress.h"
#include "report/frames.h"

namespace nfstriage::command {
namespace {

struct Options {
    InputOptions input;
    std::optional<std::int64_t> task;
    bool all = false;
};

Result<void> render(const Result<facts::StackList>& list, const InputOptions& options,
                    const Put& put) {
    if (!list) return tl::unexpected<Error>(list.error());
    put(options.as_json() ? report::frames_to_json(*list, options.json())
                          : report::frames_to_text(*list, options.text()));
    return {};
}

int run(const Options& options) {
    FramesOptions how;
    how.reading = options.input.reading();
    how.wanted.pid = options.task;
    how.wanted.all = options.all;
    Progress progress;
    how.wanted.progress = [&progress](std::size_t done, std::size_t total) {
        progress.show("stacks of tasks", done, total);
    };
    Renderer renderer;
    renderer.of_input = [&](const Input& input, const Put& put) {
        return render(frames(input, how), options.input, put);
    };
    renderer.of_log = [&](log::Text& text, const Put& put) {
        return render(frames_of_log(text, "-", how), options.input, put);
    };
    return render_all(options.input, renderer);
}

}  // namespace

void add_frames(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* frames = app.add_subcommand(
        "frames",
        "Print the stacks of a crash with the arguments of every function, how each value was\n"
        "found, inlined functions and source lines. Without --task or --all: of the panicking\n"
        "and crashed tasks, of all CPUs, and of tasks in uninterruptible sleep");
    options->input.add_inputs(*frames);
    auto* task = frames->add_option("--task", options->task,
                                    "Only this task, running or sleeping; 0: the idle tasks");
    task->type_name("PID")->check(CLI::NonNegativeNumber.description(""));
    frames->add_flag("--all", options->all, "Every task of the dump")->excludes(task);
    options->input.add_reading(*frames);
    options->input.add_sandbox(*frames);
    frames->footer(
        "Exit status: 0 done, 1 the output could not be written, 2 the command line is wrong,\n"
        "3 at least one input could not be read, or has no task with that pid.");
    frames->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
