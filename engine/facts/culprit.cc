// Weighing the first error: lib/list_debug.c, lib/refcount.c and WARN_ON report the damage where it
// is noticed; the panic that follows hits whoever uses the damaged object next. We let such a
// report decide only if it is tied to the crash by time or by an address that both saw.
#include "facts/culprit.h"

#include <algorithm>
#include <iterator>

#include "facts/owner.h"
#include "log/interrupt_entry.h"

namespace nfstriage::facts {
namespace {

constexpr double kSameEventSeconds = 60;
constexpr std::uint64_t kLowestKernelAddress = 1ULL << 47;  // of both architectures we read

bool is_reliable(const Frame& frame) { return frame.trust < Trust::scan; }

// Kinds by which NFS code in the stack says nothing: the cause is outside of any call chain.
bool never_of_the_stack(CrashKind kind) {
    return kind == CrashKind::sysrq || kind == CrashKind::oom || kind == CrashKind::mce ||
           kind == CrashKind::none || kind == CrashKind::not_kernel;
}

struct Named {
    const Frame* frame = nullptr;  // the first NFS-family frame, else the first that is not generic
    std::optional<nfs::Component> component;
};

Named blame(std::span<const Frame> frames) {
    Named result;
    bool all_named = true;  // so far: what nothing names may be anybody's
    for (const Frame& frame : frames) {
        if (!is_reliable(frame)) continue;
        all_named = all_named && !frame.function.empty();
        if (frame.function.empty()) continue;
        if (auto component = nfs::own_component_of(frame)) {
            result.frame = &frame;
            result.component = component;
            return result;
        }
        if (!result.frame && all_named && !is_generic_function(frame.function))
            result.frame = &frame;
    }
    return result;
}

// An address of the crash (fault address or program counter) that the first error's registers hold.
bool share_an_address(const Crash& first, const Crash& crash, std::optional<Arch> arch) {
    std::vector<std::uint64_t> addresses;
    if (crash.fault.address) addresses.push_back(*crash.fault.address);
    if (arch)
        if (auto pc = crash.registers.pc(*arch)) addresses.push_back(*pc);
    for (std::uint64_t address : addresses) {
        if (address < kLowestKernelAddress) continue;
        for (const auto& [name, value] : first.registers.values)
            if (value == address) return true;
    }
    return false;
}

bool tied_to_the_crash(const Scene& scene) {
    const Crash& first = *scene.first_error;
    const Crash& crash = *scene.crash;
    if (share_an_address(first, crash, scene.kernel.arch)) return true;
    return first.time_s && crash.time_s && *first.time_s <= *crash.time_s &&
           *crash.time_s - *first.time_s <= kSameEventSeconds;
}

void set_frame(Culprit& culprit, const Frame& frame) {
    culprit.function = std::string(without_suffix(frame.function));
    culprit.module = frame.module;
    culprit.frame = frame;
}

bool same_task(const Task& a, const Task& b) {
    if (a.address && b.address) return *a.address == *b.address;
    return a.pid && b.pid && *a.pid == *b.pid;
}

// Where the blamed context starts: the stack's own answer, else the frame of the faulting or
// sampled instruction, which panic() and the exception entry lie above.
std::size_t blamed_start(const Stack& stack, const std::optional<Crash>& crash) {
    if (stack.culprit != 0 || !crash || !crash->top || crash->top->function.empty())
        return std::min(stack.culprit, stack.frames.size());
    std::string_view top = without_suffix(crash->top->function);
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
        const Frame& frame = stack.frames[i];
        if (without_suffix(frame.function) == top && frame.offset == crash->top->offset) return i;
    }
    return 0;
}

// Whether the frame is that of the crash's instruction, and only the report names its function.
bool is_unnamed_pc(const Frame& frame, const Scene& scene) {
    if (!frame.function.empty() || !frame.address || !scene.kernel.arch) return false;
    return scene.crash->registers.pc(*scene.kernel.arch) == frame.address;
}

}  // namespace

