#include "arguments/flow_cache.h"

#include <utility>

namespace nfstriage::arguments {

Maybe<FlowCache::Flow> FlowCache::before(const FunctionCode& code, VAddr instruction) {
    Key key{instruction, code.entry, code.instructions.size()};
    auto found = kept_.find(key);
    if (found != kept_.end()) return found->second;
    if (kept_.size() >= kMost) kept_.clear();
    auto worked_out = state_before(code, arch_, instruction, symbols_);
    Maybe<Flow> flow = worked_out
                           ? Maybe<Flow>(std::make_shared<const FlowResult>(std::move(*worked_out)))
                           : Maybe<Flow>(tl::unexpected<Unknown>(worked_out.error()));
    kept_.emplace(key, flow);
    return flow;
}

}  // namespace nfstriage::arguments
