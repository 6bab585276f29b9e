#include "arguments/parameter_places.h"

#include <algorithm>
#include <array>

#include "base/frame.h"

namespace nfstriage::arguments {
namespace {

// Hands out registers and stack words in the order of the parameters.
class Assignment {
public:
    explicit Assignment(Arch arch) : arch_(arch), registers_(isa::argument_registers(arch)) {}

    void place(ParameterPlace& parameter) {
        std::uint64_t words = (std::max<std::uint64_t>(parameter.size, 1) + 7) / 8;
        if (words > 2 && arch_ == Arch::aarch64) {
            parameter.by_reference = true;
            words = 1;
        }
        bool in_memory = words > 2;
        if (!in_memory && next_ + words <= registers_.size()) {
            parameter.reg = registers_[next_];
            next_ += words;
            return;
        }
        // AAPCS64 rule C.13: what does not fit leaves no register to those behind it.
        if (arch_ == Arch::aarch64) next_ = registers_.size();
        parameter.stacked = static_cast<std::int64_t>(stacked_ * 8);
        stacked_ += words;
    }

private:
    Arch arch_;
    std::vector<isa::Register> registers_;
    std::size_t next_ = 0;
    std::uint64_t stacked_ = 0;
};

constexpr std::uint64_t kLargestParameter = 4096;  // bytes; more is no parameter

}  // namespace

bool has_other_parameters(std::string_view function) {
    constexpr std::array<std::string_view, 3> kCopies{".isra.", ".constprop.", ".part."};
    return std::any_of(kCopies.begin(), kCopies.end(), [function](std::string_view copy) {
        return function.find(copy) != std::string_view::npos;
    });
}

Maybe<std::vector<ParameterPlace>> parameter_places(const layout::Types& types,
                                                    std::string_view function, Arch arch) {
    if (arch != Arch::x86_64 && arch != Arch::aarch64)
        return unknown(Reason::unsupported_arch, std::string(to_string(arch)));
    if (has_other_parameters(function))
        return unknown(Reason::no_type,
                       "the compiler changed the parameters of " + std::string(function));
    auto prototype = types.parameters(without_suffix(function));
    if (!prototype) return tl::unexpected<Unknown>(prototype.error());
    return places_of(types, std::move(*prototype), arch);
}

Maybe<std::vector<ParameterPlace>> places_of(const layout::Types& types, Prototype prototype,
                                             Arch arch) {
    Assignment assignment(arch);
    std::vector<ParameterPlace> places;
    for (auto& [name, type] : prototype) {
        if (type == "void") break;  // the dots of a variadic function
        ParameterPlace place;
        place.name = std::move(name);
        place.type = std::move(type);
        if (place.type.ends_with('*') || place.type.find("(*") != std::string::npos) {
            place.is_pointer = true;
        } else if (place.type.starts_with("enum ")) {
            place.size = 4;  // as gcc and clang make it where no constant needs more
        } else if (auto info = types.type(place.type)) {
            using Kind = layout::TypeKind;
            place.is_pointer = info->kind == Kind::pointer;
            place.is_signed = info->is_signed;
            place.is_structure = info->kind == Kind::structure || info->kind == Kind::union_;
            place.size = place.is_pointer ? 8 : info->size;
        } else {
            return tl::unexpected<Unknown>(info.error());
        }
        if (place.size > kLargestParameter) return unknown(Reason::corrupt, place.type);
        assignment.place(place);
        places.push_back(std::move(place));
    }
    return places;
}

}  // namespace nfstriage::arguments
