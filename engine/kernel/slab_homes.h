// Which slab caches objects of a type come from, as the kernel source creates them. A table; a type
// that is not in it comes from kmalloc() or lies in another object.
#pragma once

#include <span>
#include <string_view>

namespace nfstriage::kernel {

struct SlabHome {
    std::string_view type;       // "struct inode"
    std::string_view cache;      // "nfs_inode_cache"
    std::string_view container;  // what the cache holds: "struct nfs_inode"
    std::string_view path;       // where in it: "vfs_inode"; "" for the container itself
    // Objects of this type are in such caches only, whole: not in kmalloc(), data or other objects.
    bool only = false;
};

std::span<const SlabHome> slab_homes();

}  // namespace nfstriage::kernel
