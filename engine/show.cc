#include "show.h"

#include "facts/from_dump.h"
#include "read_input.h"

namespace nfstriage {

Result<void> show(const Input& input, const TriageOptions& options, const LookAtScene& look) {
    auto opened = open_dump_only(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    facts::Scene scene = facts::from_dump(*opened->dump, opened->layout);
    for (std::string& remark : opened->remarks()) scene.input.missing.push_back(std::move(remark));
    name_input(scene.input, input);
    look(scene);
    return {};
}

}  // namespace nfstriage
