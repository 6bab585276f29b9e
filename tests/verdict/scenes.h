// Small scenes made by hand, for the tests of what is judged and what is written.
#pragma once

#include <initializer_list>
#include <string>

#include "facts/scene.h"

namespace nfstriage::test {

// "nfs_wb_page nfs" → nfs_wb_page+0x10 [nfs]; a leading "?" makes a guessed frame.
inline Frame frame(std::string_view text, Trust trust = Trust::log) {
    Frame result;
    if (text.starts_with("?")) {
        text.remove_prefix(1);
        trust = Trust::guess;
    }
    std::size_t blank = text.find(' ');
    result.function = std::string(text.substr(0, blank));
    if (blank != std::string_view::npos) result.module = std::string(text.substr(blank + 1));
    result.offset = 0x10;
    result.size = 0x80;
    result.trust = trust;
    return result;
}

inline facts::Stack stack(facts::StackRole role, std::initializer_list<std::string_view> functions,
                          Trust trust = Trust::log) {
    facts::Stack result;
    result.role = role;
    result.complete = true;
    for (std::string_view function : functions) result.frames.push_back(frame(function, trust));
    return result;
}

// A console log with one whole report; the first function is the faulting one.
inline facts::Scene crash_scene(CrashKind kind, std::initializer_list<std::string_view> functions,
                                Trust trust = Trust::log) {
    facts::Scene scene;
    scene.input.format = "console log";
    scene.kernel.release = "4.19.90-24.4.v2101.ky10.x86_64";
    scene.kernel.arch = Arch::x86_64;
    facts::Crash crash;
    crash.kind = kind;
    crash.message = "report of kind " + std::string(to_string(kind));
    crash.cpu = 3;
    crash.task.pid = 4242;
    crash.task.comm = "writer";
    crash.time_s = 100.25;
    crash.log_line = 12;
    facts::Stack frames = stack(facts::StackRole::crash, functions, trust);
    frames.task = crash.task;
    frames.cpu = crash.cpu;
    if (!frames.frames.empty()) crash.top = frames.frames.front();
    scene.crash = crash;
    scene.stacks.push_back(frames);
    log::Event event;
    event.kind = kind;
    event.first_line = 12;
    scene.log.events.push_back(event);
    scene.log.crash = 0;
    return scene;
}

}  // namespace nfstriage::test
