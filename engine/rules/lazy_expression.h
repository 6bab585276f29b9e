// The expression of a clause, which a packed rule (packed.h) reads when it is first asked: for a
// given crash most rules do not apply, and never are.
#pragma once

#include <memory>
#include <string_view>

namespace nfstriage::rules {

struct Expression;  // expression.h

class LazyExpression {
public:
    LazyExpression() = default;  // none
    LazyExpression(std::shared_ptr<const Expression> parsed);
    // As pack() (packed.h) wrote it; the bytes must outlive every copy.
    static LazyExpression packed(std::string_view bytes);

    explicit operator bool() const { return state_ != nullptr; }
    const Expression& operator*() const;  // requires one

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace nfstriage::rules
