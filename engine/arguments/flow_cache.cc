#include "arguments/flow_cache.h"

namespace nfstriage::arguments {

Maybe<FlowCache::Flow> FlowCache::before(const Code& code, VAddr instruction) {
    std::pair key(code.get(), instruction);
    auto found = kept_.find(key);
    if (found != kept_.end()) return found->second.flow;
    if (kept_.size() >= kMost) kept_.clear();
    auto worked_out = state_before(*code, arch_, instruction, symbols_);
    Maybe<Flow> flow = worked_out
                           ? Maybe<Flow>(std::make_shared<const FlowResult>(std::move(*worked_out)))
                           : Maybe<Flow>(tl::unexpected<Unknown>(worked_out.error()));
    kept_.emplace(key, Kept{code, flow});
    return flow;
}

}  // namespace nfstriage::arguments
