// A few values without a heap: the lists of an Instruction. Functions are decoded whole, thousands
// of instructions each, and two out of three have a memory operand or an effect; with vectors the
// allocations took more time than the decoding. No instruction of either architecture needs more
// than `N` entries as decoder.h describes them, and the decoders refuse one that would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

namespace nfstriage::isa {

template <class T, std::size_t N>
class InlineList {
public:
    InlineList() = default;
    InlineList(std::initializer_list<T> values) {
        for (const T& value : values) push_back(value);
    }

    static constexpr std::size_t capacity() { return N; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    bool full() const { return size_ == N; }

    T& operator[](std::size_t i) { return values_[i]; }
    const T& operator[](std::size_t i) const { return values_[i]; }
    const T& front() const { return values_[0]; }
    const T& back() const { return values_[size_ - 1]; }
    T& back() { return values_[size_ - 1]; }
    T* begin() { return values_; }
    T* end() { return values_ + size_; }
    const T* begin() const { return values_; }
    const T* end() const { return values_ + size_; }

    // Not when full().
    void push_back(const T& value) {
        if (full()) std::abort();
        values_[size_++] = value;
    }
    void clear() { size_ = 0; }

private:
    T values_[N] = {};
    std::uint8_t size_ = 0;
};

}  // namespace nfstriage::isa
