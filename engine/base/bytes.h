// Checked access to foreign bytes. Everything that comes from a dump, a log or a debug file is read
// through this, so that no size or offset in a file can lead us outside of it. Little endian, as
// x86_64 and aarch64 Linux are.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/maybe.h"

namespace nfstriage {

using ByteSpan = std::span<const std::uint8_t>;

// a + b and a * b, or nothing if the result does not fit 64 bits.
constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = a + b;
    if (sum < a) return std::nullopt;
    return sum;
}
constexpr std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) {
    if (a != 0 && b > UINT64_MAX / a) return std::nullopt;
    return a * b;
}

class Bytes {
public:
    Bytes() = default;
    explicit Bytes(ByteSpan bytes) : bytes_(bytes) {}

    std::size_t size() const { return bytes_.size(); }
    ByteSpan span() const { return bytes_; }

    // The half-open range [offset, offset + size), or Unknown(corrupt) if it leaves the bytes.
    Maybe<ByteSpan> range(std::uint64_t offset, std::uint64_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset)
            return unknown(Reason::corrupt,
                           "range leaves the " + std::to_string(bytes_.size()) + " bytes given");
        return bytes_.subspan(offset, size);
    }

    // A little endian integer (or trivially copyable packed struct) at `offset`.
    template <class T>
    Maybe<T> get(std::uint64_t offset) const {
        static_assert(std::is_trivially_copyable_v<T>);
        auto bytes = range(offset, sizeof(T));
        if (!bytes) return tl::unexpected<Unknown>(bytes.error());
        T value;
        std::memcpy(&value, bytes->data(), sizeof(T));
        return value;
    }

    // The NUL-terminated string at `offset`; Unknown(corrupt) when no NUL follows.
    Maybe<std::string_view> cstring(std::uint64_t offset) const;

private:
    ByteSpan bytes_;
};

}  // namespace nfstriage
