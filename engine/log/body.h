// The lines inside a report that say where it happened: the CPU and task line, registers, module
// list, code bytes. Each reader takes one line (mail wrapping already undone) and answers only what
// the line really holds. Sources: lib/dump_stack.c, arch/*/kernel/process.c, kernel/module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "base/registers.h"
#include "log/event.h"

namespace nfstriage::log {

struct TaskLine {
    std::optional<unsigned> cpu;
    std::optional<std::int64_t> pid;
    std::optional<std::string> comm, release, version, taint;
};

// "CPU: 1 UID: 0 PID: 2 Comm: x Kdump: loaded Tainted: G  W  6.1.0 #1", "Pid: 2, comm: x Not
// tainted 2.6.32", "Process x (pid: 2, ...)", "TASK = c0[2] 'x' THREAD: c1 CPU: 1", sh's "Pid : 2".
std::optional<TaskLine> parse_task_line(std::string_view text);

// "Tainted: G  W  6.1.0-rc1 #1" or "Not tainted 6.1.0 #1" anywhere in `text`: fills release,
// version and taint.
void parse_taint(std::string_view text, TaskLine& out);

// True while a task line lacks what always ends it (the release): the rest was wrapped away.
bool task_line_incomplete(std::string_view text);

// Adds the registers on this line; the number found. `arch` is set when their names tell it.
std::size_t parse_registers(std::string_view text, Registers& out, std::optional<Arch>& arch);

// "Modules linked in: a(O) b [last unloaded: c]" behind its colon, or a continuation of it.
void parse_modules(std::string_view text, std::vector<std::string>& out);

// The bytes of a "Code:" line behind its colon; nullopt when they cannot be read.
std::optional<CodeBytes> parse_code(std::string_view text);

// The machine that a release names ("....el8.x86_64", "-cloud-amd64"), or a function that exists
// on one machine only ("__x64_sys_read", "el0_svc").
std::optional<Arch> arch_of_release(std::string_view release);
std::optional<Arch> arch_of_function(std::string_view function);

}  // namespace nfstriage::log
