// Stacks as nested lists: a frame opens to what its function was called with.
#include <algorithm>
#include <string>

#include "base/address.h"
#include "base/text.h"
#include "nfs/family.h"
#include "report/arguments.h"
#include "report/html_sections.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

std::string place_of(const Frame& frame) {
    if (frame.file.empty()) return "";
    return frame.line ? frame.file + ":" + std::to_string(*frame.line) : frame.file;
}

void write_arguments(HtmlWriter& writer, const Frame& frame) {
    writer.table("Arguments of " + frame.function, {"Argument", "Value", "How", "Trust"}, [&] {
        for (const Argument& argument : frame.arguments) {
            auto row = writer.in("tr");
            auto cell = [&](std::string_view text) {
                auto td = writer.in("td");
                if (!text.empty()) writer.element("code", text);
            };
            cell(argument.name.empty() ? "argument " + std::to_string(argument.index)
                                       : argument.name);
            cell(value_text(argument));
            std::string how = listed(argument.how, [](const std::string& way) { return way; });
            join(how, doubt_text(argument), " — ");
            writer.element("td", how);
            writer.element("td", argument.value ? to_string(argument.trust) : "");
        }
    });
}

void write_frame(HtmlWriter& writer, const Frame& frame, bool blamed) {
    auto item = writer.in("li", {{"class", blamed ? "blamed" : ""}});
    bool opens = !frame.arguments.empty();
    writer.markup(opens ? blamed ? "<details open><summary>" : "<details><summary>" : "<p>");
    writer.element("code", frame_text(frame));
    if (frame.inlined) writer.element("span", "inlined", {{"class", "quiet"}});
    if (blamed) writer.element("span", "blamed", {{"class", "bad"}});
    writer.element("span", to_string(frame.trust), {{"class", "quiet"}});
    if (frame.address) writer.element("span", hex(*frame.address), {{"class", "quiet"}});
    if (std::string place = place_of(frame); !place.empty())
        writer.element("span", place, {{"class", "quiet"}});
    writer.markup(opens ? "</summary>\n" : "</p>\n");
    if (!opens) return;
    write_arguments(writer, frame);
    writer.markup("</details>\n");
}

// The innermost frame of the function to blame; the number of frames if it is not there.
std::size_t blamed_frame(const facts::Stack& stack, const std::string& function) {
    if (function.empty()) return stack.frames.size();
    auto found = std::find_if(stack.frames.begin(), stack.frames.end(), [&](const Frame& frame) {
        return without_suffix(frame.function) == function;
    });
    return static_cast<std::size_t>(found - stack.frames.begin());
}

void write_stack(HtmlWriter& writer, const facts::Stack& stack, const std::string& culprit,
                 bool open) {
    writer.markup(open ? "<details open>\n" : "<details>\n");
    std::string title = std::string(spoken(stack.role));
    join(title, task_text(stack.task), ", ");
    if (stack.cpu) title += ", CPU " + std::to_string(*stack.cpu);
    title += ", " + std::to_string(stack.frames.size()) + " frames";
    if (!stack.complete) title += ", not complete";
    writer.element("summary", title);
    {
        auto list = writer.in("ol", {{"class", "frames"}});
        const std::size_t blamed = blamed_frame(stack, culprit);
        for (std::size_t i = 0; i < stack.frames.size(); ++i)
            write_frame(writer, stack.frames[i], i == blamed);
    }
    writer.markup("</details>\n");
}

}  // namespace

void write_whole_stacks(HtmlWriter& writer, const verdict::Verdict& verdict) {
    if (verdict.stacks.empty()) return;
    writer.section("Stacks");
    // The one that is blamed is what people come for.
    auto tells = [](const facts::Stack& stack) {
        return stack.role == facts::StackRole::crash || stack.role == facts::StackRole::panic;
    };
    auto first = std::find_if(verdict.stacks.begin(), verdict.stacks.end(), [](const auto& stack) {
        return stack.role == facts::StackRole::crash && !stack.frames.empty();
    });
    if (first == verdict.stacks.end())
        first = std::find_if(verdict.stacks.begin(), verdict.stacks.end(), tells);
    if (first == verdict.stacks.end()) first = verdict.stacks.begin();
    for (auto stack = verdict.stacks.begin(); stack != verdict.stacks.end(); ++stack)
        if (!stack->frames.empty())
            write_stack(writer, *stack, stack == first ? verdict.culprit.function : "",
                        stack == first);
}

}  // namespace nfstriage::report
