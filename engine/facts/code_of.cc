// Readers of arguments/ over whatever a kernel's code is read from.
#include "arguments/code_members.h"
#include "facts/code.h"

namespace nfstriage::facts {
namespace {

class KernelCode : public Code {
public:
    explicit KernelCode(CodeSource source)
        : source_(std::move(source)),
          reader_(source_.memory, source_.symbols, source_.arch),
          facts_(reader_, source_.inlining),
          members_(facts_, source_.types) {}

    bool knows_inlining() const override { return facts_.knows_inlining(); }
    CodeAnswer calls(std::string_view caller, std::string_view callee, CallScope scope) override {
        return facts_.calls(caller, callee, scope);
    }
    CodeAnswer inlines(std::string_view caller, std::string_view callee) override {
        CodeAnswer answer = facts_.inlines(caller, callee);
        if (answer.holds != Tri::unknown || !source_.inlined_at) return answer;
        if (auto at = source_.inlined_at(caller, callee))
            return {Tri::yes,
                    Reason::no_symbol,
                    std::string(callee) + " is inlined into " + std::string(caller),
                    {*at}};
        return answer;
    }
    CodeAnswer exists(std::string_view function) override { return facts_.exists(function); }
    CodeAnswer refers_to_text(std::string_view function, std::string_view text,
                              bool whole) override {
        return facts_.refers_to_text(function, text, whole);
    }
    CodeAnswer touches(std::string_view function, std::string_view structure,
                       std::string_view member) override {
        return members_.touches(function, structure, member);
    }
    CodeAnswer changes_bit(std::string_view function, std::string_view structure,
                           std::string_view member, unsigned bit) override {
        return members_.changes_bit(function, structure, member, bit);
    }
    CodeAnswer has_string(std::string_view module, std::string_view text) override {
        return source_.has_string(module, text);
    }

private:
    CodeSource source_;
    arguments::CodeReader reader_;
    arguments::CodeFacts facts_;
    arguments::CodeMembers members_;
};

}  // namespace

std::unique_ptr<Code> code_of(CodeSource source) {
    return std::make_unique<KernelCode>(std::move(source));
}

}  // namespace nfstriage::facts
