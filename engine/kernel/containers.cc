// Circular double lists, chains of hash tables and single links (include/linux/list.h,
// list_bl.h, list_nulls.h, llist.h).
//
// A double list says everything twice, and that is what the walk goes by: it follows `next` while
// each node's `prev` points back to where the walk came from, and if that ends before the head is
// reached, it follows `prev` from the head in the same way. A loop always contains a node that does
// not point back, because a node has one `prev` only. The two parts make a whole when one of them
// leads into the other.
#include "kernel/containers.h"

#include <algorithm>
#include <unordered_set>

#include "kernel/containers_nodes.h"
#include "kernel/pointer_kind.h"

namespace nfstriage::kernel {
namespace {

struct Links {
    VAddr next, prev;
};

struct ListShape {
    std::uint64_t next = 0, prev = 0;  // places in struct list_head
};

Maybe<ListShape> list_shape(const Reader& reader) {
    auto next = place_in(reader, "struct list_head", "next");
    auto prev = place_in(reader, "struct list_head", "prev");
    if (!next) return tl::unexpected<Unknown>(next.error());
    if (!prev) return tl::unexpected<Unknown>(prev.error());
    return ListShape{*next, *prev};
}

// One direction of a circular list, as far as it agrees with itself.
struct Run {
    std::vector<VAddr> nodes;
    VAddr last;  // node reached, the head at first
    VAddr stop;  // what `last` leads to: the head again, or what is no node of the list
    std::optional<Unknown> why;  // why `stop` was not taken for one
    std::optional<ListDamage> damage;
};

class CircularWalk {
public:
    CircularWalk(const Reader& reader, ListShape shape, VAddr head, Budget& budget)
        : memory_(reader.memory()), shape_(shape), head_(head), budget_(budget) {}

    Maybe<Links> links(VAddr node) const {
        if (node.is_null()) return unknown(Reason::null, "a link of the list");
        if (is_list_poison(node)) return unknown(Reason::corrupt, "list poison " + hex(node));
        auto next = memory_.pointer(node + shape_.next);
        if (!next) return tl::unexpected<Unknown>(next.error());
        auto prev = memory_.pointer(node + shape_.prev);
        if (!prev) return tl::unexpected<Unknown>(prev.error());
        return Links{*next, *prev};
    }

