// What checks share: building findings, telling that no lock protects a change under way, damaged
// lists and freed objects.
#pragma once

#include <string>
#include <string_view>

#include "kernel/containers.h"
#include "nfs/finding.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

// Whether the spinlock that lies in the object at `path` is free for sure: nobody was about to
// change what it protects when the kernel stopped.
bool is_lock_free(const kernel::Object& object, std::string_view path);

struct Check {
    std::string_view name;      // as in Finding::check
    std::string_view expected;  // what the kernel keeps true
    std::string_view meaning;   // what follows where it does not hold
};

Finding make_finding(const Check& check, const kernel::Object& object, std::string found);

// A link of a walked list whose neighbour does not point back: only where `is_quiet`, because a
// list that is being changed looks so for a moment. `owner`: whose list it is.
void check_links(const kernel::Walk& walk, bool is_quiet, const kernel::Object& owner,
                 std::string_view list, Listing<Finding>& findings);

// An object that is in use (`by`: "on nfs_client.cl_superblocks") but free for the slab allocator.
void check_allocated(const Roots& roots, const kernel::Object& object, const std::string& by,
                     Listing<Finding>& findings);

}  // namespace nfstriage::nfs
