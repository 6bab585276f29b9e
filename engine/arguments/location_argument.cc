#include "arguments/location_argument.h"

#include <array>

namespace nfstriage::arguments {
namespace {

using layout::Location;

constexpr std::array<std::string_view, 17> kX86{"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
                                                "rbp", "rsp", "r8",  "r9",  "r10", "r11",
                                                "r12", "r13", "r14", "r15", "rip"};
constexpr std::array<std::string_view, 32> kArm{
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"};

Maybe<std::uint64_t> register_value(unsigned number, const FrameState& frame, Arch arch) {
    auto name = dwarf_register(arch, number);
    if (!name) return unknown(Reason::no_decoder, "DWARF register " + std::to_string(number));
    auto value = frame.registers.get(*name);
    if (!value) return unknown(Reason::not_dumped, std::string(*name) + " of the frame");
    return *value;
}

Maybe<Recovered> from_memory(std::uint64_t address, std::string what, const FrameState& frame,
                             const dump::Memory& memory) {
    auto value = memory.u64(VAddr{address});
    if (!value) return tl::unexpected<Unknown>(value.error());
    return Recovered{*value, frame.trust, std::move(what) + " at " + hex(address)};
}

std::string signed_hex(std::int64_t value) {
    auto magnitude = static_cast<std::uint64_t>(value);
    return value < 0 ? "-" + hex(std::uint64_t{0} - magnitude) : "+" + hex(magnitude);
}

}  // namespace

std::optional<std::string_view> dwarf_register(Arch arch, unsigned number) {
    if (arch == Arch::x86_64 && number < kX86.size()) return kX86[number];
    if (arch == Arch::aarch64 && number < kArm.size()) return kArm[number];
    return std::nullopt;
}

Maybe<Recovered> value_at(const Location& location, const FrameState& frame, Arch arch,
                          const dump::Memory& memory) {
    auto offset = static_cast<std::uint64_t>(location.offset);
    switch (location.kind) {
        case Location::Kind::in_register:
        case Location::Kind::value_register:
        case Location::Kind::at_register: {
            auto base = register_value(location.reg, frame, arch);
            if (!base) return tl::unexpected<Unknown>(base.error());
            std::string name(*dwarf_register(arch, location.reg));
            if (location.kind == Location::Kind::in_register)
                return Recovered{*base, frame.trust, "in " + name};
            std::string sum = name + signed_hex(location.offset);
            if (location.kind == Location::Kind::value_register)
                return Recovered{*base + offset, frame.trust, "is " + sum};
            return from_memory(*base + offset, "in the slot " + sum, frame, memory);
        }
        case Location::Kind::at_frame:
            if (!frame.frame_address)
                return unknown(Reason::not_dumped, "the canonical frame address of the frame");
            return from_memory(*frame.frame_address + offset, "in a stack slot", frame, memory);
        case Location::Kind::constant:
            return Recovered{offset, frame.trust, "a constant"};
        case Location::Kind::entry_value:
            return unknown(Reason::no_decoder, "the value is gone; its caller may still have it");
        case Location::Kind::other:
            break;
    }
    return unknown(Reason::no_decoder, "a location that is not evaluated");
}

Maybe<Recovered> argument_at(const layout::KernelCode& code, std::string_view function,
                             std::uint64_t index, const FrameState& frame, Arch arch,
                             const dump::Memory& memory) {
    auto place = code.place(frame.instruction);
    if (!place) return tl::unexpected<Unknown>(place.error());
    auto source = place->table->function_at(place->address);
    if (!source) return tl::unexpected<Unknown>(source.error());
    std::string what = "argument " + std::to_string(index) + " of " + std::string(function);
    if (without_suffix(source->name) != function)
        return unknown(Reason::no_symbol, hex(frame.instruction) + " is in " + source->name);
    if (index >= source->parameters.size()) return unknown(Reason::no_type, what);
    const layout::Parameter& parameter = source->parameters[index];
    if (!parameter.type.ends_with('*'))
        return unknown(Reason::no_type, what + " is no pointer but " + parameter.type);
    for (const Location& location : parameter.locations) {
        if (place->address < location.begin || place->address >= location.end) continue;
        // At the entry nothing has changed yet.
        Location here = location;
        if (here.kind == Location::Kind::entry_value && place->address == source->entry)
            here.kind = Location::Kind::in_register;
        auto found = value_at(here, frame, arch, memory);
        if (!found) return tl::unexpected<Unknown>(found.error());
        found->how += " by the debug information of " + source->name;
        return found;
    }
    return unknown(Reason::no_decoder, what + ": the compiler does not say where it is");
}

}  // namespace nfstriage::arguments
