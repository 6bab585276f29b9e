// Types from two sources: the BTF of the dump, and a profile of the same kernel for what the BTF
// lacks (types of modules without split BTF). The dump is asked first. Where both describe a member
// and disagree, the dump is believed and the disagreement is kept to be told.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "layout/types.h"

namespace nfstriage::layout {

class CombinedTypes : public Types {
public:
    CombinedTypes(std::unique_ptr<Types> first, std::unique_ptr<Types> second);

    std::string_view source() const override { return first_->source(); }
    std::string_view source_of(std::string_view type) const override;
    Maybe<TypeInfo> type(std::string_view type) const override;
    Maybe<Member> member(std::string_view structure, std::string_view path) const override;
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override;
    Maybe<std::vector<Field>> members(std::string_view structure) const override;
    Maybe<std::int64_t> enumerator(std::string_view name) const override;
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const override;
    std::vector<std::string> disagreements() const override;

private:
    std::unique_ptr<Types> first_, second_;
    mutable std::set<std::string> disagreements_;
};

}  // namespace nfstriage::layout
