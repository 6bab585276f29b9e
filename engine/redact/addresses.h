// Network addresses in text, found and replaced in place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "redact/tokens.h"

namespace nfstriage::redact {

// Replaces each IPv4 and IPv6 address and each Ethernet address of `text` by its token, which is as
// long. `touched`, if not null, gets true for every byte that belongs to an address, also to one
// that stays.
void replace_addresses(const Tokens& tokens, std::string& text, std::vector<bool>* touched);

}  // namespace nfstriage::redact
