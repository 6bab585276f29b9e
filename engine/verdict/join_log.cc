#include "verdict/join_log.h"

#include <algorithm>
#include <utility>

namespace nfstriage::verdict {
namespace {

using facts::Scene;
using facts::StackRole;

// Both known and different.
template <class T>
bool contradict(const std::optional<T>& a, const std::optional<T>& b) {
    return a && b && *a != *b;
}

std::string crash_text(const facts::Crash& crash) {
    std::string text(to_string(crash.kind));
    if (crash.task.comm) text += " of " + *crash.task.comm;
    if (crash.task.pid) text += "[" + std::to_string(*crash.task.pid) + "]";
    return text;
}

std::vector<std::string> contradictions(const Scene& dump, const Scene& log) {
    std::vector<std::string> found;
    if (contradict(dump.kernel.release, log.kernel.release))
        found.push_back("the log is of kernel " + *log.kernel.release + ", the dump of " +
                        *dump.kernel.release);
    if (contradict(dump.kernel.arch, log.kernel.arch))
        found.push_back("the log is of another architecture than the dump");
    if (dump.crash && log.crash) {
        bool same = dump.crash->kind == log.crash->kind &&
                    !contradict(dump.crash->task.pid, log.crash->task.pid);
        if (!same)
            found.push_back("the log tells of a " + crash_text(*log.crash) + ", the dump of a " +
                            crash_text(*dump.crash));
    } else if (dump.panic && log.panic && contradict(dump.panic->task.pid, log.panic->task.pid)) {
        found.push_back("another task panicked in the log than in the dump");
    }
    return found;
}

template <class T>
void fill(std::optional<T>& into, std::optional<T>& from) {
    if (!into) into = std::move(from);
}

void fill_crash(facts::Crash& into, facts::Crash from) {
    if (into.message.empty()) into.message = std::move(from.message);
    fill(into.time_s, from.time_s);
    fill(into.cpu, from.cpu);
    fill(into.task.pid, from.task.pid);
    fill(into.task.comm, from.task.comm);
    fill(into.top, from.top);
    fill(into.fault.address, from.fault.address);
    fill(into.fault.access, from.fault.access);
    if (into.registers.empty()) into.registers = std::move(from.registers);
    into.report_complete = into.report_complete || from.report_complete;
}

void fill_kernel(facts::Kernel& into, facts::Kernel from) {
    fill(into.release, from.release);
    fill(into.version, from.version);
    fill(into.taint, from.taint);
    fill(into.arch, from.arch);
    if (into.modules.empty()) into.modules = std::move(from.modules);
}

// Takes over the log itself, with the line numbers that refer to it.
void take_log(Scene& dump, Scene& log) {
    if (dump.crash && log.crash) dump.crash->log_line = log.crash->log_line;
    if (dump.first_error && log.first_error) dump.first_error->log_line = log.first_error->log_line;
    dump.log = std::move(log.log);
    dump.log_complete = log.log_complete;
}

}  // namespace

Joined join_log(Scene& dump, Scene log) {
    Joined joined;
    joined.notes = contradictions(dump, log);
    if (!joined.notes.empty()) {
        for (const std::string& note : joined.notes)
            dump.input.missing.push_back("the log given with the dump was left aside: " + note);
        return joined;
    }
    joined.agrees = true;
    bool richer = log.log.events.size() > dump.log.events.size() ||
                  (!dump.log_complete && log.log.bytes > dump.log.bytes);

    if (!dump.first_error && log.first_error) {
        dump.first_error = log.first_error;
        if (const facts::Stack* stack = log.stack(StackRole::first_error))
            dump.stacks.push_back(*stack);
        joined.notes.push_back("the first error was taken from the log given with the dump");
    }
    if (dump.crash && log.crash)
        fill_crash(*dump.crash, *log.crash);
    else if (log.crash) {
        dump.crash = log.crash;
        if (const facts::Stack* stack = log.stack(StackRole::crash)) dump.stacks.push_back(*stack);
        joined.notes.push_back("the crash report was taken from the log given with the dump");
    }
    fill(dump.panic, log.panic);
    fill_kernel(dump.kernel, std::move(log.kernel));
    fill(dump.host.name, log.host.name);
    fill(dump.host.crash_time_s, log.host.crash_time_s);
    if (richer) take_log(dump, log);
    return joined;
}

}  // namespace nfstriage::verdict
