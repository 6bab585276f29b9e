// A kernel's slab allocator, small: a linear mapping, the table of memory sections, struct page,
// and caches of which each has one slab of one page or more.
#pragma once

#include <string>
#include <vector>

#include "fakes/dump.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "fakes/fake_types.h"
#include "kernel/objects.h"

namespace nfstriage::test {

class SlabWorld : public fakes::FakeDump {
public:
    static constexpr std::uint64_t kLinear = 0xffff888000000000;
    static constexpr std::uint64_t kArray = 0xffffea0000000000;  // of struct page, 64 bytes each
    static constexpr std::uint64_t kRandom = 0x8123456789abcdef;
    static constexpr std::uint64_t kCpuOffset = 0xffff888000700000;

    fakes::FakeTypes types;
    fakes::FakeSymbols symbols;
    bool hardened = true, swapped = true;

    SlabWorld() {
        info = dump::Vmcoreinfo::parse(
            "SYMBOL(mem_section)=ffff888000100000\nLENGTH(mem_section)=2048\nSIZE(mem_section)=16\n"
            "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\nSIZE(page)=64\n"
            "OFFSET(page.compound_head)=8\nNUMBER(PG_slab)=9\n");
        put64(kLinear + 0x100000, kLinear + 0x101000);  // the first root
        put64(kLinear + 0x101000, kArray | 3);          // its first section
        for (std::uint64_t page = 0; page < 0x800; ++page) put64(kArray + page * 64, 0);
        types.add("struct page", 64, {{"flags", 0}, {"compound_head", 8}});
        types.add("struct slab", 64,
                  {{"slab_cache", 24},
                   {"freelist", 32},
                   {"inuse", 40, 4, 0, 16},
                   {"objects", 40, 4, 16, 15},
                   {"frozen", 40, 4, 31, 1}});
        describe_cache(true);
        types.add("struct kmem_cache_cpu", 32, {{"freelist", 0}, {"slab", 16}});
        symbols.add("__per_cpu_offset", kLinear + 0x110000, 0, 'D');
        symbols.add("nr_cpu_ids", kLinear + 0x111000, 0, 'D');
        symbols.add("__cpu_possible_mask", kLinear + 0x112000, 0, 'D');
        put64(kLinear + 0x110000, kCpuOffset);
        put64(kLinear + 0x111000, 1);
        put64(kLinear + 0x112000, 1);
    }

    void describe_cache(bool with_random) {
        hardened = with_random;
        std::vector<fakes::FakeMember> members = {{"cpu_slab", 0},     {"offset", 8, 4},
                                                  {"size", 12, 4},     {"object_size", 16, 4},
                                                  {"refcount", 20, 4}, {"name", 24}};
        if (with_random) members.push_back({"random", 32});
        types.add("struct kmem_cache", 64, members);
    }

    void put64(std::uint64_t at, std::uint64_t value) { words_.put(at, value); }
    void put_text(std::uint64_t at, std::string_view text) { words_.put_string(at, text); }
    void map(std::uint64_t at, std::uint64_t size) { words_.map(at, size); }
    void lose(std::uint64_t at) { words_.remove(at); }

    // A cache whose descriptor is at `number` and whose slab begins at the returned address.
    // `free`: indices of free objects, in the freelist's order; on the CPU's list if `on_cpu`.
    std::uint64_t add_cache(unsigned number, std::string_view name, std::uint32_t object_size,
                            std::uint32_t size, unsigned users, unsigned pages,
                            const std::vector<unsigned>& free, bool on_cpu = false) {
        std::uint64_t cache = kLinear + 0x120000 + number * 0x1000;
        std::uint64_t begin = kLinear + 0x400000 + number * 0x10000;
        std::uint64_t head = kArray + (begin - kLinear) / 4096 * 64;
        put64(cache, number * 0x100);                                 // cpu_slab
        put64(cache + 8, std::uint64_t{size} << 32 | 8);              // offset, size
        put64(cache + 16, std::uint64_t{users} << 32 | object_size);  // object_size, refcount
        put64(cache + 24, cache + 0x100);
        put_text(cache + 0x100, name);
        put64(cache + 32, kRandom);
        map(begin, pages * 4096);
        put64(head, 1 << 9);
        for (unsigned page = 1; page < pages; ++page) put64(head + page * 64 + 8, head + 1);
        std::uint64_t count = pages * 4096 / size;
        std::uint64_t in_use = count - free.size();
        put64(head + 24, cache);
        put64(head + 40, in_use | count << 16 | (on_cpu ? std::uint64_t{1} << 31 : 0));
        std::uint64_t first = free.empty() ? 0 : begin + free[0] * size;
        put64(head + 32, on_cpu ? 0 : first);
        std::uint64_t cpu = kCpuOffset + number * 0x100;
        put64(cpu, on_cpu ? first : 0);
        put64(cpu + 16, on_cpu ? head : 0);
        for (std::size_t i = 0; i < free.size(); ++i) {
            std::uint64_t place = begin + free[i] * size + 8;
            std::uint64_t next = i + 1 < free.size() ? begin + free[i + 1] * size : 0;
            put64(place, encoded(next, place));
        }
        return begin;
    }

    std::uint64_t encoded(std::uint64_t next, std::uint64_t place) const {
        if (!hardened) return next;
        return next ^ kRandom ^ (swapped ? __builtin_bswap64(place) : place);
    }

    const dump::Memory& memory() const override { return words_; }
    Maybe<PAddr> translate(VAddr at) const override {
        if (at.value >= kLinear && at.value < kLinear + 0x800000) return PAddr{at.value - kLinear};
        if (at.value >= kArray && at.value < kArray + 0x20000)
            return PAddr{0x7000000 + at.value - kArray};
        return unknown(Reason::unmapped, hex(at));
    }

private:
    fakes::FakePages words_;
};

}  // namespace nfstriage::test
