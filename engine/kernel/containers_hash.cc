// rhashtable (include/linux/rhashtable.h, lib/rhashtable.c): a hash table that grows. Its buckets
// are an array of chains, or for large tables that could not be allocated whole, a tree of pages
// whose leaves are the buckets (union nested_table). While it is resized, objects stand in the old
// table or in the next one, future_tbl.
#include <array>
#include <unordered_set>

#include "base/bytes.h"
#include "kernel/containers.h"
#include "kernel/containers_nodes.h"

namespace nfstriage::kernel {
namespace {

constexpr unsigned kMostTables = 8;       // that resizes left behind
constexpr unsigned kBucketsPerStep = 64;  // of the budget

class HashWalk {
public:
    HashWalk(const Reader& reader, std::string_view type, Budget& budget)
        : reader_(reader), type_(type), budget_(budget) {}

    Walk walk;

    // False if the kernel does not describe what is needed; the walk says so.
    bool prepare(std::string_view node) {
        // rhltable: objects of one key hang in a list of their own.
        const std::string head = std::string(node) + ".rhead";
        const Object object = reader_.object(type_, VAddr{});
        duplicates_ = object.has(head);
        auto place = place_in(reader_, type_, duplicates_ ? head : std::string(node));
        auto next = place_in(reader_, "struct rhash_head", "next");
        auto more =
            duplicates_ ? place_in(reader_, "struct rhlist_head", "next") : Maybe<std::uint64_t>(0);
        for (const auto* needed : {&place, &next, &more}) {
            if (*needed) continue;
            stop(walk, needed->error());
            return false;
        }
        place_ = *place, next_ = *next, more_ = *more;
        return true;
    }

    void table(const Object& table) {
        auto size = table.number("size");
        auto nest = table.number("nest");  // since v4.11, da20420f83ea
        auto buckets = table.address_of("buckets");
        if (!size || !buckets || (!nest && table.has("nest")))
            return stop(walk, !size ? size.error() : !buckets ? buckets.error() : nest.error());
        // Since 8f0db018006a bit 0 of a bucket is its lock; before, it marked the end of an
        // empty chain.
        auto member = reader_.types().member("struct bucket_table", "buckets");
        locked_ = member && member->type.element.find("rhash_lock_head") != std::string::npos;
        if (*size == 0 || *size > std::uint64_t{1} << 32 || nest.value_or(0) > 32)
            return stop(walk,
                        {Reason::corrupt, "a hash table of " + std::to_string(*size) + " buckets"});
        if (nest.value_or(0) == 0) return chains(*buckets, *size);
        auto top = reader_.memory().pointer(*buckets);
        if (!top) return stop(walk, top.error());
        nested(*top, std::uint64_t{1} << *nest, *size >> *nest);
    }

private:
    // `count` pointers at `at`, each to what holds `below` buckets.
    void nested(VAddr at, std::uint64_t count, std::uint64_t below) {
        const std::uint64_t per_page = reader_.dump().page_size() / 8;
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!budget_.spend()) return stop(walk, {Reason::budget, hex(at)});
            auto inner = reader_.memory().pointer(at + i * 8);
            if (!inner) return stop(walk, inner.error());
            if (inner->is_null()) continue;  // allocated when it is first needed
            if (below > per_page)
                nested(*inner, per_page, below / per_page);
            else
                chains(*inner, below);
        }
    }

    void chains(VAddr buckets, std::uint64_t count) {
        std::array<std::uint8_t, kBucketsPerStep * 8> block;
        for (std::uint64_t done = 0; done < count; done += kBucketsPerStep) {
            if (!budget_.spend()) return stop(walk, {Reason::budget, hex(buckets + done * 8)});
            std::uint64_t here = std::min<std::uint64_t>(kBucketsPerStep, count - done);
            auto bytes = std::span(block).first(here * 8);
            if (auto read = reader_.memory().read(buckets + done * 8, bytes); !read) {
                stop(walk, read.error());
                continue;
            }
            for (std::uint64_t i = 0; i < here; ++i)
                chain(*Bytes(bytes).get<std::uint64_t>(i * 8), buckets + (done + i) * 8);
        }
    }

    void chain(std::uint64_t head, VAddr bucket) {
        if (locked_) head &= ~std::uint64_t{1};
        if (locked_ && VAddr{head} == bucket) return;  // empty, as an unlocking CPU writes it
        for (VAddr at{head}; !at.is_null() && (at.value & 1) == 0;) {
            if (!object(at)) return;
            if (duplicates_ && !rest_of_key(at)) return;
            auto next = reader_.memory().pointer(at + next_);
            if (!next) return stop(walk, next.error());
            at = *next;
        }
    }

    // The objects with the same key as the one at `first`, which are in no chain themselves.
    bool rest_of_key(VAddr first) {
        auto at = reader_.memory().pointer(first + more_);
        for (; at && !at->is_null(); at = reader_.memory().pointer(*at + more_))
            if (!object(*at)) return false;
        if (!at) stop(walk, at.error());
        return at.has_value();
    }

    bool object(VAddr node) {
        if (!budget_.spend()) {
            stop(walk, {Reason::budget, hex(node)});
            return false;
        }
        if (auto present = reader_.memory().pointer(node + next_); !present) {
            stop(walk, present.error());
            return false;
        }
        if (!seen_.insert(node).second) {
            stop(walk, {Reason::corrupt, hex(node) + " stands twice in the table"});
            return false;
        }
        walk.objects.push_back(reader_.object(type_, node - place_));
        return true;
    }

    const Reader& reader_;
    std::string_view type_;
    Budget& budget_;
    std::uint64_t place_ = 0, next_ = 0, more_ = 0;
    bool duplicates_ = false, locked_ = false;
    std::unordered_set<VAddr> seen_;
};

}  // namespace

Walk rhashtable(const Object& table, std::string_view type, std::string_view node, Budget& budget) {
    HashWalk hash(table.reader(), type, budget);
    if (!hash.prepare(node)) return std::move(hash.walk);
    // What is destroyed keeps its pointer to buckets that were freed.
    auto count = table.number(table.first_of({"nelems.counter", "ht.nelems.counter"}));
    if (count && *count == 0) return std::move(hash.walk);
    auto at = table.follow(table.first_of({"tbl", "ht.tbl"}));
    if (!at && at.error().reason == Reason::null) return std::move(hash.walk);  // not initialised
    for (unsigned tables = 0; at && tables < kMostTables; ++tables) {
        hash.table(*at);
        at = at->follow("future_tbl");
    }
    if (at)
        stop(hash.walk, {Reason::corrupt, "more than " + std::to_string(kMostTables) + " tables"});
    else if (at.error().reason != Reason::null)
        stop(hash.walk, at.error());
    return std::move(hash.walk);
}

}  // namespace nfstriage::kernel
