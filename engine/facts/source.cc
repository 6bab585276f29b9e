#include "facts/source.h"

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

void add_source(Stack& stack, const layout::KernelCode& code) {
    std::vector<Frame> frames;
    std::size_t culprit = stack.culprit;
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
        Frame& frame = stack.frames[i];
        if (i == stack.culprit) culprit = frames.size();
        if (frame.address) {
            if (auto source = code.source_of(instruction_of(frame)); source && !source->empty()) {
                for (std::size_t k = 0; k + 1 < source->size(); ++k) {
                    Frame inlined;
                    inlined.function = (*source)[k].function;
                    inlined.module = frame.module;
                    inlined.address = frame.address;
                    inlined.trust = frame.trust;
                    inlined.inlined = true;
                    set_place(inlined, (*source)[k]);
                    frames.push_back(std::move(inlined));
                }
                set_place(frame, source->back());
            }
        }
        frames.push_back(std::move(frame));
    }
    if (stack.culprit >= stack.frames.size()) culprit = frames.size();
    stack.culprit = culprit;
    stack.frames = std::move(frames);
}

}  // namespace

void add_source(std::vector<Stack>& stacks, const layout::KernelCode& code) {
    for (Stack& stack : stacks) add_source(stack, code);
}

}  // namespace nfstriage::facts
