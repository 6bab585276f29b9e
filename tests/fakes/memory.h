// Kernel memory made of byte ranges, for tests of everything that reads through dump::Memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dump/memory.h"

namespace nfstriage::fakes {

class FakeMemory : public dump::Memory {
public:
    void put(VAddr at, std::vector<std::uint8_t> bytes) {
        ranges_.insert_or_assign(at.value, std::move(bytes));
    }
    // Overwrites inside a range that was put before, or makes a new one.
    template <class T>
    void set(VAddr at, T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (auto* range = find(at, sizeof(T))) {
            std::memcpy(range, &value, sizeof(T));
            return;
        }
        std::vector<std::uint8_t> bytes(sizeof(T));
        std::memcpy(bytes.data(), &value, sizeof(T));
        put(at, std::move(bytes));
    }
    void set_text(VAddr at, std::string_view text) {
        for (std::size_t i = 0; i <= text.size(); ++i)
            set<char>(at + i, i < text.size() ? text[i] : '\0');
    }
    void remove(VAddr at) { ranges_.erase(at.value); }

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override {
        const std::uint8_t* from = const_cast<FakeMemory*>(this)->find(address, out.size());
        if (from == nullptr) return unknown(Reason::filtered, "nothing at " + hex(address));
        std::copy_n(from, out.size(), out.begin());
        return {};
    }

private:
    std::uint8_t* find(VAddr at, std::size_t size) {
        auto next = ranges_.upper_bound(at.value);
        if (next == ranges_.begin()) return nullptr;
        auto& [begin, bytes] = *std::prev(next);
        std::uint64_t offset = at.value - begin;
        if (offset > bytes.size() || size > bytes.size() - offset) return nullptr;
        return bytes.data() + offset;
    }

    std::map<std::uint64_t, std::vector<std::uint8_t>> ranges_;
};

}  // namespace nfstriage::fakes
