// How far a long operation has come, for a program that shows it on a terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace nfstriage {

// `what` is one short line for people; `done` of `total` bytes or items, total 0 if it is unknown.
// Called often: the receiver decides how much of it is shown. May be empty.
using Progress =
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

}  // namespace nfstriage
