// One clause: refused at a place in it, or asked of a small crash, within its budget and with the
// same answer every time.
#include "rules/expression.h"
#include "facts/facts.h"
#include "rules/eval.h"
#include "small_scene.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

constexpr std::pair<const char*, const char*> kLet[] = {
    {"req", "argument(\"nfs_wb_page\", 0, \"struct nfs_page *\")"},
    {"page", "req->wb_page"},
};

struct Names {
    rules::Scope scope;
    std::vector<rules::Binding> bindings;
};

Names make_names() {
    Names names;
    for (const auto& [name, text] : kLet) {
        auto parsed = rules::parse_expression(text, names.scope);
        require(parsed.has_value(), "a binding parses");
        names.scope[name] = {(*parsed)->type, (*parsed)->reads_state};
        names.bindings.push_back({name, text, *parsed, (*parsed)->reads_state});
    }
    return names;
}

const Names& names() {
    static const Names made = make_names();
    return made;
}

void ask_clause(const facts::Facts& facts, std::string_view text,
                const rules::ExpressionPtr& expression) {
    rules::Clause clause;
    clause.name = "asked";
    clause.text = text;
    clause.expression = expression;
    clause.reads_state = expression->reads_state;
    auto evidence = rules::Evaluator(facts, names().bindings).clause(clause);
    require(evidence.operands.size() <= 12, "as many operands as promised");
    require((evidence.result == Tri::unknown) == !evidence.missing.empty(),
            "what is unknown says why, and nothing else does");
    auto again = rules::Evaluator(facts, names().bindings).clause(clause);
    require(again.result == evidence.result, "the same question, the same answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto parsed = rules::parse_expression(text, names().scope);
    if (!parsed) {
        require(parsed.error().offset <= text.size(), "the place is in the text");
        require(!parsed.error().message.empty(), "a refusal says why");
        return 0;
    }
    facts::Facts facts(small_scene());
    // Anything else is refused as a clause (rules/load.h) and stands as a let only.
    if (rules::is_condition((*parsed)->type)) ask_clause(facts, text, *parsed);
    (void)rules::Evaluator(facts, names().bindings).value(**parsed);
    return 0;
}
