// The NFS and SUNRPC state of a dump, for `nfstriage show`: tables for people and JSON for
// machines, from the same descriptions (nfs/describe.h). The JSON is described by
// engine/report/state.schema.json.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "facts/scene.h"
#include "report/json.h"
#include "report/state_view.h"
#include "report/text.h"

namespace nfstriage::report {

// `scene` has a state. Each ends in a newline; nothing from the dump reaches the text unescaped.
// The JSON of a large dump is large: it is given in pieces, in their order, as it comes.
void state_to_json(const facts::Scene& scene, const StateView& view, const JsonOptions& options,
                   const std::function<void(std::string_view piece)>& put);
std::string state_to_text(const facts::Scene& scene, const StateView& view,
                          const TextOptions& options);

}  // namespace nfstriage::report
