#include "show.h"

#include "facts/from_dump.h"
#include "read_input.h"

namespace nfstriage {

Result<void> show(const Input& input, const TriageOptions& options, const LookAtScene& look) {
    auto log = read_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log)
        return error(
            name_of(input), std::nullopt,
            "a dump was expected, this is text (a console log?): it holds no memory of a kernel",
            "nfstriage analyze reads logs");
    auto opened = open_dump(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    facts::Scene scene = facts::from_dump(*opened->dump, opened->layout);
    for (std::string& remark : opened->remarks()) scene.input.missing.push_back(std::move(remark));
    name_input(scene.input, input);
    look(scene);
    return {};
}

}  // namespace nfstriage
