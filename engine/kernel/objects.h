// Whether an address may be that of an object of some type, told by what the kernel keeps true of
// such objects: the slab cache they come from, their room there, lists that lead back to them, and
// members of two objects that must agree. The types' own headers define them; the tables name the
// members.
// We promise: `yes` only on evidence that other objects do not show by chance, `no` only on a
// contradiction; a type that nothing is known of is unknown everywhere.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/tri.h"
#include "dump/dump.h"
#include "kernel/slab.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::kernel {

struct Likeness {
    Tri answer = Tri::unknown;
    std::string ground;  // "object of slab cache nfs_page"; empty for unknown
};

class Objects {
public:
    // All must outlive it. Nothing is read yet. Not for several threads.
    Objects(const dump::Dump& dump, const layout::Types& types, const layout::Symbols& symbols);

    // As Slabs::object_at.
    Maybe<SlabObject> slab_object(VAddr address) const { return slabs_.object_at(address); }

    // Whether `address` may be that of an object of `type` ("struct nfs_page"), allocated or freed.
    Tri looks_like(std::string_view type, VAddr address) { return likeness(type, address).answer; }
    Likeness likeness(std::string_view type, VAddr address);

    // The type of the object that begins at `address`, of those whose invariants are known here:
    // "struct rpc_task"; the outermost where objects begin with one another. Empty if none is sure.
    struct Identity {
        std::string type, ground;
    };
    Identity identify(VAddr address);

    // "nfs_page": the C type whose objects the cache holds, if the cache was made for one.
    static std::string type_of_cache(std::string_view cache);

    const Slabs& slabs() const { return slabs_; }

private:
    struct Shape {  // what a type's objects are checked for
        std::uint64_t size = 0;
        std::vector<std::uint64_t> list_heads;  // offsets, those in unions left out
    };
    const Shape* shape_of(std::string_view type);
    Likeness by_slab(std::string_view type, const Shape& shape, VAddr address, bool& hint) const;
    bool relations_hold(std::string_view type, VAddr address, std::string& ground) const;
    bool is_marked(std::string_view type, VAddr address, std::string& ground) const;
    unsigned linked_lists(const Shape& shape, VAddr address) const;
    // `chain`: members joined by -> and dots, "" for the object itself, "&path" for an address.
    Maybe<std::uint64_t> follow(std::string_view type, std::string_view chain, VAddr at) const;

    const dump::Dump& dump_;
    const layout::Types& types_;
    const layout::Symbols& symbols_;
    Slabs slabs_;
    std::map<std::string, Shape, std::less<>> shapes_;
};

}  // namespace nfstriage::kernel
