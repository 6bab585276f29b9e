// The states in front of instructions (flow.h) that stacks lead to, each worked out once: of a
// hundred thousand tasks most sleep behind the same calls.
// We promise: what state_before() says, whatever is kept; not more than kMost results are, and no
// code.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>

#include "arguments/flow.h"
#include "arguments/function_code.h"

namespace nfstriage::arguments {

// Of code that one CodeReader read. Not for several threads.
class FlowCache {
public:
    using Flow = std::shared_ptr<const FlowResult>;

    static constexpr std::size_t kMost = 1024;

    // `symbols` must outlive it.
    FlowCache(Arch arch, const layout::Symbols& symbols) : arch_(arch), symbols_(symbols) {}

    // As state_before(). The result is the caller's too.
    Maybe<Flow> before(const FunctionCode& code, VAddr instruction);

    std::size_t size() const { return kept_.size(); }

private:
    // A function is read again with more parts when a stack leads into one that it does not jump
    // to.
    struct Key {
        VAddr instruction, entry;
        std::size_t instructions;  // of the function

        auto operator<=>(const Key&) const = default;
    };

    Arch arch_;
    const layout::Symbols& symbols_;
    std::map<Key, Maybe<Flow>> kept_;
};

}  // namespace nfstriage::arguments
