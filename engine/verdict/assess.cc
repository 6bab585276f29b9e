#include "verdict/assess.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "facts/owner.h"
#include "verdict/reading.h"

namespace nfstriage::verdict {
namespace {

using facts::Owned;
using facts::Owner;
using facts::owner_of;

using facts::Scene;

bool is_lockup(CrashKind kind) {
    return kind == CrashKind::soft_lockup || kind == CrashKind::hard_lockup ||
           kind == CrashKind::rcu_stall || kind == CrashKind::hung_task;
}

// The one whose code the top of a stack is, behind generic helpers.
struct Blame {
    const Frame* frame = nullptr;
    Owned owned;
    bool nfs_below = false;  // an NFS-family frame lies further out
    bool nfs_first = false;  // the owner is NFS
    bool generic_only = true;
    bool unnamed = false;        // some frame's function is not known
    bool unnamed_above = false;  // one further in than `frame`
    const Frame* top = nullptr;
};

Blame blame_of(const std::vector<Frame>& frames) {
    Blame blame;
    for (const Frame& frame : frames) {
        if (frame.trust >= Trust::scan) continue;
        if (frame.function.empty()) {
            blame.unnamed = true;
            blame.unnamed_above = blame.unnamed_above || blame.frame == nullptr;
            continue;
        }
        if (blame.top == nullptr) blame.top = &frame;
        Owned owned = owner_of(frame);
        if (blame.frame != nullptr) {
            blame.nfs_below = blame.nfs_below || owned.owner == Owner::nfs;
            continue;
        }
        if (owned.owner == Owner::generic) continue;
        blame.frame = &frame;
        blame.owned = owned;
        blame.generic_only = false;
        blame.nfs_first = owned.owner == Owner::nfs;
    }
    return blame;
}

bool mostly_nfs(const std::vector<Frame>& frames) {
    std::size_t named = 0, nfs = 0;
    for (const Frame& frame : frames) {
        if (frame.trust >= Trust::scan || frame.function.empty()) continue;
        ++named;
        nfs += owner_of(frame).owner == Owner::nfs;
    }
    return 2 * nfs > named;
}

// A sleeping-in-atomic report faults where the sleep is; guilty is who took the spin lock. With
// lockdep the kernel prints it: "#3: ... (&clp->cl_lock){+.+.}-{2:2}, at: nfsd4_x+0x306/0x850
// [nfsd]", where {2:2} is a spin lock (lib/.. enum lockdep_wait_type: LD_WAIT_SPIN /
// LD_WAIT_CONFIG).
std::optional<Frame> spin_lock_taker(const Scene& scene) {
    if (!scene.crash || !scene.crash->log_line) return std::nullopt;
    constexpr unsigned kHeaderLines = 40;
    std::optional<Frame> taker;
    const unsigned first = *scene.crash->log_line;
    for (const log::Line& each : scene.log.text) {
        if (each.number < first || each.number >= first + kHeaderLines) continue;
        std::string_view line = each.text;
        if (line.find("Call Trace") != std::string_view::npos) break;
        std::size_t at = line.find(", at: ");
        if (line.find("-{2:") == std::string_view::npos || at == std::string_view::npos) continue;
        std::string_view place = trim(line.substr(at + 6));
        Frame frame;
        frame.function = std::string(place.substr(0, place.find('+')));
        std::size_t open = place.find('['), close = place.find_first_of(" ]", open);
        if (open != std::string_view::npos && close != std::string_view::npos)
            frame.module = std::string(place.substr(open + 1, close - open - 1));
        frame.trust = Trust::log;
        taker = frame;  // the innermost lock is printed last
    }
    return taker;
}

// Task names and work queues of NFS: their crashes may be its doing with no frame to show it.
bool runs_for_nfs(const Scene& scene, const facts::Task& task) {
    constexpr std::array<std::string_view, 8> kNames = {"nfsd",   "lockd", "rpciod", "xprtiod",
                                                        "nfsiod", "NFSv4", "nfsv4.", "rpc."};
    auto named = [&](std::string_view text) {
        return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
            return text.starts_with(name) || text.find(' ' + std::string(name)) != text.npos;
        });
    };
    if (task.comm && named(*task.comm)) return true;
    if (!scene.log.crash || *scene.log.crash >= scene.log.events.size()) return false;
    const log::Event& event = scene.log.events[*scene.log.crash];
    if (event.workqueue && named(*event.workqueue)) return true;
    for (const log::SubStack& stack : event.other_stacks)  // KASAN: who allocated, who freed
        for (const Frame& frame : stack.frames)
            if (frame.trust < Trust::scan && owner_of(frame).owner == Owner::nfs) return true;
    return false;
}

