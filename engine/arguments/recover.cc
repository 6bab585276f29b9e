#include "arguments/recover.h"

#include <algorithm>
#include <map>
#include <set>

#include "arguments/describe.h"
#include "arguments/parameter_places.h"

namespace nfstriage::arguments {
namespace {

constexpr std::size_t kMostHow = 4;                // ways that are named
constexpr std::uint64_t kMostScanned = 16 * 1024;  // bytes of a frame that are searched

bool reliable(Trust trust) { return trust < Trust::scan; }

// All ways that gave one value.
struct Candidate {
    std::uint64_t value = 0;
    Trust trust = Trust::guess;
    std::set<std::uint64_t> origins;
    std::vector<std::string> how;
};

std::uint64_t low_bytes(std::uint64_t value, std::uint64_t size) {
    return size >= 8 ? value : value & ((std::uint64_t{1} << size * 8) - 1);
}

// Registers are named before words of memory.
std::vector<Candidate> candidates(std::vector<Way> ways, std::uint64_t size) {
    std::vector<Candidate> found;
    std::stable_partition(ways.begin(), ways.end(), [](const Way& way) { return !way.in_memory; });
    for (const Way& way : ways) {
        if (way.bits < 64 && way.bits < size * 8) continue;
        std::uint64_t value = low_bytes(way.value, size);
        auto same = std::find_if(found.begin(), found.end(),
                                 [value](const Candidate& c) { return c.value == value; });
        if (same == found.end())
            same = found.insert(found.end(), Candidate{value, Trust::guess, {}, {}});
        same->trust = std::min(same->trust, way.trust);
        if (same->origins.insert(way.origin).second) same->how.push_back(way.how);
    }
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
        if (a.trust != b.trust) return a.trust < b.trust;
        return a.origins.size() > b.origins.size();
    });
    return found;
}

void say(std::string& doubt, std::string more) {
    if (!doubt.empty()) doubt += "; ";
    doubt += std::move(more);
}

// Two that contradict each other, with nothing that speaks for one of them.
bool undecided(const std::vector<Candidate>& found) {
    return found.size() > 1 && !reliable(found[0].trust) && found[0].trust == found[1].trust &&
           found[0].origins.size() == found[1].origins.size();
}

// The best of `found` as the argument's value, and what the others say.
void choose(Argument& argument, std::vector<Candidate> found, Trust frame) {
    if (found.empty()) return;
    if (undecided(found)) {
        for (const Candidate& each : found)
            say(argument.doubt, each.how.front() + " gives " + hex(each.value));
        return;
    }
    Candidate& best = found.front();
    argument.value = best.value;
    argument.trust = std::max(best.trust, frame);
    argument.how = std::move(best.how);
    for (std::size_t i = 1; i < found.size(); ++i) {
        if (found[i].trust == Trust::guess && reliable(best.trust)) continue;
        say(argument.doubt, found[i].how.front() + " gives " + hex(found[i].value));
        if (reliable(found[i].trust)) argument.trust = Trust::guess;
    }
}

// "struct rpc_task" of "struct rpc_task *"; "" if the type is no pointer to a structure.
std::string structure_of(std::string_view type) {
    if (type.starts_with("const ")) type.remove_prefix(6);
    std::string target = pointee(type);
    return target.starts_with("struct ") ? target : "";
}

}  // namespace

Recovery::Recovery(RecoverReaders readers, std::vector<StackFrame> frames)
    : readers_(std::move(readers)), frames_(frames.size()), pending_(std::move(frames)) {}

const StackValues& Recovery::values() {
    if (!values_) values_.emplace(readers_.stack, std::move(pending_));
    return *values_;
}

FrameState Recovery::state(std::size_t frame) {
    const StackValues& all = values();
    const StackFrame& given = all.frame(frame);
    FrameState state;
    state.instruction = given.instruction();
    state.trust = given.trust;
    state.frame_address = all.frame_address(frame);
    state.registers = given.registers;
    Arch arch = readers_.stack.code.arch();
    for (unsigned r = 0; r < isa::kRegisters; ++r) {
        auto number = static_cast<isa::Register>(r);
        std::string_view name = isa::register_name(arch, number);
        if (name.empty()) continue;
        auto ways = all.at_instruction(frame, number);
        if (ways.empty() || ways.front().bits != 64 || !reliable(ways.front().trust)) continue;
        state.registers.set(name, ways.front().value);
    }
    return state;
}

