#include "layout/combined_types.h"

#include <iterator>

#include "layout/declared.h"

namespace nfstriage::layout {

CombinedTypes::CombinedTypes(std::unique_ptr<Types> first, std::vector<std::string> absent,
                             Load second)
    : first_(std::move(first)),
      absent_(std::make_move_iterator(absent.begin()), std::make_move_iterator(absent.end())),
      load_(std::move(second)) {}

const Types& CombinedTypes::second() const {
    if (!second_) second_ = load_();
    return *second_;
}

// The answer of the first source, else that of the second; the first one's reason if neither has
// one.
template <class Ask>
auto CombinedTypes::either(std::string_view type, Ask ask) const {
    auto answer = ask(*first_);
    if (answer || absent_.contains(type)) return answer;
    auto other = ask(second());
    return other ? other : answer;
}

std::string_view CombinedTypes::source_of(std::string_view type) const {
    return (first_->type(type) ? *first_ : second()).source_of(type);
}

std::vector<std::string_view> CombinedTypes::sources() const {
    auto all = first_->sources();
    if (second_)
        for (std::string_view source : second_->sources()) all.push_back(source);
    return all;
}

Maybe<TypeInfo> CombinedTypes::type(std::string_view type) const {
    return either(type, [&](const Types& types) { return types.type(type); });
}

Maybe<Member> CombinedTypes::member(std::string_view structure, std::string_view path) const {
    auto first = first_->member(structure, path);
    bool decided =
        first || absent_.contains(structure) || first_->has_member(structure, path).has_value();
    if (decided && !second_) return first;
    auto other = second().member(structure, path);
    bool differ = first && other &&
                  (first->offset != other->offset || first->bit_offset != other->bit_offset ||
                   first->type.size != other->type.size);
    if (differ)
        disagreements_.insert(std::string(structure) + "." + std::string(path) + " is at byte " +
                              std::to_string(first->offset) + " by " +
                              std::string(first_->source()) + " and at byte " +
                              std::to_string(other->offset) + " by " +
                              std::string(second_->source()) + "; the former was used");
    return first || !other ? first : other;
}

Maybe<bool> CombinedTypes::has_member(std::string_view structure, std::string_view path) const {
    return either(structure, [&](const Types& types) { return types.has_member(structure, path); });
}

Maybe<std::vector<Field>> CombinedTypes::members(std::string_view structure) const {
    return either(structure, [&](const Types& types) { return types.members(structure); });
}

Maybe<std::vector<Field>> CombinedTypes::members_of(std::string_view structure,
                                                    std::string_view path) const {
    return either(structure, [&](const Types& types) { return types.members_of(structure, path); });
}

Maybe<DeclaredType> CombinedTypes::declared(std::string_view type) const {
    return either(type, [&](const Types& types) { return types.declared(type); });
}

Maybe<std::int64_t> CombinedTypes::enumerator(std::string_view name) const {
    return first_->enumerator(name);
}

Maybe<std::vector<std::pair<std::string, std::string>>> CombinedTypes::parameters(
    std::string_view function) const {
    return either(function, [&](const Types& types) { return types.parameters(function); });
}

Maybe<std::string> CombinedTypes::result_of(std::string_view function) const {
    return either(function, [&](const Types& types) { return types.result_of(function); });
}

std::vector<std::string> CombinedTypes::disagreements() const {
    return {disagreements_.begin(), disagreements_.end()};
}

}  // namespace nfstriage::layout
