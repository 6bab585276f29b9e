// Red-black trees (include/linux/rbtree.h) and the trees of slots that are called radix_tree_root,
// xarray and idr (include/linux/radix-tree.h, xarray.h, idr.h).
//
// Children point back to their parents in all of them. A child that does not is taken for no part
// of the tree: the subtree below it is left out and the walk marked incomplete.
#include <algorithm>
#include <unordered_set>

#include "base/bytes.h"
#include "kernel/containers.h"
#include "kernel/containers_nodes.h"

namespace nfstriage::kernel {
namespace {

struct RbShape {
    std::uint64_t parent = 0, left = 0, right = 0;
};

Maybe<RbShape> rb_shape(const Reader& reader) {
    auto parent = place_in(reader, "struct rb_node", "__rb_parent_color");
    auto left = place_in(reader, "struct rb_node", "rb_left");
    auto right = place_in(reader, "struct rb_node", "rb_right");
    for (const auto* needed : {&parent, &left, &right})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());
    return RbShape{*parent, *left, *right};
}

struct RbNode {
    VAddr address, left, right;
};

class RbWalk {
public:
    RbWalk(const dump::Memory& memory, RbShape shape, Walk& walk, Budget& budget)
        : memory_(memory), shape_(shape), walk_(walk), budget_(budget) {}

    // The node at `at` if it is the child of `parent`; nothing, and the walk says why, if not.
    std::optional<RbNode> enter(VAddr at, VAddr parent) {
        auto back = memory_.u64(at + shape_.parent);
        auto left = memory_.pointer(at + shape_.left);
        auto right = memory_.pointer(at + shape_.right);
        if (!back || !left || !right) {
            stop(walk_, !back ? back.error() : !left ? left.error() : right.error());
            return std::nullopt;
        }
        VAddr found{*back & ~std::uint64_t{3}};  // the low bits are the colour
        if (found != parent) {
            if (!walk_.damage) walk_.damage = ListDamage{at, found, parent};
            stop(walk_, {Reason::corrupt,
                         hex(at) + " has the parent " + hex(found) + " instead of " + hex(parent)});
            return std::nullopt;
        }
        if (!seen_.insert(at).second) {
            stop(walk_, {Reason::corrupt, hex(at) + " stands twice in the tree"});
            return std::nullopt;
        }
        if (!budget_.spend()) {
            stop(walk_, {Reason::budget, hex(at)});
            return std::nullopt;
        }
        return RbNode{at, *left, *right};
    }

private:
    const dump::Memory& memory_;
    RbShape shape_;
    Walk& walk_;
    Budget& budget_;
    std::unordered_set<VAddr> seen_;
};

// How one of the trees of slots marks its entries.
struct SlotShape {
    bool xarray = false;  // since 3159f943aafd, v4.20; the radix tree's own marks before
    std::string_view node;
    std::uint64_t shift = 0, offset = 0, parent = 0, slots = 0, count = 0;
    unsigned bits = 0;  // of the index that one level decides

    // A pointer to a node of the tree, its mark removed.
    std::optional<VAddr> node_of(std::uint64_t entry) const {
        if (xarray) {
            // Small internal entries are siblings, retries and reserved slots.
            if ((entry & 3) != 2 || entry <= 4096) return std::nullopt;
            return VAddr{entry - 2};
        }
        if ((entry & 3) != 1 || entry < 4096) return std::nullopt;
        return VAddr{entry - 1};
    }
    bool is_pointer(std::uint64_t entry) const {
        if (entry == 0) return false;
        // xarray: bit 0 marks values. Radix tree: bit 1 marks exceptional entries.
        return xarray ? (entry & 1) == 0 && (entry & 3) != 2 : (entry & 3) == 0;
    }
};

Maybe<SlotShape> slot_shape(const Reader& reader, bool xarray) {
    SlotShape shape;
    shape.xarray = xarray;
    shape.node = xarray ? "struct xa_node" : "struct radix_tree_node";
    std::pair<std::string_view, std::uint64_t*> wanted[] = {{"shift", &shape.shift},
                                                            {"offset", &shape.offset},
                                                            {"parent", &shape.parent},
                                                            {"slots", &shape.slots}};
    for (auto [member, to] : wanted) {
        auto place = place_in(reader, shape.node, member);
        if (!place) return tl::unexpected<Unknown>(place.error());
        *to = *place;
    }
    auto slots = reader.types().member(shape.node, "slots");
    if (!slots) return tl::unexpected<Unknown>(slots.error());
    shape.count = slots->type.count;
    while (shape.bits < 16 && std::uint64_t{1} << shape.bits < shape.count) ++shape.bits;
    if (shape.bits == 0 || std::uint64_t{1} << shape.bits != shape.count)
        return unknown(Reason::no_type, std::string(shape.node) + ".slots");
    return shape;
}

class SlotWalk {
public:
    SlotWalk(const dump::Memory& memory, const SlotShape& shape, Budget& budget)
        : memory_(memory), shape_(shape), budget_(budget) {}

