#include "facts/from_log.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "facts/fault_access.h"

namespace nfstriage::facts {
namespace {

Task task_of(const log::Event& event) {
    Task task;
    task.pid = event.pid;
    task.comm = event.comm;
    return task;
}

Crash crash_of(const log::Event& event) {
    Crash crash;
    crash.kind = event.kind;
    crash.message = event.message;
    crash.time_s = event.time_s;
    crash.cpu = event.cpu;
    crash.task = task_of(event);
    crash.top = event.top;
    crash.registers = event.registers;
    crash.fault.address = event.fault_address;
    crash.fault.access = event.access;
    crash.log_line = event.first_line;
    crash.report_complete = event.complete;
    add_fault(crash, event);
    return crash;
}

Stack stack_of(const log::Event& event, StackRole role) {
    Stack stack;
    stack.role = role;
    stack.cpu = event.cpu;
    stack.task = task_of(event);
    stack.complete = event.complete;
    stack.culprit = std::min(event.blamed, event.frames.size());
    stack.frames = event.frames;
    // The instruction stands outside of the printed trace: its place is where the blame starts.
    if (event.top)
        stack.frames.insert(stack.frames.begin() + static_cast<std::ptrdiff_t>(stack.culprit),
                            *event.top);
    return stack;
}

// "softlockup: hung tasks" of "Kernel panic - not syncing: softlockup: hung tasks"
std::string reason_of(const log::Event& event) {
    constexpr std::string_view kMark = "not syncing: ";
    std::size_t at = event.message.find(kMark);
    return at == std::string::npos ? event.message : event.message.substr(at + kMark.size());
}

// What the kernel says of its build when it starts, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.1-2 (DATE)":
// utsname's version, of which the head of a report has only the first word.
std::optional<std::string> version_in_banner(const log::ConsoleLog& log,
                                             const std::optional<std::string>& release) {
    if (!release) return std::nullopt;
    std::string banner = "Linux version " + *release + " ";
    for (const log::Line& line : log.text) {
        if (!line.text.starts_with(banner)) continue;
        constexpr std::string_view kMark = ") #";
        std::size_t at = line.text.rfind(kMark);
        if (at != std::string::npos) return std::string(line.text.substr(at + kMark.size() - 1));
    }
    return std::nullopt;
}

void fill_kernel(Kernel& kernel, const log::ConsoleLog& log) {
    auto take = [](auto& into, const auto& value) {
        if (!into && value) into = value;
    };
    auto read = [&](const log::Event& event) {
        take(kernel.release, event.release);
        take(kernel.version, event.version);
        take(kernel.taint, event.taint);
        take(kernel.arch, event.arch);
        if (kernel.modules.empty()) kernel.modules = event.modules;
    };
    if (log.crash) read(log.events[*log.crash]);  // the blamed report's own words come first
    take(kernel.release, log.release);
    take(kernel.arch, log.arch);
    for (const log::Event& event : log.events) {
        // A file may hold several machines: only reports of the same kernel add to it.
        if (kernel.release && event.release && kernel.release != event.release) continue;
        read(event);
    }
    if (auto version = version_in_banner(log, kernel.release)) kernel.version = version;
}

// Whether the text reaches back to the start of a kernel: the banner is the first thing printed,
// behind at most what the boot loader and the CPU bring-up say. An excerpt proves nothing absent.
bool reaches_the_boot(const log::ConsoleLog& log) {
    constexpr std::size_t kLines = 400;
    std::size_t limit = std::min(kLines, log.text.size());
    return std::any_of(
        log.text.begin(), log.text.begin() + static_cast<std::ptrdiff_t>(limit),
        [](const log::Line& line) { return line.text.starts_with("Linux version "); });
}

bool valid(const std::optional<std::size_t>& index, const log::ConsoleLog& log) {
    return index && *index < log.events.size();
}

}  // namespace

Scene from_log(log::ConsoleLog log, bool complete) {
    Scene scene;
    scene.input.is_dump = false;
    fill_kernel(scene.kernel, log);
    scene.host.name = log.host;
    if (log.crash_unix_s)
        scene.host.crash_time_s = static_cast<std::int64_t>(std::floor(*log.crash_unix_s));
    scene.stacks_complete = false;  // a log prints the stacks of its reports only
    scene.log_complete = complete && reaches_the_boot(log);
    scene.log = std::move(log);
    place_reports(scene);
    return scene;
}

void place_reports(Scene& scene) {
    const log::ConsoleLog& log = scene.log;
    scene.crash.reset();
    scene.first_error.reset();
    scene.panic.reset();
    scene.stacks.clear();
    if (valid(log.crash, log)) scene.crash = crash_of(log.events[*log.crash]);
    if (valid(log.first_error, log)) scene.first_error = crash_of(log.events[*log.first_error]);

    std::set<std::size_t> placed;
    if (valid(log.panic, log)) {
        const log::Event& event = log.events[*log.panic];
        Panic panic;
        panic.cpu = event.cpu;
        panic.task = task_of(event);
        panic.reason = reason_of(event);
        panic.registers = event.registers;
        scene.panic = panic;
        Stack stack = stack_of(event, StackRole::panic);
        if (!stack.frames.empty()) scene.stacks.push_back(std::move(stack));
        placed.insert(*log.panic);
    }
    auto add = [&](std::size_t index, StackRole role) {
        Stack stack = stack_of(log.events[index], role);
        if (!stack.frames.empty()) scene.stacks.push_back(std::move(stack));
        placed.insert(index);
    };
    if (valid(log.crash, log)) add(*log.crash, StackRole::crash);
    if (valid(log.first_error, log)) add(*log.first_error, StackRole::first_error);
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        if (placed.count(i)) continue;
        add(i, log.events[i].kind == CrashKind::hung_task ? StackRole::blocked : StackRole::other);
    }
}

}  // namespace nfstriage::facts
