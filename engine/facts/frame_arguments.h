// Scene::argument for a dump with a kernel profile: the frames of the blamed task, with what the
// unwinder knows of the registers of each.
#pragma once

#include <functional>
#include <string_view>

#include "base/maybe.h"
#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_code.h"
#include "unwind/unwind.h"

namespace nfstriage::facts {

// Finds argument `index` of the innermost reliable frame of a function on `unwound`, from its frame
// `first` on (before it is the way to panic). `code` and `dump` must outlive the result. Its
// answers: Unknown(no_symbol) when no such frame is there, else as arguments::argument_at.
std::function<Maybe<RecoveredArgument>(std::string_view, std::uint64_t)> frame_arguments(
    const unwind::Result& unwound, std::size_t first, const layout::KernelCode& code,
    const dump::Dump& dump);

}  // namespace nfstriage::facts
