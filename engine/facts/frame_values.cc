#include "facts/frame_values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "facts/make_value.h"
#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

using namespace make;
using Source = Provenance::Source;

// The nearest reliable frame from `index` in direction `step`, without those inlined, which only
// a profile shows; null at the end of the list. Its function may not be known.
const Frame* neighbour(const std::vector<Frame>& frames, std::size_t index, int step) {
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(index) + step;
         i >= 0 && i < static_cast<std::ptrdiff_t>(frames.size()); i += step) {
        const Frame& frame = frames[static_cast<std::size_t>(i)];
        if (reliable(frame.trust) && !frame.inlined) return &frame;
    }
    return nullptr;
}

Value frame_member(const FrameList& list, std::size_t index, std::string_view member) {
    const Frame& frame = (*list.frames)[index];
    Provenance from = of_frame(frame);
    Trust trust = frame.trust;
    auto next = [&](int step, bool end_known) {
        const Frame* found = neighbour(*list.frames, index, step);
        if (found && found->function.empty())
            return Value(Unknown{Reason::no_symbol, "the frame next to it"}, of_frame(*found));
        if (found)
            return text(std::string(without_suffix(found->function)), std::max(trust, found->trust),
                        of_frame(*found));
        if (!end_known) return Value(list.why, from);
        return text("", trust, from);
    };
    if (member == "function")
        return frame.function.empty()
                   ? Value(Unknown{Reason::no_symbol, "frame " + std::to_string(index)}, from)
                   : text(std::string(without_suffix(frame.function)), trust, from);
    if (member == "callee") return next(-1, list.top_known);
    if (member == "caller") return next(1, list.complete);
    if (member == "component")
        return frame.function.empty() && frame.module.empty()
                   ? Value(Unknown{Reason::no_symbol, "frame " + std::to_string(index)}, from)
                   : text(std::string(nfs::to_string(
                              nfs::component_of(frame).value_or(nfs::Component::none))),
                          trust, from);
    if (member == "index") return integer(index, trust, from);
    if (member == "inlined") return boolean(frame.inlined, trust, from);
    if (member == "module") return text(frame.module, trust, from);
    if (member == "offset")
        return frame.offset ? integer(*frame.offset, trust, from)
                            : Value(Unknown{Reason::no_symbol, "offset of the frame"}, from);
    // How far a frame can be trusted is itself certain.
    if (member == "reliable") return boolean(reliable(trust), Trust::registers, from);
    if (member == "trust") return text(std::string(to_string(trust)), Trust::registers, from);
    return no_member("frame", member);
}

}  // namespace

Value frames_value(FrameList list, Provenance from) {
    Trust trust = Trust::registers;  // of the list: the weakest frame that counts
    for (const Frame& frame : *list.frames)
        if (reliable(frame.trust)) trust = std::max(trust, frame.trust);
    std::size_t size = list.frames->size();
    bool complete = list.complete && list.top_known;
    Unknown why = list.why;
    auto at = [list](std::size_t index) {
        const Frame& frame = (*list.frames)[index];
        std::string shown = frame.function.empty() ? "?" : frame.function;
        if (!frame.module.empty()) shown += " [" + frame.module + "]";
        return record_of(
            "frame",
            [list, index](std::string_view member) { return frame_member(list, index, member); },
            std::move(shown), frame.trust, of_frame(frame));
    };
    return list_of(record_type("frame"), size, at, complete, why, trust, std::move(from));
}

Value registers_value(const Registers& registers, std::optional<unsigned> line, Reason absent) {
    Provenance from{line ? Source::log : Source::registers, "registers", line, {}, {}};
    Trust trust = line ? Trust::log : Trust::registers;
    if (registers.empty()) return Value(Unknown{absent, "registers"}, from);
    auto pairs = std::make_shared<std::vector<std::pair<std::string, std::uint64_t>>>(
        registers.values.begin(), registers.values.end());
    auto at = [pairs, trust, line](std::size_t index) {
        const auto& [name, value] = (*pairs)[index];
        Provenance here{Source::registers, name, line, {}, {}};
        return record_of(
            "register",
            [pairs, index, trust, here](std::string_view member) {
                const auto& pair = (*pairs)[index];
                if (member == "name") return text(pair.first, trust, here);
                if (member == "value") return Value(Value::Data(pair.second), trust, here);
                return no_member("register", member);
            },
            name, trust, here);
    };
    // Not every register is saved or printed, so one that is absent proves nothing.
    return list_of(record_type("register"), pairs->size(), at, false,
                   Unknown{absent, "the other registers"}, trust, from);
}

}  // namespace nfstriage::facts
