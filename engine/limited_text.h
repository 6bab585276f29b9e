// A log that is read under limits: it ends where one of them is hit.
#pragma once

#include <memory>
#include <utility>

#include "base/spending.h"
#include "log/text.h"

namespace nfstriage {

// Refers to `text`.
class LimitedText final : public log::Text {
public:
    LimitedText(log::Text& text, std::shared_ptr<Spending> spending)
        : text_(text), spending_(std::move(spending)) {}

    std::uint64_t size() const override { return text_.size(); }
    Result<std::string_view> at(std::uint64_t offset, std::size_t most) override {
        if (!spending_->take(most)) return std::string_view();
        return text_.at(offset, most);
    }

private:
    log::Text& text_;
    std::shared_ptr<Spending> spending_;
};

}  // namespace nfstriage
