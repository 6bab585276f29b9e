#include "layout/symbol_alias.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace nfstriage::layout {
namespace {

// Of vmlinux.lds.h and the architectures' vmlinux.lds.S, those without a "__" before and a _start,
// _end, _begin behind.
constexpr std::array<std::string_view, 12> kMarks{
    "_stext", "_etext", "_text", "_sinittext", "_einittext", "_sdata",
    "_edata", "_data",  "_end",  "_einitdata", "_sinitdata", "__bss_stop"};

std::size_t underscores(std::string_view name) {
    return std::min(name.find_first_not_of('_'), name.size());
}

}  // namespace

bool is_linker_mark(std::string_view name) {
    if (std::find(kMarks.begin(), kMarks.end(), name) != kMarks.end()) return true;
    if (!name.starts_with("__")) return false;
    return name.starts_with("__start_") || name.starts_with("__stop_") ||
           name.starts_with("__end_") || name.ends_with("_start") || name.ends_with("_end") ||
           name.ends_with("_begin");
}

bool names_better(std::string_view a, char type_a, std::string_view b, char type_b) {
    auto rank = [](std::string_view name, char type) {
        bool weak = type == 'w' || type == 'W' || type == 'v' || type == 'V';
        return std::tuple(is_linker_mark(name), weak, underscores(name));
    };
    return rank(a, type_a) < rank(b, type_b);
}

}  // namespace nfstriage::layout
