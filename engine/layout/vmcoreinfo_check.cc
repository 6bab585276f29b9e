#include "layout/vmcoreinfo_check.h"

#include <optional>

namespace nfstriage::layout {
namespace {

// "OFFSET(page.flags)" with "OFFSET" -> "page.flags".
std::optional<std::string> argument(std::string_view key, std::string_view function) {
    if (!key.starts_with(function) || !key.ends_with(")")) return std::nullopt;
    key.remove_prefix(function.size());
    if (!key.starts_with("(")) return std::nullopt;
    return std::string(key.substr(1, key.size() - 2));
}

void compare(std::vector<std::string>& found, const std::string& what,
             std::optional<std::uint64_t> told, const Maybe<std::uint64_t>& described,
             const Types& types) {
    if (!told || !described || *told == *described) return;
    found.push_back(what + " is " + std::to_string(*told) + " by VMCOREINFO and " +
                    std::to_string(*described) + " by " + std::string(types.source()));
}

}  // namespace

std::vector<std::string> contradictions(const dump::Vmcoreinfo& info, const Types& types) {
    std::vector<std::string> found;
    for (const auto& [key, value] : info.lines()) {
        if (auto type = argument(key, "SIZE"))
            compare(found, "the size of struct " + *type, info.size(*type),
                    types.size_of("struct " + *type), types);
        auto member = argument(key, "OFFSET");
        std::size_t dot = member ? member->find('.') : std::string::npos;
        if (dot == std::string::npos) continue;
        compare(found, "the offset of struct " + *member, info.offset(*member),
                types.offset_of("struct " + member->substr(0, dot), member->substr(dot + 1)),
                types);
    }
    return found;
}

}  // namespace nfstriage::layout
