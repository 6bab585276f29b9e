// Arguments of frames in words: "req = (struct nfs_page *) 0xffff9bf9f048da00", as a debugger takes
// it, with what is to be said for and against the value.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/frame.h"
#include "report/page.h"

namespace nfstriage::report {

// "(struct nfs_page *) 0xffff9bf9f048da00", "(struct page *) NULL", "0x2a" where the type is not
// known, "" where the value is not.
std::string value_text(const Argument& argument);

// What speaks against a value that is there: its doubt, or that it was only guessed; "" if nothing.
std::string doubt_text(const Argument& argument);

// Pointers that a page has shown: the same object goes through most frames of a stack.
using ShownPointers = std::map<std::uint64_t, std::set<std::string>>;  // types by value

// The known pointers among a frame's arguments in as few dim lines as they fit into, without those
// in `shown`, to which they are added.
void write_pointers(Page& page, const Frame& frame, std::size_t indent, ShownPointers& shown);

}  // namespace nfstriage::report
