// Bytes of kernel text → instructions. x86_64 is decoded by Zydis (x86_64.h), aarch64 by our tables
// (Arm ARM DDI 0487, C4.1): Capstone 4.0 knows neither the atomics of FEAT_LSE nor the branches of
// FEAT_PAuth, which are everywhere in live kernels. It says whether bits are vector or floating
// point arithmetic, and gives the text of most instructions. Not decoded: on aarch64 SVE, SME and
// what came after Armv8.8; bits whose outcome the architecture leaves open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/arch.h"
#include "base/bytes.h"
#include "base/maybe.h"
#include "isa/instruction.h"

namespace nfstriage::isa {

// Not for several threads at a time: decoding fills buffers of the libraries.
class Decoder {
public:
    // Any architecture may be asked for; decode() then answers unsupported_arch.
    explicit Decoder(Arch arch);
    ~Decoder();
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;

    Arch arch() const { return arch_; }

    // The instruction at the beginning of `bytes`, which stand at `address`. Unknown: corrupt (no
    // instruction; too few bytes), no_decoder (an instruction that no decoder here knows: on
    // aarch64 its size is 4 all the same; a program without a decoder), unsupported_arch.
    Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const;

    // The instruction as the kernel's people write it, AT&T order as crash and objdump print it on
    // x86_64: "mov    0x28(%rdi),%rax"; "ldr x0, [x1, #0x28]". One line, at most 100 characters.
    Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const;

private:
    struct State;
    Arch arch_;
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::isa
