// Values of the rule language: typed, known or Unknown(reason), each with where it was seen and how
// far that can be trusted. Facts about a crash and members of kernel structures are the same kind
// of thing here, so that one evaluator handles both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/frame.h"
#include "base/maybe.h"

namespace nfstriage::facts {

// Kinds of values. `dynamic` is a type only, never a value: a kernel member whose C type is not
// known until the types of the crashed kernel are asked.
enum class Kind : std::uint8_t {
    boolean,
    integer,
    address,
    string,
    pointer,
    record,
    list,
    dynamic
};

std::string_view to_string(Kind kind);

// A static type. `name` is the schema of a record ("frame"), of a list's records, or the C type
// that a pointer points to ("struct nfs_page").
struct Type {
    Kind kind = Kind::dynamic;
    std::string name;
    Kind element = Kind::record;  // of a list

    bool operator==(const Type&) const = default;
};

// "list of frame", "struct nfs_page *"
std::string to_string(const Type& type);

__extension__ typedef __int128 Int128;

// A 64-bit integer as the mathematical value it stands for. Invariant: in the range of int64 if
// signed, of uint64 if unsigned. Comparison is of mathematical values whatever the signedness.
struct Integer {
    Int128 value = 0;
    bool is_unsigned = false;

    static Integer of(std::int64_t v) { return {v, false}; }
    static Integer of_unsigned(std::uint64_t v) { return {static_cast<Int128>(v), true}; }
    bool in_range() const;
    std::uint64_t bits() const { return static_cast<std::uint64_t>(value); }
};

std::string to_string(Integer integer);

// A kernel pointer with the C type it points to: `struct nfs_page` at an address.
struct Pointer {
    std::uint64_t address = 0;
    std::string type;  // C spelling of the target
};

// Where a value was seen: what a reader needs to check it by hand.
struct Provenance {
    enum class Source : std::uint8_t {
        input,        // the kind of input itself
        log,          // a line of the console log or printk ring
        stack,        // a frame of a stack that was unwound
        memory,       // kernel memory: address + struct.member + layout source
        registers,    // a saved register
        instruction,  // decoded code
        symbols,      // a symbol table
        types,        // a type description
        derived       // computed from others
    };
    Source source = Source::derived;
    std::string what;  // "struct nfs_page.wb_flags", "rbx", "frame 2"; may be empty
    std::optional<unsigned> log_line;
    std::optional<std::uint64_t> address;
    std::string layout;  // "btf", "dwarf", "profile"; for memory and types
};

// "log line 378", "struct nfs_page.wb_flags @0xffff8a35c405ea14 (btf)", "register rbx"
std::string to_string(const Provenance& provenance);

class Value;

// A record of the vocabulary, read member by member when asked.
struct Record {
    std::string_view schema;
    std::function<Value(std::string_view member)> get;
    std::string text;  // one line for people
};

// A list, read element by element when asked. Incomplete: more elements may exist than were found,
// `why` says so; the count is then a lower bound.
struct List {
    Type element;
    std::size_t size = 0;
    std::function<Value(std::size_t index)> at;
    bool complete = true;
    Unknown why{Reason::not_dumped, {}};
};

// A known value of one kind, or Unknown. `trust` says how the place it comes from was found: a
// value from a scanned or guessed frame, or computed from one, satisfies no clause by itself.
class Value {
public:
    using Data = std::variant<bool, Integer, std::uint64_t, std::string, Pointer,
                              std::shared_ptr<const Record>, std::shared_ptr<const List>>;

    Value() : data_(unknown(Reason::not_dumped)) {}
    Value(Data data, Trust trust, Provenance provenance)
        : data_(std::move(data)), trust_(trust), provenance_(std::move(provenance)) {}
    Value(Unknown why, Provenance provenance = {})
        : data_(tl::unexpected<Unknown>(std::move(why))), provenance_(std::move(provenance)) {}

    bool known() const { return data_.has_value(); }
    const Unknown& why() const { return data_.error(); }  // requires !known()
    Trust trust() const { return trust_; }
    const Provenance& provenance() const { return provenance_; }
    Value with_trust(Trust trust) const {
        Value copy = *this;
        copy.trust_ = trust;
        return copy;
    }

    // The value as that type, or null if it is Unknown or of another kind.
    const bool* boolean() const { return get<bool>(); }
    const Integer* integer() const { return get<Integer>(); }
    const std::uint64_t* address() const { return get<std::uint64_t>(); }
    const std::string* string() const { return get<std::string>(); }
    const Pointer* pointer() const { return get<Pointer>(); }
    const Record* record() const;
    const List* list() const;
    // Integers, addresses and pointers as one mathematical value.
    std::optional<Int128> number() const;

    // One line for people: "0x12", "\"java\"", "12 frames (incomplete)", "unknown (filtered: ...)".
    std::string text() const;

private:
    template <class T>
    const T* get() const {
        return data_ ? std::get_if<T>(&*data_) : nullptr;
    }
    tl::expected<Data, Unknown> data_;
    Trust trust_ = Trust::registers;
    Provenance provenance_;
};

// False for scan and guess: such a value decides nothing by itself.
constexpr bool reliable(Trust trust) { return trust < Trust::scan; }

}  // namespace nfstriage::facts
