// Where the members of a type lie, as a tree in the order of the declaration: what `pahole` and
// crash's `struct -o` print. Structs and unions without a name of their own are opened, since
// nobody could ask for them; others stand in one line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layout/declared.h"

namespace nfstriage::layout {

struct LayoutMember {
    std::string name;          // "" for an anonymous struct or union
    std::string declaration;   // "struct list_head tk_task", "union", "struct" for what is opened
    std::uint64_t offset = 0;  // bytes from the start of the type that was asked for
    std::uint64_t size = 0;    // bytes
    unsigned bit_offset = 0, bit_size = 0;
    std::uint64_t elements = 0;  // of arrays
    bool opened = false;
    std::vector<LayoutMember> parts;  // of what is opened
};

// Of a struct or union; nothing for other types. Bounded in depth and size: hostile types end in a
// member without parts.
std::vector<LayoutMember> layout_of(const Types& types, const DeclaredType& type,
                                    std::uint64_t base = 0);

}  // namespace nfstriage::layout
