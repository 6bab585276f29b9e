#include "facts/frame_arguments.h"

#include <memory>
#include <string>
#include <vector>

#include "arguments/location_argument.h"

namespace nfstriage::facts {
namespace {

struct KnownFrame {
    std::string function;
    arguments::FrameState state;
};

}  // namespace

std::function<Maybe<RecoveredArgument>(std::string_view, std::uint64_t)> frame_arguments(
    const unwind::Result& unwound, std::size_t first, const layout::KernelCode& code,
    const dump::Dump& dump) {
    auto frames = std::make_shared<std::vector<KnownFrame>>();
    for (std::size_t i = first; i < unwound.frames.size(); ++i) {
        const Frame& frame = unwound.frames[i];
        if (frame.trust >= Trust::scan || !frame.address || i >= unwound.registers.size()) continue;
        KnownFrame known;
        known.function = std::string(without_suffix(frame.function));
        known.state.instruction = VAddr{*frame.address - (frame.trust == Trust::registers ? 0 : 1)};
        known.state.registers = unwound.registers[i];
        known.state.trust = frame.trust;
        frames->push_back(std::move(known));
    }
    Arch arch = dump.arch();
    const dump::Memory* memory = &dump.memory();
    const layout::KernelCode* known_code = &code;
    return [=](std::string_view function, std::uint64_t index) -> Maybe<RecoveredArgument> {
        for (const KnownFrame& frame : *frames) {
            if (frame.function != function) continue;
            auto found =
                arguments::argument_at(*known_code, function, index, frame.state, arch, *memory);
            if (!found) return tl::unexpected<Unknown>(found.error());
            return RecoveredArgument{found->value, found->trust, found->how};
        }
        return unknown(Reason::no_symbol, "no frame of " + std::string(function));
    };
}

}  // namespace nfstriage::facts
