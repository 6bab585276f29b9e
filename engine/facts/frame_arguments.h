// Argument recovery for the stacks of a dump: what the unwinder and the layout know, handed to
// arguments/recover.h, and its answers put into the frames of a Scene.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "arguments/faulting_access.h"
#include "arguments/recover.h"
#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_layout.h"
#include "unwind/unwind.h"

namespace nfstriage::facts {

class ArgumentFinder {
public:
    // Both must outlive the finder and every recovery that it makes.
    ArgumentFinder(const dump::Dump& dump, const layout::KernelLayout& layout);
    ~ArgumentFinder();

    // What the frames of `unwound` were called with. The result keeps alive what it needs of the
    // finder.
    std::shared_ptr<arguments::Recovery> recovery(const unwind::Result& unwound) const;

    // The same for a stack that the kernel printed, with the registers that it printed of the
    // innermost frame: by them and the code alone, because the stack has changed since. Null where
    // symbols do not tell the innermost instruction.
    std::shared_ptr<arguments::Recovery> recovery_of_report(const std::vector<Frame>& printed,
                                                            const Registers& registers) const;

    // What it reads functions and objects with: what has been decoded is decoded once. Lives as
    // long as the finder and what it made.
    arguments::AccessReaders readers() const;

private:
    struct Readers;
    std::shared_ptr<Readers> readers_;
};

// Fills the arguments of every frame of the stack from its recovery, if it has one. Inlined
// functions are left out: they have frames of their own only after add_source().
void add_arguments(Stack& stack);

// The same for the inlined frames that add_source() put in, by debug information.
void add_inlined_arguments(Stack& stack, const layout::KernelCode& code, Arch arch,
                           const dump::Memory& memory);

// Argument `index` of the innermost reliable frame of `function`, from the blamed frame of `stack`
// outwards. Unknown: no_symbol (no such frame), no_decoder (none of its ways gave a value), and as
// arguments::Recovery::argument.
Maybe<RecoveredArgument> find_argument(const Stack& stack, std::string_view function,
                                       std::uint64_t index, std::string_view type);

}  // namespace nfstriage::facts
