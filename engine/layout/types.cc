#include "layout/types.h"

namespace nfstriage::layout {

Maybe<std::uint64_t> Types::offset_of(std::string_view structure, std::string_view path) const {
    return member(structure, path).map([](const Member& m) { return m.offset; });
}

Maybe<std::uint64_t> Types::size_of(std::string_view name) const {
    return type(name).map([](const TypeInfo& info) { return info.size; });
}

}  // namespace nfstriage::layout
