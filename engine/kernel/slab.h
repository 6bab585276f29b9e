// The slab allocator's view of an address (mm/slub.c, mm/slab.h): which object of which cache it
// points into, where that object begins, and whether it is allocated. A slab is a compound page
// whose descriptor names the cache: struct slab since v5.17 (d122019bf061), struct page before.
// Free objects are chained through themselves; with CONFIG_SLAB_FREELIST_HARDENED each link is
// XORed with a number of the cache and with its own address, since v5.7 (1ad53d9fa3f6)
// byte-swapped. We promise: cache and object are answered only if descriptor, cache and position
// agree; "free" only for an object seen on a freelist, "allocated" only if every list it could be
// on was read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/dump.h"
#include "kernel/object.h"
#include "kernel/page_map.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::kernel {

struct SlabCache {
    VAddr address;                  // of struct kmem_cache
    std::string name;               // "nfs_page", without the group that v5.8 and older append
    std::uint64_t size = 0;         // bytes from one object to the next
    std::uint64_t object_size = 0;  // bytes that the user asked for
    // Whether other caches were merged into this one, so that its name is that of one of several
    // users (find_mergeable in mm/slab_common.c). Unknown where the members are not described.
    Maybe<bool> shared = unknown(Reason::no_type, "struct kmem_cache.refcount");

    bool is_kmalloc() const;  // one of the general caches: kmalloc-192, kmalloc-cg-1k, ...
};

struct SlabObject {
    SlabCache cache;
    VAddr slab;                // its descriptor: struct slab or struct page
    VAddr begin;               // of the object
    std::uint64_t index = 0;   // of the object in its slab
    std::uint64_t offset = 0;  // of the address asked for from `begin`, below cache.size
    bool is_inside = true;     // false: the address is behind the object, in what fills up to size
    Maybe<bool> free = unknown(Reason::no_type, "struct kmem_cache");
    std::string ground;  // of `free`: "on the freelist of its slab"
};

class Slabs {
public:
    // All must outlive it. Nothing is read yet.
    Slabs(const dump::Dump& dump, const layout::Types& types, const layout::Symbols& symbols);

    // The object that `address` points into or just behind. Unknown: null, unmapped, the memory's
    // reasons, no_type and no_symbol where the allocator is not described; corrupt where its data
    // contradicts itself. nullopt-like: `no slab page` is Unknown(unmapped) with that text.
    Maybe<SlabObject> object_at(VAddr address) const;

    const PageMap& pages() const { return pages_; }

private:
    struct Slab {
        VAddr descriptor;
        VAddr begin;          // of the first object's room
        std::uint64_t count;  // of objects
        std::uint64_t size;   // of an object's room
    };
    struct FreeList {
        std::vector<VAddr> objects;
        bool complete = false;
    };

    Maybe<SlabCache> cache_at(VAddr address) const;
    Maybe<std::uint64_t> member(std::string_view type, std::string_view path, VAddr at) const;
    void find_out_if_free(const Slab& slab, SlabObject& object) const;
    FreeList free_list(const Slab& slab, VAddr cache, VAddr first) const;
    FreeList free_list(const Slab& slab, VAddr first, std::uint64_t link, std::uint64_t random,
                       bool swapped) const;
    // What the CPUs took from the slab; complete only if every CPU was asked.
    FreeList lists_of_cpus(const Slab& slab, VAddr cache, std::string& cpu, VAddr wanted) const;

    Reader reader_;
    PageMap pages_;
};

}  // namespace nfstriage::kernel
