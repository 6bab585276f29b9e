// How an object names its values: each reader's describe() tells a Visitor every member once, with
// its name, unit and meaning. JSON, tables, the facts of rules and their documentation all come
// from it, so that they cannot differ.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/field.h"
#include "nfs/listing.h"

namespace nfstriage::nfs {

using kernel::Duration;
using kernel::Field;
using kernel::Flags;

// Points to the value inside the object that is described.
using FieldRef =
    std::variant<const Field<bool>*, const Field<std::int64_t>*, const Field<std::uint64_t>*,
                 const Field<VAddr>*, const Field<std::string>*, const Field<Flags>*,
                 const Field<Duration>*>;

enum class Shown : std::uint8_t { column, detail };  // in tables: always, only when asked for

struct MemberInfo {
    std::string_view name;  // as in JSON and rules; ends in its unit: "age_ns", "wsize_bytes"
    std::string_view doc;   // one line: what it is, from which kernel member
    FieldRef value;
    Shown shown = Shown::detail;
    // How people write the number: "" decimal, "bytes", "hex", "errno" for a negative one of the
    // kernel's error numbers. Durations carry their own.
    std::string_view unit;
};

class Visitor {
public:
    virtual ~Visitor() = default;
    // First: the kernel object that this is ("struct rpc_task"), or "" if it is none.
    virtual void object(std::string_view type, VAddr address) = 0;
    virtual void member(const MemberInfo& info) = 0;

    // What describe() calls. `column`: one of the few that a table shows.
    template <class T>
    void column(std::string_view name, const Field<T>& value, std::string_view doc,
                std::string_view unit = "") {
        member({name, doc, &value, Shown::column, unit});
    }
    template <class T>
    void detail(std::string_view name, const Field<T>& value, std::string_view doc,
                std::string_view unit = "") {
        member({name, doc, &value, Shown::detail, unit});
    }
};

// One Listing, whatever its objects are. Refers to it.
struct AnyListing {
    std::size_t size = 0;
    bool complete = true;
    const std::vector<std::string>* gaps = nullptr;
    bool limited = false;
    std::function<void(std::size_t index, Visitor& visitor)> describe;
};

template <class T, class Items>
AnyListing any(const Listing<T, Items>& listing) {
    return {listing.items.size(), listing.complete, &listing.gaps, listing.limited,
            [&listing](std::size_t index, Visitor& visitor) {
                describe(listing.items[index], visitor);
            }};
}

}  // namespace nfstriage::nfs
