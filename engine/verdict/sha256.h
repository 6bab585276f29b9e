// SHA-256 (FIPS 180-4), for signature identifiers only: short texts, no secrets.
#pragma once

#include <string>
#include <string_view>

namespace nfstriage::verdict {

// The digest as 64 lower case hex digits.
std::string sha256_hex(std::string_view message);

}  // namespace nfstriage::verdict
