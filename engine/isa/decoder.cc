#include "isa/decoder.h"

#include <optional>

#include "isa/aarch64.h"
#include "isa/x86_64.h"

namespace nfstriage::isa {

namespace {

tl::unexpected<Unknown> none(Arch arch) {
    if (arch == Arch::x86_64)
        return unknown(Reason::no_decoder, "this program has no decoder of x86_64 instructions");
    return unknown(Reason::unsupported_arch, std::string(to_string(arch)));
}

}  // namespace

struct Decoder::State {
    std::unique_ptr<X86Decoder> x86;
    std::optional<A64Decoder> a64;
};

Decoder::Decoder(Arch arch) : arch_(arch), state_(std::make_unique<State>()) {
    if (arch == Arch::x86_64) state_->x86 = x86_decoder();
    if (arch == Arch::aarch64) state_->a64.emplace();
}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Maybe<Instruction> Decoder::decode(ByteSpan bytes, std::uint64_t address) const {
    if (state_->x86) return state_->x86->decode(bytes, address);
    if (state_->a64) return state_->a64->decode(bytes, address);
    return none(arch_);
}

Maybe<std::string> Decoder::text(ByteSpan bytes, std::uint64_t address) const {
    if (state_->x86) return state_->x86->text(bytes, address);
    if (state_->a64) return state_->a64->text(bytes, address);
    return none(arch_);
}

}  // namespace nfstriage::isa
