// A dump::Memory made of the bytes that a test puts there; everything else is absent.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dump/memory.h"

namespace nfstriage::fakes {

class FakePages : public dump::Memory {
public:
    static constexpr std::uint64_t kPage = 4096;

    // Writes `value` at `address`; the rest of a new page is zero.
    template <class T>
    void put(std::uint64_t address, const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::array<std::uint8_t, sizeof(T)> bytes;
        std::memcpy(bytes.data(), &value, sizeof(T));
        put_bytes(address, bytes);
    }
    void put_bytes(std::uint64_t address, std::span<const std::uint8_t> bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            page(address + i)[(address + i) % kPage] = bytes[i];
    }
    void put_string(std::uint64_t address, std::string_view text) {
        for (std::size_t i = 0; i <= text.size(); ++i)
            put<std::uint8_t>(address + i,
                              i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0);
    }
    // 64-bit words one behind the other.
    void put_words(std::uint64_t address, std::span<const std::uint64_t> words) {
        for (std::size_t i = 0; i < words.size(); ++i) put(address + i * 8, words[i]);
    }
    // Makes the pages of a range present and zero.
    void map(std::uint64_t address, std::uint64_t size) {
        for (std::uint64_t at = address & ~(kPage - 1); at < address + size; at += kPage) page(at);
    }
    // Takes the page that holds `address` away; reads of it answer `reason` from then on.
    void remove(std::uint64_t address, Reason reason = Reason::filtered) {
        pages_.erase(address / kPage);
        removed_[address / kPage] = reason;
    }

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override {
        for (std::size_t done = 0; done < out.size();) {
            std::uint64_t at = address.value + done;
            auto it = pages_.find(at / kPage);
            if (it == pages_.end()) return unknown(reason_of(at), "page of " + hex(at));
            std::size_t part = std::min<std::size_t>(kPage - at % kPage, out.size() - done);
            std::copy_n(it->second.begin() + static_cast<std::ptrdiff_t>(at % kPage), part,
                        out.begin() + static_cast<std::ptrdiff_t>(done));
            touched_.insert_or_assign(at / kPage, true);
            done += part;
        }
        return {};
    }

    // First addresses of the pages that were read so far.
    std::vector<std::uint64_t> touched() const {
        std::vector<std::uint64_t> out;
        for (const auto& [number, unused] : touched_) out.push_back(number * kPage);
        return out;
    }

private:
    std::array<std::uint8_t, kPage>& page(std::uint64_t address) {
        removed_.erase(address / kPage);
        return pages_[address / kPage];
    }
    Reason reason_of(std::uint64_t address) const {
        if (address < kPage) return Reason::null;
        auto it = removed_.find(address / kPage);
        return it == removed_.end() ? Reason::not_dumped : it->second;
    }

    std::map<std::uint64_t, std::array<std::uint8_t, kPage>> pages_;
    std::map<std::uint64_t, Reason> removed_;
    mutable std::map<std::uint64_t, bool> touched_;
};

}  // namespace nfstriage::fakes
