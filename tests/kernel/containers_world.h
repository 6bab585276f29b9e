// Types of the kernel's containers and of something that hangs in them, over made-up memory.
#pragma once

#include <memory>

#include "fakes/btf_writer.h"
#include "fakes/dump.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "kernel/object.h"
#include "layout/btf_types.h"

namespace nfstriage::test {

// struct item: node (list_head), hnode, blnode, nnode, rb, rhash and rhlist at 16, llnode at 32,
// following at 40. `locked_buckets`: as of v5.2.
inline std::unique_ptr<layout::BtfTypes> container_types(bool locked_buckets = true) {
    fakes::BtfWriter w;
    auto u64 = w.integer("unsigned long", 8);
    auto pointer = w.pointer(0);
    auto two = [&](const char* name, const char* first, const char* second) {
        return w.structure(name, 16, {{first, pointer, 0}, {second, pointer, 64}});
    };
    auto one = [&](const char* name, const char* member) {
        return w.structure(name, 8, {{member, pointer, 0}});
    };
    auto list = two("list_head", "next", "prev");
    auto hnode = two("hlist_node", "next", "pprev");
    auto blnode = two("hlist_bl_node", "next", "pprev");
    auto nnode = two("hlist_nulls_node", "next", "pprev");
    auto llnode = one("llist_node", "next");
    for (const char* head : {"hlist_head", "hlist_bl_head", "hlist_nulls_head", "llist_head"})
        one(head, "first");
    auto rb = w.structure(
        "rb_node", 24,
        {{"__rb_parent_color", u64, 0}, {"rb_right", pointer, 64}, {"rb_left", pointer, 128}});
    auto rb_root = one("rb_root", "rb_node");
    w.structure("rb_root_cached", 16, {{"rb_root", rb_root, 0}, {"rb_leftmost", pointer, 64}});
    auto u8 = w.integer("unsigned char", 1), u32 = w.integer("unsigned int", 4);
    auto slots = w.array(pointer, u32, 64);
    for (const char* node : {"xa_node", "radix_tree_node"})
        w.structure(
            node, 576,
            {{"shift", u8, 0}, {"offset", u8, 8}, {"parent", pointer, 64}, {"slots", slots, 192}});
    auto xarray = w.structure("xarray", 16, {{"xa_flags", u32, 32}, {"xa_head", pointer, 64}});
    w.structure("radix_tree_root", 16, {{"gfp_mask", u32, 32}, {"rnode", pointer, 64}});
    w.structure("idr", 24, {{"idr_rt", xarray, 0}, {"idr_base", u32, 128}, {"idr_next", u32, 160}});
    auto rhash = one("rhash_head", "next");
    auto rhlist = w.structure("rhlist_head", 16, {{"rhead", rhash, 0}, {"next", pointer, 64}});
    auto lock_head = w.structure("rhash_lock_head", 0, {});
    auto buckets = w.array(w.pointer(locked_buckets ? lock_head : rhash), u32, 0);
    auto table_pointer = w.pointer(w.next_id() + 1);
    w.structure("bucket_table", 32,
                {{"size", u32, 0},
                 {"nest", u32, 32},
                 {"future_tbl", table_pointer, 64},
                 {"buckets", buckets, 128}});
    auto counter = w.structure("atomic", 4, {{"counter", u32, 0}});
    auto rhashtable =
        w.structure("rhashtable", 16, {{"tbl", table_pointer, 0}, {"nelems", counter, 64}});
    w.structure("rhltable", 16, {{"ht", rhashtable, 0}});
    w.structure("item", 64,
                {{"node", list, 128},
                 {"hnode", hnode, 128},
                 {"blnode", blnode, 128},
                 {"nnode", nnode, 128},
                 {"rb", rb, 128},
                 {"rhash", rhash, 128},
                 {"rhlist", rhlist, 128},
                 {"llnode", llnode, 256},
                 {"following", pointer, 320}});
    w.structure("owner", 24, {{"items", list, 64}});
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

// A dump that is made of the pages a test puts there.
class PagesDump : public fakes::FakeDump {
public:
    fakes::FakePages pages;
    const dump::Memory& memory() const override { return pages; }
};

struct ContainerWorld {
    explicit ContainerWorld(bool locked_buckets = true) : types(container_types(locked_buckets)) {}

    PagesDump dump;
    fakes::FakePages& pages = dump.pages;
    fakes::FakeSymbols symbols;
    std::unique_ptr<layout::BtfTypes> types;
    kernel::Reader reader{dump, *types, symbols};
};

}  // namespace nfstriage::test