bool has_events(const Scene& scene) { return !scene.log.events.empty(); }

std::string function_of(const Frame& frame) {
    return std::string(without_suffix(frame.function)) +
           (frame.module.empty() ? "" : " [" + frame.module + "]");
}

// Whether any line carries a printk stamp; without one, and without a report, a text may be
// anything.
bool looks_like_a_kernel_log(const Scene& scene) {
    const auto& lines = scene.log.text;
    return !scene.log.notices.empty() ||
           std::any_of(lines.begin(), lines.end(), [](const log::Line& line) {
               return line.time_s || line.text.starts_with("Linux version ");
           });
}

Assessment without_crash(const Scene& scene) {
    Assessment result;
    if (!scene.input.is_dump && !has_events(scene) && !looks_like_a_kernel_log(scene)) {
        result.title = "This text does not look like a kernel log";
        result.explanation =
            "No line of it has the kernel's time stamp, and none reports a fault. Give the output "
            "of "
            "dmesg, a serial console's log, or vmcore-dmesg.txt.";
        return result;
    }
    bool whole = scene.input.complete && scene.log_complete;
    bool read_to_the_end = whole || (!scene.input.is_dump && scene.input.complete);
    if (!has_events(scene) && !scene.panic && read_to_the_end) {
        result.status = Status::no_crash;
        result.confidence = whole ? Confidence::certain : Confidence::likely;
        result.title = "No kernel crash in this input";
        result.explanation =
            scene.input.is_dump
                ? "The dump's kernel log holds no report of a fault, and nobody called panic()."
                : "The log holds no report of an oops, BUG, warning, lockup of a CPU, hung task or "
                  "panic.";
        if (!whole) result.explanation += " The log may not reach to the end of the crash.";
        return result;
    }
    result.title = "Not enough to say what crashed";
    result.explanation = "The input is readable, but no report in it can be told to be the crash.";
    return result;
}

void exonerate(Assessment& result, const Frame& frame, Confidence confidence) {
    result.status = Status::not_nfs;
    result.confidence = confidence;
    result.belongs_to_another = true;
    result.culprit.component = nfs::Component::none;
    result.culprit.function = std::string(without_suffix(frame.function));
    result.culprit.module = frame.module;
    result.culprit.frame = frame;
    result.culprit.from_first_error = false;
}

// Reports about NFS before the crash, or a server that went silent: why somebody asked for it.
bool had_nfs_trouble(const Scene& scene) {
    for (std::size_t i = 0; i < scene.log.events.size(); ++i) {
        if (scene.log.crash && i >= *scene.log.crash) break;
        const log::Event& event = scene.log.events[i];
        for (const Frame& frame : event.frames)
            if (frame.trust < Trust::scan && owner_of(frame).owner == Owner::nfs) return true;
    }
    bool silent = false;
    for (const log::Notice& notice : scene.log.notices) {
        if (notice.kind == log::Notice::Kind::server_not_responding) silent = true;
        if (notice.kind == log::Notice::Kind::server_ok) silent = false;
    }
    return silent;
}

// arch/x86/kernel/nmi.c: unknown_nmi_panic, panic_on_io_nmi and their like. Watchdogs that use NMIs
// have reports of their own.
bool panicked_on_an_nmi(const Scene& scene) {
    if (scene.crash->kind != CrashKind::panic) return false;
    const std::string& message = scene.crash->message;
    if (message.find("NMI") != std::string::npos &&
        message.find("Not continuing") != std::string::npos)
        return true;
    const facts::Stack* panic = scene.stack(facts::StackRole::panic);
    if (panic == nullptr) return false;
    constexpr std::array<std::string_view, 4> kHandlers = {"unknown_nmi_error", "mem_parity_error",
                                                           "pci_serr_error", "io_check_error"};
    return std::any_of(panic->frames.begin(), panic->frames.end(), [&](const Frame& frame) {
        return frame.trust < Trust::scan &&
               std::find(kHandlers.begin(), kHandlers.end(), without_suffix(frame.function)) !=
                   kHandlers.end();
    });
}

