// Undoing what mail programs do to long lines: they break at any blank, and what follows has no
// prefix of its own. Whether two lines belong together is decided from the kernel's formats: a task
// line ends in a release, a WARNING in a symbol, a module list goes on for lines.
#pragma once

#include <string_view>

namespace nfstriage::log {

// True when only both lines together are a headline: "general" / "protection fault, probably ...".
bool completes_headline(std::string_view first, std::string_view second);

// True when `text`, a line without any prefix, goes on with `pending`.
bool continues(std::string_view pending, bool pending_prefixed, std::string_view text);

}  // namespace nfstriage::log
