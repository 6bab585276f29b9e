#include "layout/combined_types.h"

namespace nfstriage::layout {
namespace {

// The answer of the first source, else that of the second; the first one's reason if neither has
// one.
template <class Ask>
auto either(const Types& first, const Types& second, Ask ask) {
    auto answer = ask(first);
    if (answer) return answer;
    auto other = ask(second);
    return other ? other : answer;
}

}  // namespace

CombinedTypes::CombinedTypes(std::unique_ptr<Types> first, std::unique_ptr<Types> second)
    : first_(std::move(first)), second_(std::move(second)) {}

std::string_view CombinedTypes::source_of(std::string_view type) const {
    return (first_->type(type) ? *first_ : *second_).source_of(type);
}

Maybe<TypeInfo> CombinedTypes::type(std::string_view type) const {
    return either(*first_, *second_, [&](const Types& types) { return types.type(type); });
}

Maybe<Member> CombinedTypes::member(std::string_view structure, std::string_view path) const {
    auto first = first_->member(structure, path);
    auto second = second_->member(structure, path);
    bool differ = first && second &&
                  (first->offset != second->offset || first->bit_offset != second->bit_offset ||
                   first->type.size != second->type.size);
    if (differ)
        disagreements_.insert(std::string(structure) + "." + std::string(path) + " is at byte " +
                              std::to_string(first->offset) + " by " +
                              std::string(first_->source()) + " and at byte " +
                              std::to_string(second->offset) + " by " +
                              std::string(second_->source()) + "; the former was used");
    return first ? first : second ? second : first;
}

Maybe<bool> CombinedTypes::has_member(std::string_view structure, std::string_view path) const {
    return either(*first_, *second_,
                  [&](const Types& types) { return types.has_member(structure, path); });
}

Maybe<std::vector<Field>> CombinedTypes::members(std::string_view structure) const {
    return either(*first_, *second_, [&](const Types& types) { return types.members(structure); });
}

Maybe<std::int64_t> CombinedTypes::enumerator(std::string_view name) const {
    return either(*first_, *second_, [&](const Types& types) { return types.enumerator(name); });
}

Maybe<std::vector<std::pair<std::string, std::string>>> CombinedTypes::parameters(
    std::string_view function) const {
    return either(*first_, *second_,
                  [&](const Types& types) { return types.parameters(function); });
}

std::vector<std::string> CombinedTypes::disagreements() const {
    return {disagreements_.begin(), disagreements_.end()};
}

}  // namespace nfstriage::layout
