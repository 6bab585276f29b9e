// What stands before a return address: kernel code that was called left the address of the
// instruction after the call. Stale words on a stack that merely look like text addresses fail
// this.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/arch.h"
#include "base/maybe.h"
#include "dump/memory.h"

namespace nfstriage::unwind {

struct CallSite {
    bool is_call = false;
    std::optional<VAddr> target;  // of a direct call
};

// Decodes the instruction that ends at `return_address` (x86_64: call rel32 or FF /2; aarch64: BL,
// BLR, BLRAA and relatives). x86_64 instructions cannot be decoded backwards with certainty, so
// is_call means "may be one". Unknown: why the text is absent; unsupported_arch.
Maybe<CallSite> call_before(const dump::Memory& memory, Arch arch, VAddr return_address);

}  // namespace nfstriage::unwind