Blamed blamed_frames(const Scene& scene) {
    const Stack* chosen = scene.stack(StackRole::crash);
    std::size_t start = chosen ? blamed_start(*chosen, scene.crash) : 0;
    const Stack* panic = scene.stack(StackRole::panic);
    if (panic && (!chosen || same_task(panic->task, chosen->task))) {
        bool is_crash = chosen || !scene.crash || same_task(panic->task, scene.crash->task);
        std::size_t panic_start = blamed_start(*panic, scene.crash);
        auto trust = [](const Stack& stack, std::size_t at) {
            return at < stack.frames.size() ? stack.frames[at].trust : Trust::guess;
        };
        bool shorter =
            chosen && chosen->complete &&
            (!panic->complete || unnamed_frames(panic->frames) > unnamed_frames(chosen->frames));
        if (is_crash && !shorter &&
            (!chosen || trust(*panic, panic_start) < trust(*chosen, start))) {
            chosen = panic;
            start = panic_start;
        }
    }
    Blamed result;
    if (chosen) {
        result.frames.assign(chosen->frames.begin() + static_cast<std::ptrdiff_t>(start),
                             chosen->frames.end());
        std::erase_if(result.frames, [](const Frame& frame) { return frame.inlined; });
        result.complete = chosen->complete;
    }
    if (scene.crash && scene.crash->top && !scene.crash->top->function.empty()) {
        const Frame& top = *scene.crash->top;
        bool has_top = !result.frames.empty() && without_suffix(result.frames.front().function) ==
                                                     without_suffix(top.function);
        if (!has_top && !result.frames.empty() && is_unnamed_pc(result.frames.front(), scene))
            result.frames.front() = top;
        else if (!has_top)
            result.frames.insert(result.frames.begin(), top);
    }
    return result;
}

std::span<const Frame> own_context(std::span<const Frame> frames) {
    auto came_in = [](const Frame& frame) {
        std::string_view name = without_suffix(frame.function);
        // The second is the newer name.
        return is_reliable(frame) && (name == "__do_softirq" || name == "handle_softirqs" ||
                                      log::is_interrupt_entry(name));
    };
    auto end = std::find_if(frames.begin(), frames.end(), came_in);
    return frames.first(static_cast<std::size_t>(end - frames.begin()));
}

std::size_t unnamed_frames(std::span<const Frame> frames) {
    return static_cast<std::size_t>(std::count_if(
        frames.begin(), frames.end(), [](const Frame& frame) { return frame.function.empty(); }));
}

Culprit find_culprit(const Scene& scene) {
    Culprit culprit;
    if (!scene.crash) {
        culprit.basis = "no crash report";
        return culprit;
    }
    Blamed blamed = blamed_frames(scene);
    Named of_crash = blame(own_context(blamed.frames));
    if (of_crash.component)
        culprit.first_nfs_function = std::string(without_suffix(of_crash.frame->function));

    if (never_of_the_stack(scene.crash->kind)) {
        if (!blamed.frames.empty()) set_frame(culprit, blamed.frames.front());
        culprit.basis = "a crash of kind " + std::string(nfstriage::to_string(scene.crash->kind)) +
                        " is not caused by the code on the stack";
        return culprit;
    }

    if (scene.first_error && !of_crash.component && tied_to_the_crash(scene)) {
        const Stack* stack = scene.stack(StackRole::first_error);
        std::vector<Frame> frames;
        if (scene.first_error->top) frames.push_back(*scene.first_error->top);
        if (stack)
            std::copy_if(stack->frames.begin(), stack->frames.end(), std::back_inserter(frames),
                         [](const Frame& frame) { return !frame.inlined; });
        Named of_first = blame(frames);
        if (of_first.component) {
            set_frame(culprit, *of_first.frame);
            culprit.component = *of_first.component;
            culprit.from_first_error = true;
            culprit.basis = "the first error, tied to the crash, happened there";
            return culprit;
        }
    }

    if (of_crash.frame) {
        set_frame(culprit, *of_crash.frame);
        culprit.component = of_crash.component.value_or(nfs::Component::none);
        culprit.basis = of_crash.component ? "first NFS function of the blamed stack"
                                           : "no NFS function on the blamed stack";
    } else {
        culprit.basis = "the blamed stack names no function that is to blame";
    }
    return culprit;
}

}  // namespace nfstriage::facts
