// Field<T>: one value of a kernel object as a reader gives it: the value or why it is unknown, and
// where it was read. Small, because a dump has many thousands of them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"

namespace nfstriage::kernel {

// Where a value was read: "struct rpc_task.tk_flags" at its address. `member` lives as long as the
// Reader that read it; null and address 0: computed from others.
struct Origin {
    const std::string* member = nullptr;
    VAddr address;
};

// What the bits of one word are called.
struct BitTable {
    std::array<std::string, 64> names;  // by number; "" for a bit without one
    // Whether a name that is not there is no name of this kernel. Else a bit without a name may
    // have it: the types do not tell.
    bool complete = true;
};

// A word of bits and what they are called. The words of one kind share their table.
struct Flags {
    std::uint64_t bits = 0;
    std::shared_ptr<const BitTable> table;  // null: no bit has a name

    // Of those that are set, from the lowest bit up; bits without a name stand as "bit 17".
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (std::size_t bit = 0; bit < 64; ++bit) {
            if ((bits >> bit & 1) == 0) continue;
            all.push_back(is_named(bit) ? table->names[bit] : "bit " + std::to_string(bit));
        }
        return all;
    }
    // Whether a name that names() leaves out is that of no bit that is set.
    bool names_are_complete() const {
        if (table != nullptr && table->complete) return true;
        for (std::size_t bit = 0; bit < 64; ++bit)
            if ((bits >> bit & 1) != 0 && !is_named(bit)) return false;
        return true;
    }
    bool operator==(const Flags& other) const {
        return bits == other.bits && names() == other.names();
    }

private:
    bool is_named(std::size_t bit) const { return table != nullptr && !table->names[bit].empty(); }
};

// A length of time. Kernel times in jiffies, ticks of a clock or seconds become these where they
// are read (kernel/clock.h), so that nobody downstream divides by HZ.
struct Duration {
    std::int64_t ns = 0;
    auto operator<=>(const Duration&) const = default;
};

template <class T>
class Field {
public:
    // Not read: Unknown(no_type).
    Field() = default;
    Field(T value, Origin origin = {}) : origin_(origin), value_(std::move(value)), known_(true) {}
    Field(Reason why, Origin origin = {}) : origin_(origin), why_(why) {}
    Field(Maybe<T> value, Origin origin = {}) : origin_(origin), known_(value.has_value()) {
        if (known_)
            value_ = std::move(*value);
        else
            why_ = value.error().reason;
    }

    bool known() const { return known_; }
    explicit operator bool() const { return known_; }
    const T& operator*() const { return value_; }  // requires known()
    const T* operator->() const { return &value_; }
    Reason why() const { return why_; }  // requires !known()
    const Origin& origin() const { return origin_; }

    std::optional<T> optional() const { return known_ ? std::optional<T>(value_) : std::nullopt; }
    Maybe<T> maybe() const {
        if (known_) return value_;
        return unknown(why_, origin_.member == nullptr
                                 ? std::string()
                                 : *origin_.member + " @" + hex(origin_.address));
    }
    bool is(const T& value) const { return known_ && value_ == value; }

private:
    // In this order a bool takes no more than it must.
    Origin origin_;
    T value_{};
    Reason why_ = Reason::no_type;
    bool known_ = false;
};

}  // namespace nfstriage::kernel
