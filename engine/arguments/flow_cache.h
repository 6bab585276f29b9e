// The states in front of instructions (flow.h) that stacks lead to, each worked out once: of a
// hundred thousand tasks most sleep behind the same calls.
// We promise: what state_before() says, whatever is kept; not more than kMost results are.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "arguments/flow.h"
#include "arguments/function_code.h"

namespace nfstriage::arguments {

// Not for several threads.
class FlowCache {
public:
    using Flow = std::shared_ptr<const FlowResult>;
    using Code = std::shared_ptr<const FunctionCode>;

    static constexpr std::size_t kMost = 2048;

    // `symbols` must outlive it.
    FlowCache(Arch arch, const layout::Symbols& symbols) : arch_(arch), symbols_(symbols) {}

    // As state_before(). The result is the caller's too.
    Maybe<Flow> before(const Code& code, VAddr instruction);

    std::size_t size() const { return kept_.size(); }

private:
    struct Kept {
        Code code;  // what the key points to
        Maybe<Flow> flow;
    };

    Arch arch_;
    const layout::Symbols& symbols_;
    std::map<std::pair<const FunctionCode*, VAddr>, Kept> kept_;
};

}  // namespace nfstriage::arguments
