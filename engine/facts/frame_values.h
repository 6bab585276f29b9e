// Stacks and registers as values of the vocabulary: lists of the records `frame` and `register`.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/frame.h"
#include "base/registers.h"
#include "facts/value.h"

namespace nfstriage::facts {

using Frames = std::shared_ptr<const std::vector<Frame>>;

// A stack as a list of frames. `top_known`: nothing is missing above the first frame.
struct FrameList {
    Frames frames;
    bool complete;
    bool top_known;
    Unknown why;  // what an incomplete list lacks
};

// Its trust is the weakest of the reliable frames.
Value frames_value(FrameList list, Provenance from);

// `line`: of the log that printed them. Unknown(absent) when there are none.
Value registers_value(const Registers& registers, std::optional<unsigned> line, Reason absent);

}  // namespace nfstriage::facts
