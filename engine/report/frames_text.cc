// A heading for each stack, a line for each frame, below it a line for each argument: the value as
// a debugger takes it, then how it was found. What is not known comes last, and together where the
// reason is the same.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/arguments.h"
#include "report/columns.h"
#include "report/frames.h"
#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kFrame = 5, kArgument = 7;  // columns at which they start
constexpr std::size_t kRoomForHow = 30;           // at least, beside the values

// "6.1.0-56-cloud-amd64 x86_64 · vmcore, ELF · 12 stacks"
std::string summary(const facts::StackList& list) {
    std::string text;
    if (list.kernel.release) text = clip(escape(*list.kernel.release), 80);
    if (list.kernel.arch) join(text, to_string(*list.kernel.arch), " ");
    join(text, clip(escape(list.input.format), 80), " · ");
    std::size_t count = list.stacks.size();
    join(text, std::to_string(count) + (count == 1 ? " stack" : " stacks"), " · ");
    return text;
}

// "kworker/u4:7[174] · panic · CPU 1 · state D · task_struct 0xffff8881027f0000"
std::string title(const facts::Stack& stack) {
    std::string text = task_text(stack.task);
    if (stack.role != facts::StackRole::other) join(text, spoken(stack.role), " · ");
    if (stack.cpu) join(text, "CPU " + std::to_string(*stack.cpu), " · ");
    if (!stack.task.state.empty()) join(text, "state " + stack.task.state, " · ");
    if (stack.task.address) join(text, "task_struct " + hex(*stack.task.address), " · ");
    if (!stack.complete) join(text, "not complete", " · ");
    return text;
}

std::string place(const Frame& frame) {
    if (frame.file.empty()) return {};
    std::string text = "  " + clip(escape(frame.file), 80);
    return frame.line ? text + ":" + std::to_string(*frame.line) : text;
}

std::string name_of(const Argument& argument) {
    if (argument.name.empty()) return "argument " + std::to_string(argument.index);
    return clip(escape(argument.name), 40);
}

// The shortest of its ways stands for all, "rbx at nfs_wb_page+0xc (+2)", if need be without the
// place, "rbx (+2)"; JSON has all of them in full.
std::string ways(const Argument& argument, std::size_t columns) {
    const auto shortest = std::min_element(argument.how.begin(), argument.how.end(),
                                           [](auto& a, auto& b) { return a.size() < b.size(); });
    std::string text = shortest == argument.how.end() ? "" : escape(*shortest);
    std::string more;
    if (argument.how.size() > 1) more = " (+" + std::to_string(argument.how.size() - 1) + ")";
    std::string doubt = doubt_text(argument);
    if (!doubt.empty()) return "? " + doubt + (text.empty() ? "" : "; " + text + more);
    for (std::string_view place : {" at ", " of ", " in the frame of "})
        if (display_width(text + more) > columns)
            text.resize(std::min(text.size(), text.rfind(place)));
    return text + more;
}

// The value, and how it was found beside it or, where there is no room, below.
void write_value(Page& page, const Argument& argument, std::string_view value, std::size_t column) {
    std::size_t begin = kArgument + column;
    if (begin + kRoomForHow <= page.width()) {
        page.labelled(value, ways(argument, page.width() - begin), column, kArgument, Ink::plain,
                      Ink::dim);
        return;
    }
    page.paragraph(value, kArgument);
    std::string how = ways(argument, page.width());
    if (!how.empty()) page.paragraph(how, kArgument + 4, Ink::dim);
}

void write_all_arguments(Page& page, const Frame& frame) {
    std::size_t name = 0, cell = 0;
    for (const Argument& argument : frame.arguments)
        if (argument.value) name = std::max(name, display_width(name_of(argument)));
    auto left = [&](const Argument& argument) {
        return pad(name_of(argument), name) + " = " + value_text(argument);
    };
    for (const Argument& argument : frame.arguments)
        if (argument.value) cell = std::max(cell, display_width(left(argument)));
    std::map<std::string, std::string> unknown;  // names by reason
    std::vector<std::string> reasons;            // in order of their first name
    for (const Argument& argument : frame.arguments) {
        if (argument.value) {
            write_value(page, argument, left(argument), cell + 2);
            continue;
        }
        std::string& names = unknown[argument.doubt];
        if (names.empty()) reasons.push_back(argument.doubt);
        join(names, name_of(argument), ", ");
    }
    for (const std::string& reason : reasons)
        page.paragraph(unknown[reason] + ": not known" + (reason.empty() ? "" : ", " + reason),
                       kArgument, Ink::dim);
}

void write_stack(Page& page, const facts::Stack& stack) {
    page.section(title(stack));
    if (stack.frames.empty()) page.paragraph("no frames", kFrame, Ink::dim);
    std::optional<Trust> last;
    std::size_t number = 0;
    for (const Frame& frame : stack.frames) {
        std::string index = frame.inlined ? "" : "#" + std::to_string(number++);
        std::string text = pad(index, kFrame) + frame_text(frame, true);
        if (frame.inlined) text += " (inlined)";
        if (frame.trust == Trust::guess) text += " ?";
        bool named = last == frame.trust;
        last = frame.trust;
        page.between(text + place(frame),
                     named ? "" : "found by " + std::string(to_string(frame.trust)), 0);
        write_all_arguments(page, frame);
    }
}

}  // namespace

std::string frames_to_text(const facts::StackList& list, const TextOptions& options) {
    TextPage page(std::max<std::size_t>(options.width, 40), options.colour);
    page.paragraph(summary(list), 0, Ink::bold);
    for (const facts::Stack& stack : list.stacks) write_stack(page, stack);
    if (!list.input.missing.empty()) page.blank();
    std::string_view label = "Missing";
    for (const std::string& missing : list.input.missing) {
        page.labelled(label, missing, 9);
        label = "";
    }
    return std::move(page).take();
}

}  // namespace nfstriage::report
