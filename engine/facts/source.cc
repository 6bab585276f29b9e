#include "facts/source.h"

#include <cstdint>
#include <map>
#include <utility>

namespace nfstriage::facts {
namespace {

// Where the instruction is that a frame stands at: a caller's address is that behind its call.
VAddr instruction_of(const Frame& frame) {
    return VAddr{*frame.address - (frame.trust == Trust::registers ? 0 : 1)};
}

void set_place(Frame& frame, const layout::SourceFrame& source) {
    frame.file = source.file;
    if (source.line != 0) frame.line = source.line;
}

using Sources = std::map<std::uint64_t, std::vector<layout::SourceFrame>>;  // by instruction

// Stacks share most of their outer frames, and neighbours in text share a block of the table: each
// instruction is looked up once, in ascending order.
Sources look_up(const std::vector<Stack>& stacks, const layout::KernelCode& code) {
    Sources sources;
    for (const Stack& stack : stacks)
        for (const Frame& frame : stack.frames)
            if (frame.address) sources.try_emplace(instruction_of(frame).value);
    for (auto& [address, source] : sources)
        if (auto found = code.source_of(VAddr{address})) source = std::move(*found);
    return sources;
}

void add_source(Stack& stack, const Sources& sources) {
    std::vector<Frame> frames;
    std::size_t culprit = stack.culprit;
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
        Frame& frame = stack.frames[i];
        if (i == stack.culprit) culprit = frames.size();
        auto known = frame.address ? sources.find(instruction_of(frame).value) : sources.end();
        if (known != sources.end() && !known->second.empty()) {
            const std::vector<layout::SourceFrame>& source = known->second;
            for (std::size_t k = 0; k + 1 < source.size(); ++k) {
                Frame inlined;
                inlined.function = source[k].function;
                inlined.module = frame.module;
                inlined.address = frame.address;
                inlined.trust = frame.trust;
                inlined.inlined = true;
                set_place(inlined, source[k]);
                frames.push_back(std::move(inlined));
            }
            set_place(frame, source.back());
        }
        frames.push_back(std::move(frame));
    }
    if (stack.culprit >= stack.frames.size()) culprit = frames.size();
    stack.culprit = culprit;
    stack.frames = std::move(frames);
}

}  // namespace

void add_source(std::vector<Stack>& stacks, const layout::KernelCode& code) {
    const Sources sources = look_up(stacks, code);
    for (Stack& stack : stacks) add_source(stack, sources);
}

}  // namespace nfstriage::facts
