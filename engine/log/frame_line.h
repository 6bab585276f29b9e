// One line of a call trace. The forms are those of printk_stack_address() and friends:
//   x86     " ? func+0x12/0x34 [module build-id]"       "[<ffffffff8123>] ? func+0x12/0x34"
//   arm64   "func+0x12/0x34 [module] (P)"               arm "[<c0>] (f) from [<c1>] (g+0x1/0x2)"
//   ppc     "[sp] [addr] func+0x12/0x34 (unreliable)"   s390 "([<addr>] func+0x12/0x34)"
//   after scripts/decode_stacktrace.sh: "func+0x12/0x34 file.c:12", "func file.c:12 [inline]"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/frame.h"

namespace nfstriage::log {

// "func+0x12/0x34 [module]" at the start of `text`, which is advanced behind it. Forgives what OCR
// makes of 0, x and hex digits (the numbers are then absent).
std::optional<Frame> eat_symbol(std::string_view& text);

struct FrameLine {
    Frame frame;         // trust log, or guess for "?" and "(unreliable)"
    std::string callee;  // arm's "f from g+0x1/0x2": f
};

// The frame on this line; nullopt when the line is something else.
std::optional<FrameLine> parse_frame(std::string_view line);

}  // namespace nfstriage::log
