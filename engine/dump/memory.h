// Memory at an address, or the reason it is absent. Everything right of the dump room reads the
// kernel through this interface, and tests stand in for it with a map of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/observer.h"

namespace nfstriage::dump {

struct VRange {
    VAddr begin;
    std::uint64_t size;  // bytes
};

class Memory {
public:
    virtual ~Memory() = default;

    // Copies the bytes [address, address + out.size()) of kernel virtual memory. All or nothing.
    // Unknown: unmapped, not_dumped, filtered, corrupt (page damaged), null (address below 4096).
    virtual Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const = 0;

    // Announces ranges that will be read soon, so that pages are fetched in one sorted batch.
    // Absent pages are ignored.
    virtual void prefetch(std::span<const VRange> ranges) const { (void)ranges; }

    // Says that these bytes, which the caller reads, are not the kernel's own but somebody's.
    virtual void mark(VRange bytes, Secret kind) const { (void)bytes, (void)kind; }

    // A little endian integer or other trivially copyable value.
    template <class T>
    Maybe<T> value(VAddr address) const {
        static_assert(std::is_trivially_copyable_v<T>);
        T result;
        auto done = read(address, {reinterpret_cast<std::uint8_t*>(&result), sizeof(T)});
        if (!done) return tl::unexpected<Unknown>(done.error());
        return result;
    }
    Maybe<std::uint8_t> u8(VAddr a) const { return value<std::uint8_t>(a); }
    Maybe<std::uint16_t> u16(VAddr a) const { return value<std::uint16_t>(a); }
    Maybe<std::uint32_t> u32(VAddr a) const { return value<std::uint32_t>(a); }
    Maybe<std::uint64_t> u64(VAddr a) const { return value<std::uint64_t>(a); }
    Maybe<VAddr> pointer(VAddr a) const { return value<VAddr>(a); }

    // `size` bytes; refuses more than 1 GiB with Unknown(corrupt).
    Maybe<std::vector<std::uint8_t>> bytes(VAddr address, std::uint64_t size) const;

    // The NUL-terminated string at `address`, cut at `limit` bytes. Reads no further than the NUL.
    Maybe<std::string> cstring(VAddr address, std::size_t limit) const;
};

}  // namespace nfstriage::dump
