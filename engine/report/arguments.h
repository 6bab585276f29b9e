// Arguments of frames in words: "req = (struct nfs_page *) 0xffff9bf9f048da00", as a debugger takes
// it, with what is to be said for and against the value.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "base/frame.h"
#include "report/page.h"

namespace nfstriage::report {

// "(struct nfs_page *) 0xffff9bf9f048da00", "(struct page *) NULL", "0x2a" where the type is not
// known, "" where the value is not.
std::string value_text(const Argument& argument);

// What speaks against a value that is there: its doubt, or that it was only guessed; "" if nothing.
std::string doubt_text(const Argument& argument);

// Writes the objects that the frames of one stack were called with. Each is shown once, although it
// goes through most frames; what callers keep on the stack for their callees says little.
class ObjectsOnStack {
public:
    // `frames`: from the blamed one outwards. At most `lines` are written.
    ObjectsOnStack(std::span<const Frame> frames, std::size_t lines);

    // The known pointers among a frame's arguments, in as few dim lines as they fit into;
    // NULL and pointers into the stack only of a `blamed` frame.
    void write(Page& page, const Frame& frame, std::size_t indent, bool blamed);

private:
    bool is_new(const Argument& argument);

    std::size_t lines_;                                     // left
    std::uint64_t begin_ = 0, end_ = 0;                     // of the stack, as far as it is known
    std::map<std::uint64_t, std::set<std::string>> shown_;  // types by value
};

}  // namespace nfstriage::report
