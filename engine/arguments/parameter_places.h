// Where the parameters of a C function are when it is entered, by its prototype and the calling
// convention: System V ABI AMD64 section 3.2.3, AAPCS64 section 6.8.2. Kernel functions take
// integers, pointers and small structures; floating point does not occur.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arch.h"
#include "base/maybe.h"
#include "isa/instruction.h"
#include "layout/types.h"

namespace nfstriage::arguments {

struct ParameterPlace {
    std::string name;        // "" where the prototype has none
    std::string type;        // C spelling
    std::uint64_t size = 8;  // bytes of the value
    bool is_pointer = false;
    bool is_signed = false;
    bool is_structure = false;         // passed by value
    std::optional<isa::Register> reg;  // the first register, if it is in registers
    std::int64_t stacked = 0;   // else: bytes above the frame address (flow.h), for the first byte
    bool by_reference = false;  // aarch64: the register or slot holds the address of a copy
};

// Whether the compiler made this copy of a function with other parameters than the source has
// (.isra, .constprop, .part).
bool has_other_parameters(std::string_view function);

// The parameters of `function`. Unknown(no_type): no prototype is known, or the function
// has_other_parameters(); unsupported_arch.
Maybe<std::vector<ParameterPlace>> parameter_places(const layout::Types& types,
                                                    std::string_view function, Arch arch);

// Of a function whose parameters are known as (name, type in C spelling). Unknown(no_type): a type
// passed by value is not described.
using Prototype = std::vector<std::pair<std::string, std::string>>;
Maybe<std::vector<ParameterPlace>> places_of(const layout::Types& types, Prototype prototype,
                                             Arch arch);

}  // namespace nfstriage::arguments
