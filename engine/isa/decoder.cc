#include "isa/decoder.h"

#include <optional>

#include "isa/aarch64.h"
#include "isa/x86_64.h"

namespace nfstriage::isa {

struct Decoder::State {
    std::optional<X86Decoder> x86;
    std::optional<A64Decoder> a64;
};

Decoder::Decoder(Arch arch) : arch_(arch), state_(std::make_unique<State>()) {
    if (arch == Arch::x86_64) state_->x86.emplace();
    if (arch == Arch::aarch64) state_->a64.emplace();
}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Maybe<Instruction> Decoder::decode(ByteSpan bytes, std::uint64_t address) const {
    if (state_->x86) return state_->x86->decode(bytes, address);
    if (state_->a64) return state_->a64->decode(bytes, address);
    return unknown(Reason::unsupported_arch, std::string(to_string(arch_)));
}

Maybe<std::string> Decoder::text(ByteSpan bytes, std::uint64_t address) const {
    if (state_->x86) return state_->x86->text(bytes, address);
    if (state_->a64) return state_->a64->text(bytes, address);
    return unknown(Reason::unsupported_arch, std::string(to_string(arch_)));
}

}  // namespace nfstriage::isa