    Run run(VAddr first, bool forward) {
        Run run{{}, head_, first, {}, {}};
        for (;;) {
            auto node = links(run.stop);
            if (!node) {
                run.why = node.error();
                return run;
            }
            VAddr back = forward ? node->prev : node->next;
            if (back != run.last) {
                run.damage = ListDamage{run.stop, back, run.last};
                run.why = {Reason::corrupt, hex(run.stop) + " points back to " + hex(back) +
                                                " instead of " + hex(run.last)};
            }
            if (run.stop == head_) run.why.reset();
            if (run.stop == head_ || run.damage) return run;
            if (!budget_.spend()) {
                run.why = {Reason::budget, hex(run.stop)};
                return run;
            }
            run.nodes.push_back(run.stop);
            run.last = run.stop;
            run.stop = forward ? node->next : node->prev;
        }
    }

private:
    const dump::Memory& memory_;
    ListShape shape_;
    VAddr head_;
    Budget& budget_;
};

struct Chain {
    std::string_view head, node;  // C types
    bool locked_head = false;     // bit 0 of the head's pointer is a lock
    bool nulls = false;           // an odd pointer ends the chain
};

Chain chain_of(std::string_view head_type) {
    if (head_type == "struct hlist_bl_head")
        return {head_type, "struct hlist_bl_node", true, false};
    if (head_type == "struct hlist_nulls_head")
        return {head_type, "struct hlist_nulls_node", false, true};
    return {"struct hlist_head", "struct hlist_node", false, false};
}

}  // namespace

Maybe<std::uint64_t> place_in(const Reader& reader, std::string_view type, std::string_view path) {
    return reader.object(type, VAddr{}).address_of(path).map([](VAddr at) { return at.value; });
}

Walk stopped(Unknown why) {
    Walk walk;
    stop(walk, std::move(why));
    return walk;
}

void stop(Walk& walk, Unknown why) {
    if (!walk.complete) return;
    walk.complete = false;
    walk.why = std::move(why);
}

Walk list(const Object& owner, std::string_view head, std::string_view type, std::string_view node,
          Budget& budget) {
    auto at = owner.address_of(head);
    if (!at) return stopped(at.error());
    return list(owner.reader().object("struct list_head", *at), type, node, budget);
}

Walk list(const Object& list_head, std::string_view type, std::string_view node, Budget& budget) {
    const Reader& reader = list_head.reader();
    auto shape = list_shape(reader);
    if (!shape) return stopped(shape.error());
    auto place = place_in(reader, type, node);
    if (!place) return stopped(place.error());

    CircularWalk circle(reader, *shape, list_head.address(), budget);
    auto ends = circle.links(list_head.address());
    if (!ends) return stopped(ends.error());
    if (ends->next.is_null() && ends->prev.is_null()) return {};

    Walk walk;
    auto add = [&](VAddr at) { walk.objects.push_back(reader.object(type, at - *place)); };
    Run forward = circle.run(ends->next, true);
    std::for_each(forward.nodes.begin(), forward.nodes.end(), add);
    walk.damage = forward.damage;
    if (!forward.why) return walk;

    Run backward = circle.run(ends->prev, false);
    std::for_each(backward.nodes.rbegin(), backward.nodes.rend(), add);
    if (!walk.damage) walk.damage = backward.damage;
    if (forward.stop != backward.last && backward.stop != forward.last) stop(walk, *forward.why);
    return walk;
}

Walk hlist(const Object& hlist_head, std::string_view type, std::string_view node, Budget& budget) {
    const Reader& reader = hlist_head.reader();
    Chain chain = chain_of(hlist_head.type());
    auto first = place_in(reader, chain.head, "first");
    auto next = place_in(reader, chain.node, "next");
    auto pprev = place_in(reader, chain.node, "pprev");
    auto place = place_in(reader, type, node);
    for (const auto* needed : {&first, &next, &pprev, &place})
        if (!*needed) return stopped(needed->error());

    Walk walk;
    std::unordered_set<VAddr> seen;
    VAddr link = hlist_head.address() + *first;  // the pointer that led here
    auto at = reader.memory().pointer(link);
    if (at && chain.locked_head) at->value &= ~std::uint64_t{1};
    for (;;) {
        if (!at) {
            stop(walk, at.error());
            return walk;
        }
        if (at->is_null() || (chain.nulls && (at->value & 1) != 0)) return walk;
        if (is_list_poison(*at)) {
            stop(walk, {Reason::corrupt, "list poison " + hex(*at)});
            return walk;
        }
        if (!seen.insert(*at).second) {
            stop(walk, {Reason::corrupt, "the chain comes back to " + hex(*at)});
            return walk;
        }
        if (!budget.spend()) {
            stop(walk, {Reason::budget, hex(*at)});
            return walk;
        }
        auto back = reader.memory().pointer(*at + *pprev);
        auto following = reader.memory().pointer(*at + *next);
        if (!back || !following) {
            stop(walk, back ? following.error() : back.error());
            return walk;
        }
        if (*back != link) {
            // Either this node's link back is wrong, or it is none of this chain: nothing behind it
            // can vouch for it as a circular list can.
            walk.damage = ListDamage{*at, *back, link};
            stop(walk, {Reason::corrupt,
                        hex(*at) + " points back to " + hex(*back) + " instead of " + hex(link)});
            return walk;
        }
        walk.objects.push_back(reader.object(type, *at - *place));
        link = *at + *next;
        at = following;
    }
}

Walk llist(const Object& llist_head, std::string_view type, std::string_view node, Budget& budget) {
    const Reader& reader = llist_head.reader();
    // Links lead to the node inside of an object (llist_node), or to the object itself.
    const std::string inner = std::string(node) + ".next";
    const bool to_node = reader.object(type, VAddr{}).has(inner);
    auto place = place_in(reader, type, node);
    auto next = to_node ? place_in(reader, type, inner) : place;
    if (!place || !next) return stopped(place ? next.error() : place.error());

    Walk walk;
    std::unordered_set<VAddr> seen;
    auto first = place_in(reader, llist_head.type(), "first");
    auto at = reader.memory().pointer(llist_head.address() + first.value_or(0));
    for (; at && !at->is_null();) {
        VAddr object = to_node ? *at - *place : *at;
        if (!seen.insert(*at).second) {
            stop(walk, {Reason::corrupt, "the chain comes back to " + hex(*at)});
            return walk;
        }
        if (!budget.spend()) {
            stop(walk, {Reason::budget, hex(*at)});
            return walk;
        }
        auto following = reader.memory().pointer(object + *next);
        if (following) walk.objects.push_back(reader.object(type, object));
        at = following;
    }
    if (!at) stop(walk, at.error());
    return walk;
}

}  // namespace nfstriage::kernel
