// The containers that kernel objects hang in: list_head, hlist, hlist_bl, hlist_nulls, llist,
// rbtree, radix tree, xarray, idr and rhashtable (include/linux/list.h, rbtree.h, xarray.h, ...).
// Lists in a crashed kernel loop and pages are missing, so every walk is bounded, says whether it
// saw everything, and if not, where it stopped and why.
// We promise: no node twice, no end that is not seen; a list that cannot be followed forward is
// also followed backward, and what both ways reach is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "kernel/object.h"

namespace nfstriage::kernel {

// A node whose neighbour does not point back to it, as list_debug.c would report it.
struct ListDamage {
    VAddr node;             // whose link is wrong
    VAddr found, expected;  // what the link back holds; what it should
};

struct Walk {
    std::vector<Object> objects;  // in the container's order, the part behind a gap last
    bool complete = true;
    Unknown why{Reason::not_dumped, {}};  // when not complete: where the walk stopped
    std::optional<ListDamage> damage;     // the first one seen; the walk goes on if it can
};

// The objects of C type `type` on the circular list whose head is the member `head` of `owner`,
// linked by their member `node`: list(clnt, "cl_tasks", "struct rpc_task", "tk_task", budget).
// A head that was never initialised (both links 0) is an empty list. Unknown members: no_type.
Walk list(const Object& owner, std::string_view head, std::string_view type, std::string_view node,
          Budget& budget);
// The same for a head that is an object of its own: a variable, an array element.
Walk list(const Object& list_head, std::string_view type, std::string_view node, Budget& budget);

// hlist_head, hlist_bl_head (bit 0 of the head is a lock) and hlist_nulls_head (an odd pointer ends
// the chain): one chain of a hash table. A node that does not point back ends it, incomplete.
Walk hlist(const Object& hlist_head, std::string_view type, std::string_view node, Budget& budget);
// llist_head, and other chains of single links. `node`: the llist_node, or the pointer to the next
// object; then `llist_head` is the place of a pointer to the first one.
Walk llist(const Object& llist_head, std::string_view type, std::string_view node, Budget& budget);

// rb_root or rb_root_cached, in order of the tree.
Walk rbtree(const Object& root, std::string_view type, std::string_view node, Budget& budget);

// radix_tree_root (up to v4.19), xarray, idr: entries with their index; exceptional, value and
// internal entries are left out.
struct Entry {
    std::uint64_t index = 0;
    VAddr pointer;
};
struct Entries {
    std::vector<Entry> entries;  // by index
    bool complete = true;
    Unknown why{Reason::not_dumped, {}};
};
Entries xarray(const Object& root, Budget& budget);  // any of the three

// rhashtable and rhltable, all buckets of all tables that a resize left behind.
Walk rhashtable(const Object& table, std::string_view type, std::string_view node, Budget& budget);

}  // namespace nfstriage::kernel
