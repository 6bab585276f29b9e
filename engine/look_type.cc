// nfstriage struct: the look refers to the opened dump, which is there during the call.
#include "look.h"
#include "read_input.h"

namespace nfstriage {

Result<void> look_at_type(const Input& input, const TriageOptions& options,
                          const facts::TypeQuestion& question,
                          const std::function<void(const facts::TypedLook&)>& take) {
    auto opened = open_dump_only(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    auto look = facts::TypedLook::ask(*opened->dump, opened->layout, question, name_of(input));
    if (!look) return tl::unexpected<Error>(look.error());
    for (std::string& remark : opened->remarks())
        look->opened().input.missing.push_back(std::move(remark));
    name_input(look->opened().input, input);
    take(*look);
    return {};
}

}  // namespace nfstriage
