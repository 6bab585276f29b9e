// What every function on a stack was called with: the values of stack_values.h, given the names and
// types of the function's prototype, compared with the compiler's own word where a profile has it,
// and at last, where nothing else tells, with the words of the frame that look like such an object.
// We promise: a value that satisfies a clause (trust better than scan) follows from saved registers
// and stack words by the code alone; what contradicts it is said in `doubt`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments/location_argument.h"
#include "arguments/stack_values.h"
#include "base/frame.h"
#include "base/tri.h"
#include "layout/types.h"

namespace nfstriage::arguments {

struct RecoverReaders {
    StackReaders stack;
    const layout::Types& types;
    // Whether memory there is such an object: "struct rpc_task". Empty: nobody can tell.
    std::function<Tri(std::string_view type, VAddr address)> looks_like;
};

class Recovery {
public:
    // The readers must outlive it. Functions are decoded and memory is read when something is
    // asked.
    Recovery(RecoverReaders readers, std::vector<StackFrame> frames);

    std::size_t size() const { return frames_; }

    // Every parameter of the frame's function. Unknown(no_type): nothing tells which there are.
    Maybe<std::vector<Argument>> arguments(std::size_t frame);

    // Parameter `index`, of C type `type` where no prototype says so ("" if that is not known
    // either). Unknown: no_type (the compiler changed this function's parameters), no_decoder, or
    // why memory is absent. A result without value says in `doubt` why there is none.
    Maybe<Argument> argument(std::size_t frame, unsigned index, std::string_view type);

    // What is known of the frame at its instruction, to evaluate debug information with.
    FrameState state(std::size_t frame);

    const StackValues& values();

private:
    RecoverReaders readers_;
    std::size_t frames_;
    std::vector<StackFrame> pending_;  // until the first question
    std::optional<StackValues> values_;
};

}  // namespace nfstriage::arguments
