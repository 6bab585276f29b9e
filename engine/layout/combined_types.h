// Types from two sources of one kernel: a profile, and the BTF in the dump for what the pruned
// profile leaves out. The second is not read before it is needed; for enumerators it is not asked
// at all, because most constants that are asked for are macros and in neither. Where both have been
// read, describe a member and disagree, the first is believed and the disagreement kept to be told.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "layout/types.h"

namespace nfstriage::layout {

class CombinedTypes : public Types {
public:
    using Load = std::function<std::unique_ptr<Types>()>;  // never gives null

    // `absent`: spellings of types that the kernel does not have, as the first source knows; the
    // second is not asked for them.
    CombinedTypes(std::unique_ptr<Types> first, std::vector<std::string> absent, Load second);

    std::string_view source() const override { return first_->source(); }
    std::string_view source_of(std::string_view type) const override;
    std::vector<std::string_view> sources() const override;
    Maybe<TypeInfo> type(std::string_view type) const override;
    Maybe<Member> member(std::string_view structure, std::string_view path) const override;
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override;
    Maybe<std::vector<Field>> members(std::string_view structure) const override;
    Maybe<std::vector<Field>> members_of(std::string_view structure,
                                         std::string_view path) const override;
    using Types::declared;
    Maybe<DeclaredType> declared(std::string_view type) const override;
    Maybe<std::int64_t> enumerator(std::string_view name) const override;
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const override;
    Maybe<std::string> result_of(std::string_view function) const override;
    std::vector<std::string> disagreements() const override;

private:
    const Types& second() const;
    template <class Ask>
    auto either(std::string_view type, Ask ask) const;

    std::unique_ptr<Types> first_;
    std::set<std::string, std::less<>> absent_;
    Load load_;
    mutable std::unique_ptr<Types> second_;
    mutable std::set<std::string> disagreements_;
};

}  // namespace nfstriage::layout
