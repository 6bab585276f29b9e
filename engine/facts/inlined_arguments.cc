#include "facts/inlined_arguments.h"

#include <cstdint>
#include <string>
#include <utility>

namespace nfstriage::facts {
namespace {

using layout::Location;
using layout::Parameter;

Maybe<arguments::Recovered> value_of(const Parameter& parameter, std::uint64_t instruction,
                                     const arguments::FrameState& state, Arch arch,
                                     const dump::Memory& memory) {
    if (!parameter.type.ends_with('*'))
        return unknown(Reason::no_type, "the profile keeps places of pointers to structures only");
    for (const Location& location : parameter.locations) {
        if (instruction < location.begin || instruction >= location.end) continue;
        if (location.kind == Location::Kind::entry_value)
            return unknown(Reason::no_decoder,
                           "it is what a register was when the function around was entered");
        return arguments::value_at(location, state, arch, memory);
    }
    return unknown(Reason::no_decoder, "the compiler does not say where it is");
}

}  // namespace

void add_inlined_arguments(std::span<Frame> inlined, const layout::KernelCode& code,
                           const arguments::FrameState& state, Arch arch,
                           const dump::Memory& memory) {
    if (inlined.empty()) return;
    auto place = code.place(state.instruction);
    if (!place) return;
    auto known = place->table->inlined_at(place->address);
    if (!known || known->size() != inlined.size()) return;
    for (std::size_t i = 0; i < inlined.size(); ++i) {
        const layout::InlinedFunction& function = (*known)[i];
        Frame& frame = inlined[i];
        if (!frame.inlined || frame.function != function.name) continue;
        frame.arguments.clear();
        for (const Parameter& parameter : function.parameters) {
            Argument& argument = frame.arguments.emplace_back();
            argument.index = static_cast<unsigned>(frame.arguments.size() - 1);
            argument.name = parameter.name;
            argument.type = parameter.type;
            auto value = value_of(parameter, place->address, state, arch, memory);
            if (!value) {
                argument.doubt = to_string(value.error());
                continue;
            }
            argument.value = value->value;
            argument.trust = value->trust;
            argument.how.push_back(std::move(value->how) + " by debug information");
        }
    }
}

}  // namespace nfstriage::facts
