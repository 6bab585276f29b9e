// The types of a kernel profile: plain BTF, packed with zstd.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "layout/btf.h"
#include "layout/profile.h"

namespace nfstriage::layout {

// The BTF of a profile. Unknown: no_type when the profile has none, corrupt.
Maybe<std::vector<std::uint8_t>> unpack_types(const Profile& profile);

// The same, parsed.
Maybe<std::unique_ptr<Btf>> btf_of(const Profile& profile);

// C spellings of types that were looked for and that this kernel does not have; empty when the
// profile does not say.
std::vector<std::string> absent_types(const Profile& profile);

// The bytes of ProfileSection::types.
std::vector<std::uint8_t> pack_types(ByteSpan btf);

}  // namespace nfstriage::layout
