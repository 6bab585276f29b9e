#include "report/stacks.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "report/arguments.h"
#include "report/columns.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

namespace vd = nfstriage::verdict;

constexpr std::size_t kMaxFrames = 14;      // of a stack that is shown, inlined ones beside
constexpr std::size_t kMaxObjectLines = 8;  // with what frames were called
constexpr std::size_t kMaxFile = 80;        // columns of a file's name

bool is_header(std::string_view file) { return file.ends_with(".h"); }

// The frame where the blame starts, or one inlined there.
bool is_blamed(const facts::Stack& stack, const Frame& frame) {
    if (stack.culprit >= stack.frames.size()) return false;
    const Frame& blamed = stack.frames[stack.culprit];
    return &frame == &blamed || (frame.address && frame.address == blamed.address);
}

// Of frame `begin` and those behind it: "?" frames and helpers that headers inline everywhere say
// little. At the blamed instruction they say what it was about to do.
std::vector<const Frame*> telling_frames(const facts::Stack& stack, std::size_t begin) {
    std::vector<const Frame*> frames;
    for (std::size_t i = begin; i < stack.frames.size(); ++i) {
        const Frame& frame = stack.frames[i];
        bool blamed = frame.address == stack.frames[begin].address;
        if (frame.trust == Trust::guess) continue;
        if (frame.inlined && is_header(frame.file) && !blamed) continue;
        frames.push_back(&frame);
    }
    return frames;
}

// Where another CPU's NFS code begins, when that is further out than what is shown of a stack: a
// long way through the network or the page cache would hide it. Otherwise the end of the stack.
std::size_t far_nfs_frame(const facts::Stack& stack, const std::vector<const Frame*>& frames) {
    if (stack.role != facts::StackRole::other) return frames.size();
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (frames[i]->trust < Trust::scan && nfs::component_of(*frames[i]))
            return i >= kMaxFrames ? i : frames.size();
    return frames.size();
}

std::string line_of(const Frame& frame) {
    std::string text = frame_text(frame);
    if (frame.inlined) text += " (inlined)";
    if (frame.file.empty()) return text;
    text += "  " + clip(escape(frame.file), kMaxFile);
    return frame.line ? text + ":" + std::to_string(*frame.line) : text;
}

void write_stack(Page& page, const facts::Stack& stack) {
    std::string title = "Stack of the " + std::string(spoken(stack.role));
    join(title, task_text(stack.task), ", ");
    if (stack.cpu) title += ", CPU " + std::to_string(*stack.cpu);
    if (!stack.complete) title += " (not complete)";
    page.section(title);
    std::size_t begin = std::min(stack.culprit, stack.frames.size());
    auto real = [&](std::size_t end) {
        return std::count_if(stack.frames.begin(),
                             stack.frames.begin() + static_cast<std::ptrdiff_t>(end),
                             [](const Frame& frame) { return !frame.inlined; });
    };
    if (begin != 0)
        page.listed("(" + std::to_string(real(begin)) +
                        " inner frames left out: panic, exception entry or scheduler)",
                    "", 4, Ink::dim);
    std::vector<const Frame*> frames = telling_frames(stack, begin);
    std::optional<Trust> last;
    std::size_t shown = 0, hidden = 0;
    ObjectsOnStack objects(
        std::span(stack.frames).subspan(begin),
        stack.role == facts::StackRole::other ? kMaxObjectLines / 2 : kMaxObjectLines);
    const std::size_t far = far_nfs_frame(stack, frames);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (far < frames.size() && i == kMaxFrames / 2) {
            page.listed("(" + std::to_string(far - i) + " frames left out)", "", 4, Ink::dim);
            i = far;
        }
        const Frame& frame = *frames[i];
        if (shown == kMaxFrames) {
            hidden += !frame.inlined;
            continue;
        }
        shown += !frame.inlined;
        bool named = last == frame.trust;
        last = frame.trust;
        page.listed(line_of(frame), named ? "" : "found by " + std::string(to_string(frame.trust)),
                    4);
        bool blamed = is_blamed(stack, frame);
        if (blamed || nfs::component_of(frame)) objects.write(page, frame, 8, blamed);
    }
    if (hidden != 0) page.listed("(" + std::to_string(hidden) + " more frames)", "", 4, Ink::dim);
    if (frames.empty() && begin < stack.frames.size())
        page.listed("(no frame that can be trusted, only guesses: " +
                        std::to_string(stack.frames.size() - begin) + ")",
                    "", 4, Ink::dim);
}

bool has_nfs(const facts::Stack& stack) {
    return std::any_of(stack.frames.begin(), stack.frames.end(), [](const Frame& frame) {
        return frame.trust < Trust::scan && nfs::component_of(frame).has_value();
    });
}

}  // namespace

void write_stacks(Page& page, const vd::Verdict& verdict) {
    constexpr std::size_t kMaxOthers = 2;
    bool any = false;
    for (facts::StackRole role :
         {facts::StackRole::first_error, facts::StackRole::crash, facts::StackRole::panic}) {
        if (role == facts::StackRole::panic && any) continue;
        for (const facts::Stack& stack : verdict.stacks) {
            if (stack.role != role || stack.frames.empty()) continue;
            write_stack(page, stack);
            any = any || role != facts::StackRole::first_error;
            break;
        }
    }
    std::size_t others = 0;
    for (facts::StackRole role : {facts::StackRole::holder, facts::StackRole::other})
        for (const facts::Stack& stack : verdict.stacks)
            if (stack.role == role && stack.cpu && verdict.crash &&
                stack.cpu != verdict.crash->cpu && has_nfs(stack) && others < kMaxOthers) {
                write_stack(page, stack);
                ++others;
            }
}

}  // namespace nfstriage::report