namespace {

// What one question about a frame needs at hand.
class Question {
public:
    Question(Recovery& recovery, const RecoverReaders& readers, std::size_t frame)
        : recovery_(recovery),
          values_(recovery.values()),
          readers_(readers),
          frame_(frame),
          trust_(values_.frame(frame).trust) {}

    Argument answer(unsigned index, const ParameterPlace& place) {
        Argument argument;
        argument.index = index;
        argument.name = place.name;
        argument.type = place.type;
        if (place.by_reference || (place.is_structure && place.size > 8)) {
            argument.doubt = "passed by value, in more than one word";
            return argument;
        }
        std::vector<Way> ways = place.reg ? values_.at_entry(frame_, *place.reg)
                                          : values_.stacked(frame_, place.stacked);
        if (ways.empty() && place.reg) ways = values_.read_again(frame_, *place.reg);
        choose(argument, candidates(std::move(ways), place.size), trust_);
        ask_debug_information(argument, place.is_pointer);
        if (place.is_pointer) ask_memory(argument);
        if (!argument.value && argument.doubt.empty()) argument.doubt = why_not();
        if (argument.how.size() > kMostHow) argument.how.resize(kMostHow);
        return argument;
    }

    // Only what the compiler says: for functions whose registers are not those of the prototype.
    Argument by_debug_information(unsigned index, const layout::Parameter& parameter) {
        Argument argument;
        argument.index = index;
        argument.name = parameter.name;
        argument.type = parameter.type;
        ask_debug_information(argument, parameter.type.ends_with('*'));
        if (!argument.value && argument.doubt.empty())
            argument.doubt = "the compiler changed this function's parameters";
        return argument;
    }

private:
    void ask_debug_information(Argument& argument, bool is_pointer) {
        if (readers_.stack.profile == nullptr || !is_pointer) return;
        const StackFrame& frame = values_.frame(frame_);
        auto found =
            argument_at(*readers_.stack.profile, without_suffix(frame.function), argument.index,
                        state(), readers_.stack.code.arch(), readers_.stack.code.memory());
        if (!found) return;
        if (!argument.value) {
            argument.value = found->value;
            argument.trust = found->trust;
            argument.how.push_back(found->how);
        } else if (*argument.value == found->value) {
            argument.how.push_back(found->how);
            if (!reliable(argument.trust) && argument.doubt.empty()) argument.trust = found->trust;
        } else {
            say(argument.doubt, "the variable is " + hex(found->value) + " now, " + found->how);
        }
    }

    // Where nothing certain is known: does memory look like such an object?
    void ask_memory(Argument& argument) {
        if (!readers_.looks_like || (argument.value && reliable(argument.trust))) return;
        std::string structure = structure_of(argument.type);
        if (structure.empty()) return;
        if (argument.value) {
            if (!argument.doubt.empty() ||
                readers_.looks_like(structure, VAddr{*argument.value}) != Tri::yes)
                return;
            argument.how.push_back("memory there is a " + structure);
            argument.trust = argument.trust == Trust::guess ? Trust::scan : trust_;
            return;
        }
        std::map<std::uint64_t, std::uint64_t> objects = objects_in_frame(structure);
        if (objects.size() > 1) {
            argument.doubt =
                std::to_string(objects.size()) + " words of the frame point to a " + structure;
        } else if (objects.size() == 1) {
            const auto& [object, at] = *objects.begin();
            argument.value = object;
            argument.trust = Trust::scan;
            argument.how.push_back("the word at " + hex(at) + ", the only one that points to a " +
                                   structure);
        }
    }

