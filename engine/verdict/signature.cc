#include "verdict/signature.h"

#include <algorithm>

#include "facts/culprit.h"
#include "facts/from_log.h"
#include "facts/owner.h"
#include "nfs/family.h"
#include "verdict/sha256.h"

namespace nfstriage::verdict {
namespace {

using facts::is_generic_function;

constexpr std::size_t kFunctions = 3;

bool is_sampled(CrashKind kind) {
    return kind == CrashKind::soft_lockup || kind == CrashKind::hard_lockup ||
           kind == CrashKind::rcu_stall || kind == CrashKind::hung_task;
}

struct Parts {
    nfs::Component component = nfs::Component::none;
    std::vector<std::string> functions;
};

void add_distinct(std::vector<std::string>& functions, std::string_view function) {
    if (function.empty() || functions.size() == kFunctions) return;
    if (std::find(functions.begin(), functions.end(), function) == functions.end())
        functions.emplace_back(function);
}

Parts parts_of(CrashKind kind, std::span<const Frame> frames) {
    std::vector<const Frame*> solid, family;
    for (const Frame& frame : frames) {
        if (frame.inlined || frame.function.empty() || frame.trust >= Trust::scan) continue;
        solid.push_back(&frame);
        if (nfs::component_of(frame)) family.push_back(&frame);
    }
    Parts parts;
    if (family.empty()) {
        for (const Frame* frame : solid)
            if (!is_generic_function(frame->function))
                add_distinct(parts.functions, without_suffix(frame->function));
        return parts;
    }
    if (is_sampled(kind)) std::reverse(family.begin(), family.end());
    parts.component = *nfs::component_of(*family.front());
    for (const Frame* frame : family)
        add_distinct(parts.functions, without_suffix(frame->function));
    return parts;
}

std::string text_of(CrashKind kind, const Parts& parts, std::size_t count) {
    if (parts.functions.empty()) return {};
    std::string text = "v1:" + std::string(nfstriage::to_string(kind)) + ":" +
                       std::string(nfs::to_string(parts.component)) + ":";
    for (std::size_t i = 0; i < count && i < parts.functions.size(); ++i)
        text += (i == 0 ? "" : ">") + parts.functions[i];
    return text;
}

// The stack of a report together with the instruction it blames, which some reports print apart.
std::vector<Frame> with_top(const facts::Crash& crash, const facts::Stack& stack) {
    std::size_t begin = std::min(stack.culprit, stack.frames.size());
    std::vector<Frame> frames(stack.frames.begin() + static_cast<std::ptrdiff_t>(begin),
                              stack.frames.end());
    if (crash.top && (frames.empty() || frames.front().function != crash.top->function))
        frames.insert(frames.begin(), *crash.top);
    return frames;
}

}  // namespace

std::string signature_text(CrashKind kind, std::span<const Frame> frames) {
    return text_of(kind, parts_of(kind, facts::own_context(frames)), kFunctions);
}

std::string signature_id(std::string_view text) { return sha256_hex(text).substr(0, 16); }

std::optional<Signature> signature_of(const facts::Scene& scene) {
    if (!scene.crash) return std::nullopt;
    if (scene.input.is_dump && scene.log.crash) {
        // What the kernel printed is all that a console log has: sign the same, if it is whole.
        facts::Scene printed = facts::from_log(scene.log, true);
        if (printed.crash->report_complete && printed.crash->kind == scene.crash->kind)
            return signature_of(printed);
    }
    const CrashKind kind = scene.crash->kind;
    const facts::Blamed blamed = facts::blamed_frames(scene);
    const Parts parts = parts_of(kind, facts::own_context(blamed.frames));
    std::string first_error;
    if (scene.first_error)
        if (const facts::Stack* stack = scene.stack(facts::StackRole::first_error))
            first_error =
                signature_text(scene.first_error->kind, with_top(*scene.first_error, *stack));

    Signature signature;
    signature.text = text_of(kind, parts, kFunctions);
    if (signature.text.empty()) signature.text = first_error;
    if (signature.text.empty()) return std::nullopt;
    signature.id = signature_id(signature.text);

    auto add = [&](std::string text) {
        auto& known = signature.alternates;
        if (!text.empty() && text != signature.text &&
            std::find(known.begin(), known.end(), text) == known.end())
            known.push_back(std::move(text));
    };
    add(first_error);
    // A fault whose address is lost with the log may have been at NULL: both texts meet in a group.
    if (kind == CrashKind::paging_request && !scene.crash->fault.address)
        add(text_of(CrashKind::null_deref, parts, kFunctions));
    if (is_sampled(kind) && parts.component != nfs::Component::none)
        for (std::size_t count = kFunctions - 1; count != 0; --count)
            add(text_of(kind, parts, count));
    return signature;
}

}  // namespace nfstriage::verdict