Assessment deliberate(Assessment result, const Scene& scene) {
    result.culprit.component = nfs::Component::none;
    result.status = Status::not_nfs;
    if (had_nfs_trouble(scene)) {
        result.confidence = Confidence::likely;
        result.title = "Deliberate crash (sysrq), after trouble with NFS";
        result.explanation =
            "The crash itself was asked for. The log tells of trouble with NFS before it, which "
            "may be "
            "why: look at the earlier reports and at the blocked tasks.";
        return result;
    }
    result.confidence = Confidence::certain;
    result.title = "Deliberate crash (sysrq), not a kernel fault";
    result.explanation =
        "Somebody or something wrote c to /proc/sysrq-trigger or pressed the key. What the input "
        "shows "
        "of NFS is its state at that moment, not the cause of the crash.";
    return result;
}

Assessment unknown_signature(Assessment result, const Scene& scene, const Blame& blame) {
    result.status = Status::unknown_signature;
    bool solid = result.culprit.frame && result.culprit.frame->trust < Trust::log;
    result.confidence = scene.crash->report_complete ? Confidence::likely : Confidence::possible;
    if (solid && scene.crash->report_complete) result.confidence = Confidence::certain;
    result.title = "Unknown signature in " + result.culprit.function;
    result.explanation = "NFS or SUNRPC code is involved and no rule recognises the case.";
    if (result.culprit.from_first_error)
        result.explanation += " Blamed is the first error, which came before the crash.";
    else if (blame.frame != blame.top && blame.top != nullptr && blame.nfs_first)
        result.explanation += " The instruction is in " + function_of(*blame.top) +
                              ", a helper; its caller is blamed.";
    else if (!blame.nfs_first && blame.nfs_below)
        result.explanation +=
            " The fault is in " +
            (blame.owned.name.empty() ? function_of(*blame.frame) : blame.owned.name) +
            ", on which NFS stands; the NFS function that called it is named.";
    for (const std::string& sign : read_signs(scene)) result.explanation += " " + sign;
    return result;
}

// Another owner's code faulted while it worked for NFS.
Assessment above_nfs(Assessment result, const Blame& blame, const Scene& scene,
                     const facts::Blamed& stack) {
    const std::string& owner = blame.owned.name;
    if (scene.crash->kind == CrashKind::atomic_sleep) {
        auto taker = spin_lock_taker(scene);
        Owned owned = taker ? owner_of(*taker) : Owned{};
        if (owned.owner == Owner::nfs) return unknown_signature(std::move(result), scene, blame);
        if (owned.owner == Owner::other && stack.complete) {
            exonerate(result, *taker, Confidence::likely);
            result.title = "Not NFS: " + owned.name + " sleeps under its own spin lock";
            result.explanation = "The spin lock held was taken by " + function_of(*taker) +
                                 "; NFS only called into it.";
            return result;
        }
        result.culprit.component = nfs::Component::none;
        result.title = "Sleep in atomic context under an NFS call";
        result.explanation = "The report shows where the sleep was, in " + owner +
                             " code called by NFS, but not who had disabled preemption.";
        return result;
    }
    if (is_lockup(scene.crash->kind)) {
        result.culprit.component = nfs::Component::none;
        result.title = "An NFS call waits inside " + owner;
        result.explanation = function_of(*blame.frame) +
                             " does not come back to NFS. A slow or dead disk, a lock taken by "
                             "somebody else, or NFS holding what it waits for would look the same.";
        return result;
    }
    if (blame.unnamed_above) {
        result.title = "Fault above " + owner + ", in code that nothing names";
        result.explanation = "The functions between the fault and " + function_of(*blame.frame) +
                             " are not known; NFS frames lie further out.";
        result.culprit.component = nfs::Component::none;
        return result;
    }
    if (!stack.complete) {
        result.title = "Fault in " + owner + " code called by NFS, with part of the stack missing";
        result.explanation = function_of(*blame.frame) + " faulted; NFS frames lie further out.";
        result.culprit.component = nfs::Component::none;
        return result;
    }
    exonerate(result, *blame.frame, Confidence::possible);
    result.title = "Not NFS by position: the fault is in " + owner;
    result.explanation = function_of(*blame.frame) +
                         " faulted. NFS called into it and lies further out on the stack; what NFS "
                         "passed to it has not been checked.";
    return result;
}