    Entries entries;

    // Depth first, by index. `below`: the shift of the parent, 64 above the root.
    void node(VAddr at, VAddr parent, unsigned slot, unsigned below, std::uint64_t base) {
        auto shift = memory_.u8(at + shape_.shift);
        auto offset = memory_.u8(at + shape_.offset);
        auto back = memory_.pointer(at + shape_.parent);
        auto slots = memory_.bytes(at + shape_.slots, shape_.count * 8);
        if (!shift || !offset || !back || !slots)
            return give_up(!shift    ? shift.error()
                           : !offset ? offset.error()
                           : !back   ? back.error()
                                     : slots.error());
        // The slot of a root node means nothing.
        if (*back != parent || (!parent.is_null() && *offset != slot) || *shift >= below ||
            *shift % shape_.bits != 0)
            return give_up({Reason::corrupt, hex(at) + " is no node of this tree"});
        for (unsigned i = 0; i < shape_.count; ++i) {
            std::uint64_t entry = Bytes(*slots).get<std::uint64_t>(i * 8).value_or(0);
            std::uint64_t index = base + (std::uint64_t{i} << *shift);
            if (entry == 0 || is_sibling(entry, at)) continue;
            if (auto child = shape_.node_of(entry)) {
                if (!budget_.spend()) return give_up({Reason::budget, hex(*child)});
                if (*shift == 0)
                    give_up({Reason::corrupt, hex(at) + " has nodes where entries belong"});
                else
                    node(*child, at, i, *shift, index);
            } else {
                add(index, entry);
            }
        }
    }

    void add(std::uint64_t index, std::uint64_t entry) {
        if (!shape_.is_pointer(entry)) return;
        if (!budget_.spend()) return give_up({Reason::budget, hex(entry)});
        entries.entries.push_back({index, VAddr{entry}});
    }
    void give_up(Unknown why) {
        if (!entries.complete) return;
        entries.complete = false;
        entries.why = std::move(why);
    }

private:
    // A multi-order entry fills one slot, the slots behind it refer to that one. xarray: by its
    // number. Radix tree: by its address.
    bool is_sibling(std::uint64_t entry, VAddr node) const {
        if (shape_.xarray) return (entry & 3) == 2 && entry >> 2 < shape_.count;
        return (entry & 3) == 1 && VAddr{entry} - node >= shape_.slots &&
               VAddr{entry} - node < shape_.slots + shape_.count * 8;
    }

    const dump::Memory& memory_;
    const SlotShape& shape_;
    Budget& budget_;
};

}  // namespace

Walk rbtree(const Object& root, std::string_view type, std::string_view node, Budget& budget) {
    const Reader& reader = root.reader();
    auto shape = rb_shape(reader);
    if (!shape) return stopped(shape.error());
    auto place = place_in(reader, type, node);
    if (!place) return stopped(place.error());
    auto top = root.pointer(root.first_of({"rb_root.rb_node", "rb_node"}));
    if (!top) return stopped(top.error());

    Walk walk;
    RbWalk tree(reader.memory(), *shape, walk, budget);
    std::vector<RbNode> path;  // whose left side is being walked
    VAddr at = *top, parent;
    while (!at.is_null() || !path.empty()) {
        if (!at.is_null()) {
            auto entered = tree.enter(at, parent);
            at = entered ? entered->left : VAddr{};
            if (entered) path.push_back(*entered), parent = entered->address;
            continue;
        }
        RbNode next = path.back();
        path.pop_back();
        walk.objects.push_back(reader.object(type, next.address - *place));
        at = next.right;
        parent = next.address;
    }
    return walk;
}

Entries xarray(const Object& root, Budget& budget) {
    const Reader& reader = root.reader();
    // idr_rt is a radix_tree_root; its indices count from idr_base where there is one.
    if (root.has("idr_rt")) {
        auto tree = root.at("idr_rt");
        Entries found = xarray(*tree, budget);
        auto base = root.has("idr_base") ? root.number("idr_base") : Maybe<std::uint64_t>(0);
        if (!base) return {{}, false, base.error()};
        for (Entry& entry : found.entries) entry.index += *base;
        return found;
    }
    const bool is_xarray = root.has("xa_head");
    auto shape = slot_shape(reader, is_xarray);
    if (!shape) return {{}, false, shape.error()};
    auto head = root.number(is_xarray ? "xa_head" : "rnode");
    if (!head) return {{}, false, head.error()};
    SlotWalk walk(reader.memory(), *shape, budget);
    if (auto node = shape->node_of(*head))
        walk.node(*node, VAddr{}, 0, 64, 0);
    else
        walk.add(0, *head);
    return std::move(walk.entries);
}

}  // namespace nfstriage::kernel
