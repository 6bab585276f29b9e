#include "damage/kinds.h"

namespace nfstriage::damage {

std::span<const Kind> kinds() {
    static const std::vector<Kind> all = [] {
        std::vector<Kind> together;
        for (std::span<const Kind> some : {file_kinds(), memory_kinds(), profile_kinds()})
            together.insert(together.end(), some.begin(), some.end());
        return together;
    }();
    return all;
}

}  // namespace nfstriage::damage
