// nfstriage sym: words are looked up one after the other in one dump.
#include "look.h"
#include "read_input.h"

namespace nfstriage {

Result<report::SymbolList> look_at_symbols(const Input& input, const TriageOptions& options,
                                           const std::vector<std::string>& words) {
    auto opened = open_dump_only(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    report::SymbolList list;
    for (const std::string& word : words)
        list.answers.push_back(facts::look_up_symbol(*opened->dump, opened->layout, word));
    list.opened = facts::describe_opened(*opened->dump, opened->layout);
    name_input(list.opened.input, input);
    return list;
}

}  // namespace nfstriage
