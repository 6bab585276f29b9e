#include "log/choose.h"

#include <algorithm>

#include "log/scan.h"

namespace nfstriage::log {
namespace {

using enum CrashKind;

bool is_one(CrashKind kind, std::initializer_list<CrashKind> kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// What a panic message says it is the consequence of; none when it stands for itself.
bool fits(const Event& panic_event, const Event& event) {
    const auto& why = panic_event.message;
    auto says = [&](std::string_view text) { return contains(why, text); };
    if (says("softlockup")) return event.kind == soft_lockup;
    if (says("hung_task") || says("khungtaskd")) return event.kind == hung_task;
    if (says("RCU") || says("rcu")) return event.kind == rcu_stall;
    if (says("LOCKUP") || says("hard lockup"))
        return event.kind == hard_lockup || event.kind == soft_lockup;
    if (says("Fatal exception") || says("Oops") || says("Fatal error")) return event.fatal;
    if (says("panic_on_warn"))
        return is_one(event.kind, {warning, refcount, list_corruption, kasan, kfence, kcsan, kmsan,
                                   ubsan, odebug, cfi, atomic_sleep, lockdep});
    if (says("sysrq")) return event.kind == sysrq;
    if (says("ut of memory") || says("deadlocked on memory")) return event.kind == oom;
    if (says("Attempted to kill")) return event.fatal;
    if (says("stack overflow")) return event.kind == stack_overflow || event.fatal;
    if (says("machine check") || says("Machine check")) return event.kind == mce;
    return false;
}

// The kind of a panic that no report precedes.
CrashKind panic_kind(const std::string& why) {
    auto says = [&](std::string_view text) { return contains(why, text); };
    if (says("sysrq")) return sysrq;
    if (says("softlockup")) return soft_lockup;
    if (says("LOCKUP")) return hard_lockup;
    if (says("RCU") || says("rcu_")) return rcu_stall;
    if (says("hung_task")) return hung_task;
    if (says("ut of memory") || says("deadlocked on memory")) return oom;
    if (says("kernel stack overflow") || says("orrupted stack end")) return stack_overflow;
    if (says("machine check") || says("Machine check") || says("SError")) return mce;
    return panic;
}

// How strongly a report without a panic explains an outage.
int weight(const Event& event) {
    if (event.fatal) return 3;
    if (event.kind == rcu_stall && !event.cpu && event.frames.empty()) return 1;
    if (is_one(event.kind,
               {soft_lockup, hard_lockup, rcu_stall, hung_task, kasan, kfence, bug, list_corruption,
                stack_overflow, sysrq, mce, null_deref, paging_request, gpf}))
        return 2;
    return 1;
}

}  // namespace

void blame(ConsoleLog& log, std::optional<std::size_t> crash) {
    const auto& events = log.events;
    log.crash = crash;
    log.first_error = std::nullopt;
    if (events.empty()) return;
    unsigned boot = crash ? events[*crash].boot : events.back().boot;
    for (std::size_t i = 0; i < crash.value_or(events.size()); ++i)
        if (events[i].boot == boot &&
            !is_one(events[i].kind, {oom, lockdep, panic, sysrq, hung_task, soft_lockup,
                                     hard_lockup, rcu_stall, none})) {
            log.first_error = i;
            return;
        }
}

void choose(ConsoleLog& log) {
    auto& events = log.events;
    std::optional<std::size_t> last_panic;
    for (std::size_t i = 0; i < events.size(); ++i)
        if (events[i].kind == panic) last_panic = i;
    // a panic inside the panic of the same boot is its consequence
    while (last_panic && *last_panic > 0 && events[*last_panic - 1].kind == panic &&
           events[*last_panic - 1].boot == events[*last_panic].boot)
        --*last_panic;
    if (last_panic) {
        auto& why = events[*last_panic];
        log.panic = last_panic;
        for (auto i = *last_panic; i-- > 0 && events[i].boot == why.boot;) {
            if (events[i].kind == panic) break;
            if (log.crash) {  // khungtaskd reports all that hang in a pass, then panics:
                // the first of them is named
                const auto &later = events[*log.crash], &earlier = events[i];
                bool same_pass =
                    later.kind == hung_task && earlier.kind == hung_task &&
                    (!later.time_s || !earlier.time_s || *later.time_s - *earlier.time_s < 2);
                // of several lockups the one of the task that panicked
                bool same_task = fits(why, earlier) && why.pid && earlier.pid == why.pid &&
                                 later.pid != why.pid && later.kind != hung_task;
                if (same_pass || same_task) log.crash = i;
            } else if (fits(why, events[i])) {
                log.crash = i;
            }
        }
        // "Fatal exception" behind a report whose oops line is lost
        if (!log.crash &&
            (contains(why.message, "Fatal exception") || contains(why.message, "Oops")) &&
            *last_panic > 0) {
            auto& before = events[*last_panic - 1];
            bool near = !before.time_s || !why.time_s || *why.time_s - *before.time_s < 5;
            if (before.boot == why.boot && near && !before.complete && before.kind != panic) {
                log.crash = *last_panic - 1;
                if (before.kind == warning) before.kind = bug;
                if (before.kind == none) before.kind = paging_request;
            }
        }
        if (log.crash) {
            auto& crash = events[*log.crash];
            crash.fatal = true;
            if (crash.kind == sysrq &&
                crash.frames.empty()) {  // the panic's stack is the trigger's
                crash.cpu = why.cpu;
                crash.pid = why.pid;
                crash.comm = why.comm;
                crash.top = why.top;
                crash.frames = why.frames;
                crash.blamed = why.blamed;
                crash.taint = why.taint;
                crash.version = why.version;
                crash.complete = why.complete;
                crash.corrupted = why.corrupted;
            }
            bool same_context = !why.pid && crash.kind != hung_task;
            if (same_context) {
                why.pid = crash.pid;
                why.comm = crash.comm;
                if (!why.cpu) why.cpu = crash.cpu;
            }
            if (!why.release) why.release = crash.release;
            if (!why.arch) why.arch = crash.arch;
        } else {
            log.crash = last_panic;
            why.kind = panic_kind(why.message);
        }
    } else {
        int best = 0;
        for (std::size_t i = 0; i < events.size(); ++i)
            if (int w = weight(events[i]); w > best) {
                best = w;
                log.crash = i;
            }
    }
    // the crash kernel was started from the oops itself, without a panic line
    if (!log.panic && log.crash && events[*log.crash].fatal)
        for (const auto& notice : log.notices)
            if (notice.kind == Notice::Kind::kdump_starting &&
                notice.log_line > events[*log.crash].first_line)
                log.panic = log.crash;
    if (log.crash && events[*log.crash].frames.empty()) {  // the same complaint again, with a stack
        const auto& bare = events[*log.crash];
        for (auto i = *log.crash + 1; i < events.size() && events[i].boot == bare.boot; ++i)
            if (!events[i].frames.empty() && events[i].kind == bare.kind &&
                events[i].pid == bare.pid && events[i].cpu == bare.cpu && bare.pid) {
                log.crash = i;
                break;
            }
    }
    if (log.crash) blame(log, log.crash);
    // release and machine: the crash's own, else the first that any report printed
    if (log.crash) {
        log.release = events[*log.crash].release;
        log.arch = events[*log.crash].arch;
    }
    for (const auto& event : events) {
        if (event.release && !log.release) log.release = event.release;
        bool finer = log.arch == Arch::ppc64 && event.arch == Arch::ppc64le;
        if (event.arch && (!log.arch || finer)) log.arch = event.arch;
    }
    // a report that does not print them shares them with the others of its boot
    for (std::size_t from = 0; from < events.size();) {
        auto to = from;
        std::optional<std::string> release;
        std::optional<Arch> arch;
        for (; to < events.size() && events[to].boot == events[from].boot; ++to) {
            if (!release) release = events[to].release;
            if (!arch) arch = events[to].arch;
        }
        for (; from < to; ++from) {
            if (!events[from].release) events[from].release = release;
            if (!events[from].arch) events[from].arch = arch;
        }
    }
}

}  // namespace nfstriage::log
