// A read position in a DWARF section. Behind the end everything reads as 0 and ok() is false.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace nfstriage::debuginfo {

class DwarfCursor {
public:
    DwarfCursor() = default;
    explicit DwarfCursor(ByteSpan bytes, std::uint64_t at = 0) : bytes_(bytes), at_(at) {
        if (at > bytes.size()) fail();
    }

    bool ok() const { return ok_; }
    std::size_t at() const { return at_; }
    std::size_t left() const { return bytes_.size() - at_; }
    void fail() { ok_ = false, at_ = bytes_.size(); }

    template <class T>
    T fixed() {
        T value{};
        if (left() < sizeof value) {
            fail();
            return value;
        }
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    std::uint64_t offset(unsigned size) {
        return size == 8 ? fixed<std::uint64_t>() : fixed<std::uint32_t>();
    }
    std::uint64_t unsigned_leb() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at_ < bytes_.size(); shift += 7) {
            std::uint8_t byte = bytes_[at_++];
            if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        fail();
        return 0;
    }
    std::int64_t signed_leb() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at_ < bytes_.size();) {
            std::uint8_t byte = bytes_[at_++];
            if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
            shift += 7;
            if (byte >= 0x80) continue;
            if ((byte & 0x40) && shift < 64) value |= ~std::uint64_t{0} << shift;
            return static_cast<std::int64_t>(value);
        }
        fail();
        return 0;
    }
    std::string_view text() {  // NUL-terminated
        const void* nul = left() == 0 ? nullptr : std::memchr(bytes_.data() + at_, 0, left());
        if (nul == nullptr) {
            fail();
            return {};
        }
        const char* begin = reinterpret_cast<const char*>(bytes_.data() + at_);
        std::string_view text(begin,
                              static_cast<std::size_t>(static_cast<const char*>(nul) - begin));
        at_ += text.size() + 1;
        return text;
    }
    ByteSpan take(std::uint64_t size) {
        if (size > left()) {
            fail();
            return {};
        }
        ByteSpan taken = bytes_.subspan(at_, size);
        at_ += size;
        return taken;
    }
    void skip(std::uint64_t size) { take(size); }

private:
    ByteSpan bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace nfstriage::debuginfo
