#include "kernel/slab.h"

#include <algorithm>

#include "base/bytes.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kMostObjects = 1 << 15;  // slab.objects has 15 bits
constexpr std::size_t kLongestName = 128;
constexpr unsigned kMostCpus = 8192;  // CONFIG_NR_CPUS is at most 8192

template <class T>
tl::unexpected<Unknown> because(const Maybe<T>& value) {
    return tl::unexpected<Unknown>(value.error());
}

bool is_cache_name(std::string_view name) {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Every object's room in a slab begins at a multiple of the size.
bool is_object(VAddr begin, std::uint64_t size, std::uint64_t count, VAddr at) {
    return at >= begin && (at - begin) / size < count && (at - begin) % size == 0;
}

std::uint64_t swapped(std::uint64_t value) {
    std::uint64_t result = 0;
    for (unsigned i = 0; i < 8; ++i) result = result << 8 | (value >> (8 * i) & 0xff);
    return result;
}

// Types are asked once, however many objects are looked at.
bool has_member(const Reader& reader, std::string_view type, std::string_view member) {
    return reader.object(type, VAddr{}).has(member);
}

bool contains(const std::vector<VAddr>& list, VAddr wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

bool SlabCache::is_kmalloc() const {
    return name.starts_with("kmalloc-") || name.starts_with("dma-kmalloc-");
}

Slabs::Slabs(const dump::Dump& dump, const layout::Types& types, const layout::Symbols& symbols)
    : reader_(dump, types, symbols), pages_(dump, types) {}

Maybe<std::uint64_t> Slabs::member(std::string_view type, std::string_view path, VAddr at) const {
    return reader_.object(type, at).number(path);
}

Maybe<SlabCache> Slabs::cache_at(VAddr address) const {
    constexpr std::string_view kCache = "struct kmem_cache";
    SlabCache cache;
    cache.address = address;
    auto name_at = member(kCache, "name", address);
    if (!name_at) return because(name_at);
    auto name = reader_.memory().cstring(VAddr{*name_at}, kLongestName);
    if (!name) return because(name);
    // Until v5.8 each memory control group had caches of its own: "nfs_page(42:unit.service)".
    cache.name = name->substr(0, name->find('('));
    auto size = member(kCache, "size", address);
    if (!size) return because(size);
    auto object_size = member(kCache, "object_size", address);
    if (!object_size) return because(object_size);
    cache.size = *size;
    cache.object_size = *object_size;
    if (!is_cache_name(cache.name) || cache.size < 8 || cache.object_size == 0 ||
        cache.object_size > cache.size || cache.size > (std::uint64_t{1} << 26))
        return unknown(Reason::corrupt, "no kmem_cache at " + hex(address));
    // The first user counts one, each cache that was merged into it another; -1: not to be merged.
    if (auto users = member(kCache, "refcount", address))
        cache.shared = static_cast<std::int32_t>(*users) > 1;
    else
        cache.shared = because(users);
    return cache;
}

Maybe<SlabObject> Slabs::object_at(VAddr address) const {
    if (address.value < 4096) return unknown(Reason::null, hex(address));
    auto page = pages_.page_of(address);
    if (!page) return because(page);
    auto head = pages_.head_of(*page);
    if (!head) return because(head);
    auto is_slab = pages_.is_slab(*head);
    if (!is_slab) return because(is_slab);
    if (!*is_slab) return unknown(Reason::unmapped, hex(address) + " is in no slab");

    std::string_view descriptor = "struct slab";
    if (!has_member(reader_, descriptor, "slab_cache")) descriptor = "struct page";
    auto cache_address = member(descriptor, "slab_cache", *head);
    if (!cache_address) return because(cache_address);
    auto cache = cache_at(VAddr{*cache_address});
    if (!cache) return because(cache);
    auto begin = pages_.begin_of(address, *page, *head);
    if (!begin) return because(begin);
    auto count = member(descriptor, "objects", *head);
    if (!count) return because(count);
    Slab slab{*head, *begin, *count, cache->size};
    auto bytes = checked_mul(slab.count, slab.size);
    if (slab.count == 0 || slab.count > kMostObjects || !bytes)
        return unknown(Reason::corrupt, "number of objects in the slab at " + hex(*head));

    SlabObject object;
    object.index = (address - slab.begin) / slab.size;
    if (object.index >= slab.count)
        return unknown(Reason::unmapped, hex(address) + " is behind the last object of a slab");
    // With red zones (SLAB_RED_ZONE) the object stands behind the left one.
    auto pad = member("struct kmem_cache", "red_left_pad", cache->address);
    VAddr room = slab.begin + object.index * slab.size;
    object.begin = room + (pad && *pad < slab.size ? *pad : 0);
    object.slab = *head;
    object.is_inside = address >= object.begin && address - object.begin < cache->object_size;
    object.offset = address >= object.begin ? address - object.begin : 0;
    object.cache = std::move(*cache);
    find_out_if_free(slab, object);
    return object;
}

void Slabs::find_out_if_free(const Slab& slab, SlabObject& object) const {
    std::string_view descriptor = "struct slab";
    if (!has_member(reader_, descriptor, "slab_cache")) descriptor = "struct page";
    auto first = member(descriptor, "freelist", slab.descriptor);
    auto frozen = member(descriptor, "frozen", slab.descriptor);
    auto inuse = member(descriptor, "inuse", slab.descriptor);
    if (!first || !frozen || !inuse) {
        object.free = unknown(Reason::no_type, "the freelist of this allocator");
        return;
    }
    // The chain goes through the objects themselves, not through their rooms.
    Slab chain = slab;
    chain.begin = slab.begin + (object.begin - (slab.begin + object.index * slab.size));
    FreeList own = free_list(chain, object.cache.address, VAddr{*first});
    if (contains(own.objects, object.begin)) {
        object.free = true;
        object.ground = "on the freelist of its slab";
        return;
    }
    bool complete = own.complete;
    if (*frozen != 0) {  // a CPU allocates from it, and has taken its freelist
        std::string cpu;
        FreeList taken = lists_of_cpus(chain, object.cache.address, cpu, object.begin);
        if (contains(taken.objects, object.begin)) {
            object.free = true;
            object.ground = "on the freelist of CPU " + cpu;
            return;
        }
        complete = complete && taken.complete;
    }
    // Since v6.18 each CPU also has arrays of free objects that no list shows.
    if (has_member(reader_, "struct kmem_cache", "cpu_sheaves")) {
        auto sheaves = member("struct kmem_cache", "cpu_sheaves", object.cache.address);
        complete = complete && sheaves && *sheaves == 0;
    }
    if (complete) {
        object.free = false;
        object.ground = "on no freelist of its slab";
    } else {
        object.free = unknown(Reason::not_dumped, "not every freelist could be read");
    }
}

Slabs::FreeList Slabs::free_list(const Slab& slab, VAddr cache, VAddr first) const {
    auto link = member("struct kmem_cache", "offset", cache);
    if (!link || *link >= slab.size) return {};
    if (!has_member(reader_, "struct kmem_cache", "random"))
        return free_list(slab, first, *link, 0, false);
    auto random = member("struct kmem_cache", "random", cache);
    if (!random) return {};
    FreeList newer = free_list(slab, first, *link, *random, true);
    if (newer.complete) return newer;
    FreeList older = free_list(slab, first, *link, *random, false);
    return older.complete || older.objects.size() > newer.objects.size() ? older : newer;
}

Slabs::FreeList Slabs::free_list(const Slab& slab, VAddr first, std::uint64_t link,
                                 std::uint64_t random, bool is_swapped) const {
    FreeList list;
    VAddr at = first;
    while (!at.is_null()) {
        if (!is_object(slab.begin, slab.size, slab.count, at) || list.objects.size() >= slab.count)
            return list;
        list.objects.push_back(at);
        VAddr place = at + link;
        auto stored = reader_.memory().u64(place);
        if (!stored) return list;
        // A kernel without hardening has no number to XOR with, and does not use the address.
        if (random == 0)
            at = VAddr{*stored};
        else
            at = VAddr{*stored ^ random ^ (is_swapped ? swapped(place.value) : place.value)};
    }
    list.complete = true;
    return list;
}

Slabs::FreeList Slabs::lists_of_cpus(const Slab& slab, VAddr cache, std::string& cpu_name,
                                     VAddr wanted) const {
    constexpr std::string_view kCpu = "struct kmem_cache_cpu";
    FreeList all;
    auto of_cpus = member("struct kmem_cache", "cpu_slab", cache);
    auto offsets = reader_.symbols().address("__per_cpu_offset");
    auto limit_at = reader_.symbols().address("nr_cpu_ids");
    auto mask = reader_.symbols().address("__cpu_possible_mask");
    if (!of_cpus || !offsets || !limit_at || !mask) return all;
    auto limit = reader_.memory().u32(*limit_at);
    if (!limit) return all;
    std::string_view slab_member = has_member(reader_, kCpu, "slab") ? "slab" : "page";
    for (unsigned cpu = 0; cpu < std::min(*limit, kMostCpus); ++cpu) {
        auto word = reader_.memory().u64(*mask + cpu / 64 * 8);
        if (!word) return all;
        if ((*word >> cpu % 64 & 1) == 0) continue;
        auto offset = reader_.memory().u64(*offsets + std::uint64_t{cpu} * 8);
        if (!offset) return all;
        VAddr at{*of_cpus + *offset};
        auto current = member(kCpu, slab_member, at);
        auto first = member(kCpu, "freelist", at);
        if (!current || !first) return all;
        if (*current != slab.descriptor.value) continue;
        FreeList list = free_list(slab, cache, VAddr{*first});
        if (contains(list.objects, wanted)) cpu_name = std::to_string(cpu);
        list.objects.swap(all.objects);
        all.complete = list.complete;
        return all;
    }
    // Frozen, and no CPU allocates from it now: it waits on a CPU's list of partial slabs.
    all.complete = true;
    return all;
}

}  // namespace nfstriage::kernel
