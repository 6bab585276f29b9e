#include "report/arguments.h"

#include <algorithm>
#include <vector>

#include "base/address.h"
#include "base/text.h"
#include "report/columns.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kMaxName = 40, kMaxType = 60, kMaxDoubt = 120;  // columns

bool is_pointer(const Argument& argument) { return argument.type.find('*') != std::string::npos; }

// "req = (struct nfs_page *) 0xffff9bf9f048da00 (? r12 gives 0xffff9bf9f048db00)"
std::string argument_text(const Argument& argument) {
    std::string name = clip(escape(argument.name), kMaxName);
    if (name.empty()) name = "argument " + std::to_string(argument.index);
    std::string text = name + " = " + value_text(argument);
    if (std::string doubt = doubt_text(argument); !doubt.empty())
        text += " (? " + clip(doubt, kMaxDoubt) + ")";
    return text;
}

}  // namespace

std::string value_text(const Argument& argument) {
    if (!argument.value) return {};
    std::string type;
    if (!argument.type.empty()) type = "(" + clip(escape(argument.type), kMaxType) + ") ";
    if (*argument.value == 0 && is_pointer(argument)) return type + "NULL";
    return type + hex(*argument.value);
}

std::string doubt_text(const Argument& argument) {
    if (!argument.doubt.empty()) return escape(argument.doubt);
    if (argument.trust >= Trust::scan) return "found by " + std::string(to_string(argument.trust));
    return {};
}

ObjectsOnStack::ObjectsOnStack(std::span<const Frame> frames, std::size_t lines) : lines_(lines) {
    for (const Frame& frame : frames) {
        if (!frame.stack_pointer || frame.trust >= Trust::scan) continue;
        if (end_ == 0) begin_ = *frame.stack_pointer;
        begin_ = std::min(begin_, *frame.stack_pointer);
        end_ = std::max(end_, *frame.stack_pointer);
    }
}

bool ObjectsOnStack::is_new(const Argument& argument) {
    if (*argument.value == 0) return true;
    std::set<std::string>& types = shown_[*argument.value];
    if (!types.empty() && argument.type.find("void *") != std::string::npos) return false;
    return types.insert(argument.type).second;
}

void ObjectsOnStack::write(Page& page, const Frame& frame, std::size_t indent, bool blamed) {
    std::vector<std::string> lines;
    for (const Argument& argument : frame.arguments) {
        if (!argument.value || !is_pointer(argument)) continue;
        bool local = *argument.value >= begin_ && *argument.value < end_;
        if (!blamed && (local || *argument.value == 0)) continue;
        if (!is_new(argument)) continue;
        std::string text = argument_text(argument);
        bool fits = !lines.empty() &&
                    indent + display_width(lines.back() + ", " + text + ",") <= page.width();
        if (!lines.empty()) lines.back() += ",";
        if (fits)
            lines.back() += " " + text;
        else
            lines.push_back(std::move(text));
    }
    // None of outer frames where the list ends: their absence says nothing.
    if (lines.size() > lines_) {
        lines_ = 0;
        return;
    }
    lines_ -= lines.size();
    for (const std::string& line : lines) page.listed(line, "", indent, Ink::dim);
}

}  // namespace nfstriage::report
