// Kernel objects as readers see them: an address with a C type, whose members are asked for by
// name, through pointers too: "tk_client->cl_xprt". Nobody here knows an offset: the crashed
// kernel's own types say where a member is, and a member that a kernel does not have is
// Unknown(no_type), upon which a reader asks for the older or newer one.
// We promise: a value is the bytes at the member's place with the member's own width and sign, or
// Unknown with the reason; a NULL on the way is Unknown(null), never 0.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dump/dump.h"
#include "kernel/field.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::kernel {

class Object;

// What readers read with: memory, types and symbols of one dump. Asks for each member's place once.
class Reader {
public:
    // All must outlive it. Nothing is read yet. Not for several threads.
    Reader(const dump::Dump& dump, const layout::Types& types, const layout::Symbols& symbols)
        : dump_(dump), types_(types), symbols_(symbols) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    const dump::Dump& dump() const { return dump_; }
    const dump::Memory& memory() const { return dump_.memory(); }
    const layout::Types& types() const { return types_; }
    const layout::Symbols& symbols() const { return symbols_; }

    // The object of C type `type` ("struct rpc_clnt") at `address`. Nothing is checked.
    Object object(std::string_view type, VAddr address) const;
    // The variable of that name, as an object of C type `type`. Unknown(no_symbol).
    Maybe<Object> variable(std::string_view symbol, std::string_view type) const;

    // Whether the kernel describes the type at all; nothing can be read of it otherwise.
    bool describes(std::string_view type) const { return types_.type(type).has_value(); }

    // How many values were asked for that the dump does not give because a page is missing or
    // damaged: what was concluded from the absence of something holds only if this did not grow.
    std::uint64_t unread() const { return unread_; }

    // "rpc_async_schedule": the function or variable that begins at `address`; "name+0x12" inside
    // of one. Unknown: null, no_symbol.
    Maybe<std::string> symbol_at(VAddr address) const;

private:
    friend class Object;
    struct Place {
        Maybe<layout::Member> member;
        std::string name;  // "struct rpc_task.tk_flags"
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    // What was asked for last, by where the caller keeps its text: mostly a literal of a reader
    // that goes over many objects. An entry counts only if its key is equal.
    template <class Entry, std::size_t size>
    class Recent {
    public:
        const Entry*& slot(std::string_view key) {
            return entries_[(reinterpret_cast<std::uintptr_t>(key.data()) >> 2) % size];
        }

    private:
        std::array<const Entry*, size> entries_{};
    };
    using Places = std::unordered_map<std::string, Place, Hash, std::equal_to<>>;
    struct Type {
        std::string name;
        Places places;
        Recent<Places::value_type, 16> recent;
    };
    using Types = std::unordered_map<std::string, std::unique_ptr<Type>, Hash, std::equal_to<>>;
    Type& type(std::string_view name) const;
    void note(Reason why) const;
    const Place& place(Type& type, std::string_view path) const;

    const dump::Dump& dump_;
    const layout::Types& types_;
    const layout::Symbols& symbols_;
    mutable std::uint64_t unread_ = 0;
    mutable Types known_;
    mutable Recent<Types::value_type, 64> recent_;
};

// Cheap to copy. The Reader must outlive it. Wherever a path is taken: members joined by dots and
// by "->", elements as "tasks[2]".
class Object {
public:
    VAddr address() const { return address_; }
    std::string_view type() const { return type_->name; }
    const Reader& reader() const { return *reader_; }
    bool operator==(const Object& other) const { return address_ == other.address_; }

    // Whether the kernel's type has the member. False too where the type is not described.
    bool has(std::string_view path) const;
    // The first of these that the type has; the first one if it has none, so that asking for it
    // says what is missing.
    std::string_view first_of(std::initializer_list<std::string_view> paths) const;

    // The structure that lies inside this one. Unknown: no_type, and why a pointer on the way could
    // not be followed.
    Maybe<Object> at(std::string_view path) const;
    // The object that the pointer member points to; its type is the pointee's. Unknown(null), and
    // as at().
    Maybe<Object> follow(std::string_view path) const;
    // The object that this one is the member `path` of: container_of(). Unknown(no_type).
    Maybe<Object> container(std::string_view type, std::string_view path) const;
    // The same address as another type, for void * and unions.
    Object as(std::string_view type) const;

    // Integers, enumerations, pointers, bit fields, arrays of char and pointers to char (strings:
    // at most 255 bytes, as they stand in memory). T: bool, std::int64_t, std::uint64_t, VAddr,
    // std::string. A null char pointer is Unknown(null).
    template <class T>
    Field<T> get(std::string_view path) const;
    // Of the first member that the type has.
    template <class T>
    Field<T> get(std::initializer_list<std::string_view> paths) const {
        return get<T>(first_of(paths));
    }
    // As get<std::uint64_t>, without where it was read.
    Maybe<std::uint64_t> number(std::string_view path) const;
    Maybe<VAddr> pointer(std::string_view path) const;
    // The place itself: address and name of a member, to say where something was seen.
    Origin origin(std::string_view path) const;
    // Where the member lies; Unknown as at().
    Maybe<VAddr> address_of(std::string_view path) const;
    // The name of the function or variable that a pointer member points to.
    Field<std::string> symbol(std::string_view path) const;

private:
    friend class Reader;
    Object(const Reader& reader, Reader::Type& type, VAddr address)
        : reader_(&reader), type_(&type), address_(address) {}
    struct Found {
        const Reader::Place* place;
        VAddr address;  // of the member; meaningful if `place` has one
    };
    Maybe<Found> find(std::string_view path) const;
    Maybe<std::uint64_t> number(const Found& found) const;
    Maybe<std::string> string(const Found& found) const;

    const Reader* reader_;
    Reader::Type* type_;
    VAddr address_;
};

template <>
Field<std::uint64_t> Object::get(std::string_view path) const;
template <>
Field<std::int64_t> Object::get(std::string_view path) const;
template <>
Field<bool> Object::get(std::string_view path) const;
template <>
Field<VAddr> Object::get(std::string_view path) const;
template <>
Field<std::string> Object::get(std::string_view path) const;

}  // namespace nfstriage::kernel
