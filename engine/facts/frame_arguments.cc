#include "facts/frame_arguments.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "arguments/flow_cache.h"
#include "facts/inlined_arguments.h"
#include "unwind/pt_regs.h"

namespace nfstriage::facts {

struct ArgumentFinder::Readers {
    Readers(const dump::Dump& of, const layout::KernelLayout& with)
        : dump(of),
          layout(with),
          code(with.code_memory(of), *with.symbols, of.arch()),
          flows(of.arch(), *with.symbols),
          objects(of, *with.types, *with.symbols),
          pt_regs_extent(unwind::PtRegsLayout::from(*with.types, of.arch()).extent) {}

    const dump::Dump& dump;
    const layout::KernelLayout& layout;
    arguments::CodeReader code;
    arguments::FlowCache flows;
    kernel::Objects objects;
    std::uint64_t pt_regs_extent;  // bytes
};

namespace {

std::vector<arguments::StackFrame> frames_of(const unwind::Result& unwound) {
    std::vector<arguments::StackFrame> frames;
    auto context_of = [&](std::size_t index) -> const unwind::InterruptedContext* {
        for (const unwind::InterruptedContext& context : unwound.interrupted)
            if (!context.user_mode && context.frame == index) return &context;
        return nullptr;
    };
    for (std::size_t i = 0; i < unwound.frames.size(); ++i) {
        const Frame& frame = unwound.frames[i];
        const unwind::InterruptedContext* context = context_of(i);
        arguments::StackFrame known;
        known.function = frame.function;
        known.pc = VAddr{frame.address.value_or(0)};
        known.precise = context != nullptr || (i == 0 && frame.trust == Trust::registers);
        known.trust = frame.trust;
        if (i < unwound.registers.size()) known.registers = unwound.registers[i];
        known.whole = (context != nullptr && context->full) || i == 0;
        // Behind a frame that was found by looking for one, calls may be missing.
        known.calls_inner = i > 0 && context == nullptr && frame.trust < Trust::scan;
        frames.push_back(std::move(known));
    }
    return frames;
}

// Where a printed frame is. A name that several functions have leads to another size.
std::optional<VAddr> place_of(const Frame& printed, const layout::Symbols& symbols) {
    if (printed.function.empty() || !printed.offset) return std::nullopt;
    auto entry = symbols.address(printed.function);
    if (!entry) return std::nullopt;
    auto found = symbols.find(*entry);
    if (!found || (printed.size && found->symbol.size != *printed.size)) return std::nullopt;
    return *entry + *printed.offset;
}

std::vector<arguments::StackFrame> frames_of_report(const std::vector<Frame>& printed,
                                                    const Registers& registers,
                                                    const layout::Symbols& symbols) {
    std::vector<arguments::StackFrame> frames;
    for (const Frame& frame : printed) {
        if (frame.inlined) continue;
        arguments::StackFrame known;
        known.function = frame.function;
        known.pc = place_of(frame, symbols).value_or(VAddr{0});
        known.trust = frame.trust;
        known.precise = known.whole = frames.empty();
        known.calls_inner = !frames.empty() && frame.trust < Trust::scan;
        if (frames.empty()) known.registers = registers;
        frames.push_back(std::move(known));
    }
    return frames;
}

// A recovery and what it reads.
struct Kept {
    std::shared_ptr<void> readers;
    arguments::Recovery recovery;
};

// The frame's index among those that were unwound: inlined ones have been put between them.
std::size_t unwound_index(const Stack& stack, std::size_t index) {
    return static_cast<std::size_t>(
        std::count_if(stack.frames.begin(), stack.frames.begin() + static_cast<long>(index),
                      [](const Frame& frame) { return !frame.inlined; }));
}

std::string joined(const std::vector<std::string>& how) {
    std::string text;
    for (const std::string& way : how) text += (text.empty() ? "" : "; ") + way;
    return text;
}

}  // namespace

ArgumentFinder::ArgumentFinder(const dump::Dump& dump, const layout::KernelLayout& layout)
    : readers_(std::make_shared<Readers>(dump, layout)) {}

ArgumentFinder::~ArgumentFinder() = default;

arguments::AccessReaders ArgumentFinder::readers() const {
    return {readers_->code, *readers_->layout.types, readers_->dump, readers_->objects};
}

std::shared_ptr<arguments::Recovery> ArgumentFinder::recovery(const unwind::Result& unwound) const {
    arguments::RecoverReaders readers{
        {readers_->code, readers_->layout.code.get(), {}, &readers_->flows},
        *readers_->layout.types,
        [objects = &readers_->objects](std::string_view type, VAddr address) {
            return objects->looks_like(type, address);
        }};
    for (const unwind::InterruptedContext& context : unwound.interrupted) {
        if (!context.user_mode || !context.full) continue;
        readers.stack.user_registers = {context.address,
                                        context.address + readers_->pt_regs_extent};
    }
    auto kept = std::make_shared<Kept>(
        Kept{readers_, arguments::Recovery(std::move(readers), frames_of(unwound))});
    return {kept, &kept->recovery};
}

std::shared_ptr<arguments::Recovery> ArgumentFinder::recovery_of_report(
    const std::vector<Frame>& printed, const Registers& registers) const {
    // Without stack and frame pointer no word of the stack is looked at.
    Registers left = registers;
    for (const char* name : {"rsp", "rbp", "sp", "x29"}) left.values.erase(name);
    auto frames = frames_of_report(printed, left, *readers_->layout.symbols);
    if (left.empty() || frames.empty() || frames.front().pc.value == 0) return nullptr;
    auto kept = std::make_shared<Kept>(Kept{
        readers_,
        arguments::Recovery({{readers_->code, readers_->layout.code.get(), {}, &readers_->flows},
                             *readers_->layout.types,
                             {}},
                            std::move(frames))});
    return {kept, &kept->recovery};
}

void add_arguments(Stack& stack) {
    if (stack.recovery == nullptr) return;
    std::size_t index = 0;
    for (Frame& frame : stack.frames) {
        if (frame.inlined) continue;
        auto arguments = stack.recovery->arguments(index++);
        if (arguments) frame.arguments = std::move(*arguments);
    }
}

void add_inlined_arguments(Stack& stack, const layout::KernelCode& code, Arch arch,
                           const dump::Memory& memory) {
    if (stack.recovery == nullptr) return;
    std::size_t begin = 0, unwound = 0;
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
        if (stack.frames[i].inlined) continue;
        if (begin < i)
            add_inlined_arguments(std::span(stack.frames).subspan(begin, i - begin), code,
                                  stack.recovery->state(unwound), arch, memory);
        begin = i + 1;
        ++unwound;
    }
}

Maybe<RecoveredArgument> find_argument(const Stack& stack, std::string_view function,
                                       std::uint64_t index, std::string_view type) {
    if (stack.recovery == nullptr)
        return unknown(Reason::no_decoder, "this stack was not unwound from memory");
    for (std::size_t i = std::min(stack.culprit, stack.frames.size()); i < stack.frames.size();
         ++i) {
        const Frame& frame = stack.frames[i];
        if (frame.inlined || frame.trust >= Trust::scan ||
            without_suffix(frame.function) != function)
            continue;
        auto found =
            stack.recovery->argument(unwound_index(stack, i), static_cast<unsigned>(index), type);
        if (!found) return tl::unexpected<Unknown>(found.error());
        if (!found->value) return unknown(Reason::no_decoder, found->doubt);
        return RecoveredArgument{*found->value, found->trust, joined(found->how)};
    }
    return unknown(Reason::no_symbol, "no frame of " + std::string(function));
}

}  // namespace nfstriage::facts
