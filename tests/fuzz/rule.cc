// A rule file: checked and refused with a place in it, or a rule that can be packed, unpacked and
// asked.
#include "facts/facts.h"
#include "facts/from_log.h"
#include "input.h"
#include "rules/evaluate.h"
#include "rules/load.h"
#include "rules/packed.h"
#include "rules/test_file.h"
#include "small_scene.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

void check(const rules::Diagnostic& diagnostic) {
    require(diagnostic.code.size() == 4 && diagnostic.line >= 1 && diagnostic.column >= 1,
            "a diagnostic has a code and a place");
    (void)to_string(diagnostic);
}

void ask(const rules::Rule& rule) {
    facts::Facts facts(small_scene());
    auto match = rules::evaluate(rule, facts);
    require(match.outcome == rules::Outcome::not_applicable ||
                match.evidence.size() == rule.clauses.size(),
            "each clause leaves its evidence");
    std::string bytes = rules::pack({rule});
    auto unpacked = rules::unpack(bytes);
    require(unpacked.has_value() && unpacked->size() == 1, "a packed rule is read back");
    auto again = rules::evaluate(unpacked->front(), facts);
    require(again.outcome == match.outcome && again.explanation == match.explanation,
            "a packed rule says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    // The id must be the file's name.
    std::string name = "rule";
    if (std::size_t at = text.find("id: "); at != std::string_view::npos) {
        std::string_view id = text.substr(at + 4);
        name = id.substr(0, id.find('\n'));
    }
    auto rule = rules::parse_rule(text, name + ".yaml");
    if (rule) return ask(*rule), 0;
    require(!rule.error().empty(), "a refusal says why");
    for (const auto& diagnostic : rule.error()) check(diagnostic);
    return 0;
}
