// What `nfstriage struct` shows: where the members of a C type lie, and what stands in objects of
// it. Questions of words are settled first, so that a wrong name is told before anything is shown;
// objects are then read one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"
#include "facts/look_address.h"
#include "kernel/slab.h"
#include "kernel/typed_value.h"
#include "layout/kernel_layout.h"
#include "layout/type_layout.h"

namespace nfstriage::facts {

struct TypeQuestion {
    std::string type;                    // "rpc_task", "struct rpc_task"
    std::vector<std::string> members;    // paths; empty: the whole type
    std::vector<std::string> addresses;  // as find_address() takes them; empty: the layout
    std::uint64_t count = 1;             // objects one behind the other from each address
    std::string link;  // not empty: addresses are those of this member of the type
    kernel::ValueLimits limits;
};

// A type, or of it what was asked for.
struct TypeAnswer {
    std::string spelling;  // "struct rpc_task"
    layout::TypeKind kind = layout::TypeKind::void_;
    std::uint64_t size = 0;
    std::string source;                           // "btf", "profile"
    std::vector<layout::LayoutMember> members;    // of structs and unions
    std::vector<layout::Enumerator> enumerators;  // of enumerations
    std::string base;                             // of other types: what they are, "unsigned long"
};

struct ObjectAnswer {
    VAddr address;
    std::string symbol;                      // what the address is called; "" where nothing is
    std::optional<kernel::SlabObject> slab;  // which slab object it is or lies in
    std::vector<std::string> notes;          // what speaks against there being such an object
    std::vector<kernel::TypedValue> values;  // the object, or a value for each member asked for,
                                             // named by its path
};

class TypedLook {
public:
    // All must outlive it. Errors name what the dump has not: the type (with the nearest name), a
    // member of it, a symbol.
    static Result<TypedLook> ask(const dump::Dump& dump, layout::KernelLayout& layout,
                                 TypeQuestion question, const std::string& input);

    const Opened& opened() const { return opened_; }
    Opened& opened() { return opened_; }
    const TypeAnswer& type() const { return answer_; }
    bool has_objects() const { return !addresses_.empty(); }

    // Reads each object in turn. Values that the dump does not have are Unknown in their place.
    void read(const std::function<void(const ObjectAnswer&)>& take) const;

private:
    TypedLook(const dump::Dump& dump, const layout::KernelLayout& layout, TypeQuestion question)
        : dump_(&dump), layout_(&layout), question_(std::move(question)) {}
    Maybe<void> describe_type();
    Maybe<void> find_objects();

    const dump::Dump* dump_;
    const layout::KernelLayout* layout_;
    TypeQuestion question_;
    Opened opened_;
    layout::DeclaredType type_;
    TypeAnswer answer_;
    std::vector<VAddr> addresses_;
};

}  // namespace nfstriage::facts