    // Objects of that type that words of the frame and of what its callee saved point to, each with
    // the address of the word.
    std::map<std::uint64_t, std::uint64_t> objects_in_frame(std::string_view structure) const {
        std::map<std::uint64_t, std::uint64_t> objects;
        Arch arch = readers_.stack.code.arch();
        bool called = frame_ > 0 && values_.frame(frame_).calls_inner;
        auto begin = values_.frame(called ? frame_ - 1 : frame_).registers.sp(arch);
        auto end = values_.frame_address(frame_);
        if (!begin || !end || *begin >= *end || *end - *begin > kMostScanned) return objects;
        std::uint64_t first = (*begin + 7) & ~std::uint64_t{7};
        for (std::uint64_t at = first; at + 8 <= *end; at += 8) {
            auto word = readers_.stack.code.memory().u64(VAddr{at});
            if (!word || *word >> 63 == 0 || objects.contains(*word)) continue;
            if (readers_.looks_like(structure, VAddr{*word}) == Tri::yes) objects[*word] = at;
        }
        return objects;
    }

    const FrameState& state() {
        if (!state_) state_ = recovery_.state(frame_);
        return *state_;
    }

    std::string why_not() const {
        if (const Unknown* why = values_.why_no_flow(frame_)) return to_string(*why);
        return "nothing that is left on the stack tells";
    }

    Recovery& recovery_;
    const StackValues& values_;
    const RecoverReaders& readers_;
    std::size_t frame_;
    Trust trust_;
    std::optional<FrameState> state_;
};

// The function's parameters as debug information lists them.
Maybe<std::vector<layout::Parameter>> described_parameters(const RecoverReaders& readers,
                                                           const StackFrame& frame,
                                                           std::string_view function) {
    if (readers.stack.profile == nullptr)
        return unknown(Reason::no_type, "no debug information of this kernel");
    auto place = readers.stack.profile->place(frame.instruction());
    if (!place) return tl::unexpected<Unknown>(place.error());
    auto source = place->table->function_at(place->address);
    if (!source) return tl::unexpected<Unknown>(source.error());
    if (without_suffix(source->name) != function || source->parameters.empty())
        return unknown(Reason::no_type, "parameters of " + std::string(function));
    return std::move(source->parameters);
}

Prototype prototype_of(const std::vector<layout::Parameter>& parameters) {
    Prototype prototype;
    for (const layout::Parameter& parameter : parameters)
        prototype.emplace_back(parameter.name, parameter.type);
    return prototype;
}

}  // namespace

Maybe<std::vector<Argument>> Recovery::arguments(std::size_t frame) {
    if (frame >= frames_) return unknown(Reason::corrupt, "frame " + std::to_string(frame));
    Question question(*this, readers_, frame);
    std::vector<Argument> result;
    Arch arch = readers_.stack.code.arch();
    const std::string& function = values().frame(frame).function;
    auto described =
        described_parameters(readers_, values().frame(frame), without_suffix(function));
    if (described && has_other_parameters(function)) {
        for (unsigned i = 0; i < described->size(); ++i)
            result.push_back(question.by_debug_information(i, (*described)[i]));
        return result;
    }
    // What a profile leaves out is not worth decoding the dump's own types for.
    if (!described && readers_.stack.profile != nullptr)
        return tl::unexpected<Unknown>(described.error());
    auto places = described ? places_of(readers_.types, prototype_of(*described), arch)
                            : parameter_places(readers_.types, function, arch);
    if (!places) return tl::unexpected<Unknown>(places.error());
    for (unsigned i = 0; i < places->size(); ++i)
        result.push_back(question.answer(i, (*places)[i]));
    return result;
}

Maybe<Argument> Recovery::argument(std::size_t frame, unsigned index, std::string_view type) {
    auto all = arguments(frame);
    if (all) {
        if (index >= all->size())
            return unknown(Reason::no_type, values().frame(frame).function + " has " +
                                                std::to_string(all->size()) + " parameters");
        return std::move((*all)[index]);
    }
    const std::string& function = values().frame(frame).function;
    Arch arch = readers_.stack.code.arch();
    auto registers = isa::argument_registers(arch);
    if (has_other_parameters(function) || !type.ends_with('*') || index >= registers.size())
        return tl::unexpected<Unknown>(all.error());
    // Without a prototype: pointers and integers take one register each.
    ParameterPlace place;
    place.type = std::string(type);
    place.is_pointer = true;
    place.reg = registers[index];
    return Question(*this, readers_, frame).answer(index, place);
}

}  // namespace nfstriage::arguments
