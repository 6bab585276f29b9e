#include "dump/memory.h"

#include <algorithm>

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kLargestRead = 1ull << 30;
constexpr std::uint64_t kProbed = 1 << 20;
// No object lies closer to a string than that, so that nobody else's bytes are read along.
constexpr std::uint64_t kStringStep = 8;

}  // namespace

Maybe<std::vector<std::uint8_t>> Memory::bytes(VAddr address, std::uint64_t size) const {
    if (size > kLargestRead)
        return unknown(Reason::corrupt, "a range of " + std::to_string(size) + " bytes at " +
                                            hex(address) + " is not believable");
    // No memory is taken for a size that damage made up, as long as nothing is there.
    std::uint8_t probe = 0;
    if (size > kProbed)
        for (std::uint64_t offset : {std::uint64_t{0}, size - 1})
            if (auto there = read(address + offset, {&probe, 1}); !there)
                return tl::unexpected<Unknown>(there.error());
    std::vector<std::uint8_t> result(size);
    auto done = read(address, result);
    if (!done) return tl::unexpected<Unknown>(done.error());
    return result;
}

Maybe<std::string> Memory::cstring(VAddr address, std::size_t limit) const {
    std::string text;
    while (text.size() < limit) {
        // Never ask across a step boundary: the page behind the NUL may be absent.
        VAddr at = address + text.size();
        std::uint8_t chunk[kStringStep];
        std::size_t size =
            std::min<std::size_t>(kStringStep - at.value % kStringStep, limit - text.size());
        auto done = read(at, {chunk, size});
        if (!done) return tl::unexpected<Unknown>(done.error());
        auto* end = std::find(chunk, chunk + size, 0);
        text.append(chunk, end);
        if (end != chunk + size) break;
    }
    return text;
}

}  // namespace nfstriage::dump
