// Field<T>: one value of a kernel object as a reader gives it: the value or why it is unknown, and
// where it was read. Small, because a dump has many thousands of them.
#pragma once

#include <cstdint>
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

// A word of bits with the names of those that are set; bits without a name stand as "bit 17".
struct Flags {
    std::uint64_t bits = 0;
    std::vector<std::string> names;  // from the lowest bit up
    bool operator==(const Flags&) const = default;
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
    Field(T value, Origin origin = {}) : value_(std::move(value)), origin_(origin), known_(true) {}
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
    T value_{};
    Origin origin_;
    Reason why_ = Reason::no_type;
    bool known_ = false;
};

}  // namespace nfstriage::kernel
