// Names of kernel structures, members and constants that rules may use, collected from the kernels
// that we have seen. They serve only to find misspelt names when a rule is loaded: layouts and
// values always come from the crashed kernel.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nfstriage::rules {

// Whether any kernel seen has the structure ("struct nfs_page").
bool known_structure(std::string_view structure);

// C type of `member` ("wb_page", without a path) of `structure`, on the first kernel seen that has
// it; nullopt if none has.
std::optional<std::string_view> member_type(std::string_view structure, std::string_view member);

// Whether any known structure has a member of that name.
bool known_member(std::string_view member);

bool known_constant(std::string_view name);

// "did you mean" for each of them, "" if nothing is near.
std::string nearest_structure(std::string_view structure);
std::string nearest_member(std::string_view structure, std::string_view member);
std::string nearest_constant(std::string_view name);

}  // namespace nfstriage::rules
