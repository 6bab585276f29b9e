// nfstriage log: a dump is opened, but no kernel layout is loaded.
#include "dump/dump.h"
#include "look.h"
#include "read_input.h"

namespace nfstriage {

Result<facts::LogAnswer> look_at_log_text(log::Text& text, const std::string& name,
                                          const facts::LogQuestion& question) {
    if (auto checked = check_log_text(text, name); !checked)
        return tl::unexpected<Error>(checked.error());
    auto answer = facts::log_of_text(text, question);
    if (answer) answer->opened.input.path = name;
    return answer;
}

Result<facts::LogAnswer> look_at_log(const Input& input, const TriageOptions& options,
                                     const facts::LogQuestion& question) {
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log) return look_at_log_text(**log, name_of(input), question);
    auto dump = open_memory(input, options);
    if (!dump) return tl::unexpected<Error>(dump.error());
    auto answer = facts::log_of_dump(**dump, question, name_of(input));
    if (answer) name_input(answer->opened.input, input);
    return answer;
}

}  // namespace nfstriage