// No NFS code on the stack.
Assessment without_nfs(Assessment result, const Blame& blame, const Scene& scene,
                       const facts::Blamed& stack) {
    const CrashKind kind = scene.crash->kind;
    auto inconclusive = [&](std::string title, std::string why) {
        result.title = std::move(title);
        result.explanation = std::move(why);
        return result;
    };
    if (blame.top == nullptr)
        return inconclusive("No stack to judge by",
                            "The report names no function that could be trusted.");
    if (!stack.complete || !scene.crash->report_complete)
        return inconclusive("No NFS code seen, but the report is not complete",
                            "What is there of the stack has no NFS function; the rest is missing.");
    if (blame.unnamed)
        return inconclusive("No NFS code seen, but part of the stack has no names",
                            "The functions of some frames are not known: their module's symbols "
                            "cannot be read. They may be NFS.");
    if (blame.owned.owner == Owner::other) {
        exonerate(result, *blame.frame, Confidence::likely);
        result.title = "Not NFS: the fault is in " + blame.owned.name;
        result.explanation = function_of(*blame.frame) +
                             " is blamed, and no NFS or SUNRPC function is on the whole stack.";
        return result;
    }
    if (runs_for_nfs(scene, scene.crash->task))
        return inconclusive("An NFS task or object is involved, its part is not shown",
                            "No NFS function is on the stack, but the task, its work queue or the "
                            "object's history belongs to NFS.");
    if (is_lockup(kind) && (blame.generic_only || blame.owned.owner == Owner::shared))
        return inconclusive("A task waits, and what it waits for is not shown",
                            "The stack ends in a lock or wait without saying who holds it; the "
                            "holder may be NFS or anybody else.");
    if (blame.owned.owner == Owner::shared && blame.owned.name == "the network stack")
        return inconclusive("Fault in the network stack, whose socket is not shown",
                            "Sockets of NFS and of everybody else end in this code.");
    if (blame.generic_only)
        return inconclusive(
            "Fault in a helper that everybody uses",
            "Damaged memory shows where it is used next, not where it was damaged.");
    exonerate(result, *blame.frame, Confidence::possible);
    result.title = "Not NFS: no NFS code on the stack";
    result.explanation = function_of(*blame.frame) +
                         " is blamed, and the whole stack has no NFS or SUNRPC function.";
    return result;
}

}  // namespace

Assessment assess(const Scene& scene) {
    if (!scene.crash || scene.crash->kind == CrashKind::none ||
        scene.crash->kind == CrashKind::not_kernel)
        return without_crash(scene);

    Assessment result;
    result.culprit = facts::find_culprit(scene);
    if (scene.crash->kind == CrashKind::sysrq) return deliberate(std::move(result), scene);

    if (panicked_on_an_nmi(scene)) {
        result.culprit.component = nfs::Component::none;
        result.title = "Panic on an NMI from outside: hardware, firmware or an operator";
        result.explanation =
            "The kernel was told to panic on an NMI whose source it does not know (the NMI button, "
            "a "
            "management controller, a hypervisor, a memory or bus error). What the CPU happened to "
            "run "
            "is chance.";
        return result;
    }
    const facts::Blamed stack = facts::blamed_frames(scene);
    const Blame blame = blame_of(stack.frames);
    if (result.culprit.from_first_error) return unknown_signature(std::move(result), scene, blame);
    if (scene.crash->kind == CrashKind::oom) {
        result.title = "Out of memory";
        result.explanation = "Who asked for the last page says nothing about who used the memory.";
        return result;
    }
    if (scene.crash->kind == CrashKind::stack_overflow && !mostly_nfs(stack.frames)) {
        result.culprit.component = nfs::Component::none;
        if (scene.crash->message.find("double fault") != std::string::npos) {
            result.title = "Double fault, and most of the stack is not NFS";
            result.explanation =
                "The CPU failed while it entered an exception handler. An overflow of the stack is "
                "the "
                "usual cause; this report does not say that it is this one's.";
        } else {
            result.title = "Stack overflow, and most of the stack is not NFS";
            result.explanation =
                "The function on top only took the last bytes; the whole chain used them.";
        }
        return result;
    }
    if (blame.nfs_first) return unknown_signature(std::move(result), scene, blame);
    if (blame.nfs_below && blame.owned.owner == Owner::other)
        return above_nfs(std::move(result), blame, scene, stack);
    if (blame.nfs_below) return unknown_signature(std::move(result), scene, blame);
    return without_nfs(std::move(result), blame, scene, stack);
}

}  // namespace nfstriage::verdict
