// Addresses that cannot be mixed up: kernel virtual, physical, and page frame numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace nfstriage {

template <class Tag>
struct Address {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Address&) const = default;
    // Wraps like the machine does; readers reject ranges that wrap.
    constexpr Address operator+(std::uint64_t bytes) const { return {value + bytes}; }
    constexpr Address operator-(std::uint64_t bytes) const { return {value - bytes}; }
    constexpr std::uint64_t operator-(Address other) const { return value - other.value; }
    constexpr bool is_null() const { return value == 0; }
};

using VAddr = Address<struct VirtualTag>;   // kernel virtual address
using PAddr = Address<struct PhysicalTag>;  // physical address in bytes

struct Pfn {  // page frame number, in pages of the dump's page size
    std::uint64_t value = 0;
    constexpr auto operator<=>(const Pfn&) const = default;
};

// "0xffff8a35c3d420c0"
std::string hex(std::uint64_t value);
inline std::string hex(VAddr address) { return hex(address.value); }
inline std::string hex(PAddr address) { return hex(address.value); }

}  // namespace nfstriage

template <class Tag>
struct std::hash<nfstriage::Address<Tag>> {
    std::size_t operator()(nfstriage::Address<Tag> a) const noexcept {
        return std::hash<std::uint64_t>{}(a.value);
    }
};
