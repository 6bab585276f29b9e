#include "frames.h"

#include <fmt/format.h>

#include "read_input.h"

namespace nfstriage {
namespace {

Result<facts::StackList> check_found(facts::StackList list, const FramesOptions& options) {
    if (!options.wanted.pid || !list.stacks.empty()) return list;
    std::string among = !list.input.is_dump        ? "no report of the log is about it"
                        : *options.wanted.pid == 0 ? "no CPU ran its idle task"
                        : list.tasks_seen == 0
                            ? "the list of tasks cannot be read"
                            : fmt::format("none of {} tasks has it", list.tasks_seen);
    for (const std::string& missing : list.input.missing)
        if (missing.starts_with("tasks: ")) among += " (" + missing + ")";
    return error(list.input.path, std::nullopt,
                 fmt::format("a task with pid {} was expected, {}", *options.wanted.pid, among),
                 list.input.is_dump ? "frames --all shows every task that is there"
                                    : "frames without --task shows every stack of the log");
}

}  // namespace

Result<facts::StackList> frames_of_log(log::Text& text, const std::string& name,
                                       const FramesOptions& options) {
    auto scene = scene_of_log(text, name);
    if (!scene) return tl::unexpected<Error>(scene.error());
    return check_found(facts::stacks_of_log(std::move(*scene), options.wanted), options);
}

Result<facts::StackList> frames(const Input& input, const FramesOptions& options) {
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log) return frames_of_log(**log, name_of(input), options);
    auto opened = open_dump(input, options.reading);
    if (!opened) return tl::unexpected<Error>(opened.error());
    facts::StackList list = facts::stacks_of_dump(*opened->dump, opened->layout, options.wanted);
    for (facts::Stack& stack : list.stacks) stack.recovery.reset();  // it reads the dump
    for (std::string& remark : opened->remarks()) list.input.missing.push_back(std::move(remark));
    name_input(list.input, input);
    return check_found(std::move(list), options);
}

}  // namespace nfstriage
