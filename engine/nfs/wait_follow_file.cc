// Files: folios, requests, commits and direct I/O to the RPCs that carry them (fs/nfs/write.c,
// read.c, pagelist.c, direct.c), writeback to the thread that does it (fs/fs-writeback.c).
#include <algorithm>
#include <array>

#include "nfs/wait_follow.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// Functions of NFS that are called with a folio that their caller has locked.
struct LockedBy {
    std::string_view function;
    unsigned argument;
};
constexpr std::array kLockedBy{
    LockedBy{"nfs_wb_page", 1},          LockedBy{"nfs_wb_folio", 1},
    LockedBy{"nfs_updatepage", 1},       LockedBy{"nfs_update_folio", 1},
    LockedBy{"nfs_writepage_locked", 0}, LockedBy{"nfs_launder_page", 0},
    LockedBy{"nfs_launder_folio", 0},    LockedBy{"nfs_invalidate_page", 0},
    LockedBy{"nfs_invalidate_folio", 0}, LockedBy{"nfs_release_page", 0},
    LockedBy{"nfs_release_folio", 0},    LockedBy{"nfs_readpage", 1},
    LockedBy{"nfs_read_folio", 1},       LockedBy{"nfs_flush_incompatible", 1},
};

}  // namespace

std::string WaitFollower::name_of_folio(VAddr folio) {
    Object object = roots_.reader.object("struct page", folio);
    if (roots_.reader.describes("struct folio")) object = object.as("struct folio");
    auto mapping = object.pointer("mapping");
    auto index = object.number("index");
    if (!mapping || mapping->is_null() || (mapping->value & 7) != 0) return "";
    auto inode = roots_.reader.object("struct address_space", *mapping).follow("host");
    if (!inode) return "";
    auto path = paths_.of_inode(*inode);
    std::string text = index ? "page " + std::to_string(*index) + " of " : "a page of ";
    if (path) return text + *path;
    auto number = inode->number("i_ino");
    return number ? text + "inode " + std::to_string(*number) : "";
}

void WaitFollower::expand_folio(std::size_t node, VAddr folio) {
    std::vector<VAddr> tasks;
    for (const NfsPage* page : index_.pages_of_folio(folio))
        if (page->task && !page->task->is_null()) tasks.push_back(*page->task);
    to_rpc_tasks(node, tasks, "carried by");
    if (!graph_.edges(node).empty()) return;
    for (const LockedBy& known : kLockedBy)
        for (const Sleeper* sleeper : index_.inside(known.function)) {
            auto argument = argument_of(*sleeper, known.function, known.argument, "struct page *");
            if (argument && *argument->value == folio.value)
                to_task(node, sleeper->task.address, "locked by", argument->trust);
        }
    if (graph_.edges(node).empty()) graph_.node(node).what = nothing_carries();
}

// Where not all requests could be found, that none was says little.
std::string WaitFollower::nothing_carries() const {
    bool is_complete = index_.areas().writeback.nfs_pages.complete && index_.rpc_tasks().complete;
    return is_complete ? "is carried by no RPC that was found"
                       : "is carried by none of the RPCs that could be read";
}

void WaitFollower::expand_request(std::size_t node, VAddr request) {
    const NfsPage* page = index_.page(request);
    if (page == nullptr) {
        graph_.node(node).what = "is not among the requests that were found";
    } else if (page->task && !page->task->is_null()) {
        to_rpc_tasks(node, {*page->task}, "carried by");
    } else if (page->folio && !page->folio->is_null()) {
        std::size_t to = graph_.add(
            {NodeKind::object, "struct page", *page->folio, name_of_folio(*page->folio), ""});
        graph_.connect(node, {to, "of", Trust::registers});
    }
}

void WaitFollower::expand_commit(std::size_t node, VAddr nfs_inode) {
    std::vector<VAddr> tasks;
    for (const NfsPage* page : index_.pages_of_inode(nfs_inode))
        if (page->in_commit.is(true) && page->task && !page->task->is_null())
            tasks.push_back(*page->task);
    auto vfs_inode = roots_.reader.object("struct nfs_inode", nfs_inode).address_of("vfs_inode");
    for (const RpcTask& task : index_.rpc_tasks().items) {
        if (!task.ops.is("nfs_commit_ops") || !task.calldata || task.calldata->is_null()) continue;
        auto inode =
            roots_.reader.object("struct nfs_commit_data", *task.calldata).pointer("inode");
        if (inode && vfs_inode && *inode == *vfs_inode) tasks.push_back(task.address);
    }
    to_rpc_tasks(node, tasks, "committed by");
    if (graph_.edges(node).empty()) graph_.node(node).what = nothing_carries();
}

void WaitFollower::expand_direct(std::size_t node, const Object& request) {
    std::vector<VAddr> tasks;
    for (const RpcTask& task : index_.rpc_tasks().items) {
        if (!task.calldata || task.calldata->is_null()) continue;
        bool is_io = task.ops.is("nfs_pgio_common_ops"), is_commit = task.ops.is("nfs_commit_ops");
        if (!is_io && !is_commit) continue;
        auto dreq =
            roots_.reader
                .object(is_io ? "struct nfs_pgio_header" : "struct nfs_commit_data", *task.calldata)
                .pointer("dreq");
        if (dreq && *dreq == request.address()) tasks.push_back(task.address);
    }
    to_rpc_tasks(node, tasks, "carried by");
    if (graph_.edges(node).empty()) graph_.node(node).what = nothing_carries();
}

void WaitFollower::expand_super_block(std::size_t node, const Object& super_block) {
    to_tasks_inside(node, {"writeback_sb_inodes", "__writeback_inodes_wb"}, "struct super_block",
                    super_block.address(), "written back by");
    if (graph_.edges(node).empty()) {
        for (const Sleeper* sleeper : index_.inside("__writeback_single_inode")) {
            auto inode = argument_of(*sleeper, "__writeback_single_inode", 0, "struct inode *");
            if (!inode) continue;
            auto of = roots_.reader.object("struct inode", VAddr{*inode->value}).pointer("i_sb");
            if (of && *of == super_block.address())
                to_task(node, sleeper->task.address, "written back by", inode->trust);
        }
    }
    if (!graph_.edges(node).empty()) return;
    graph_.node(node).what = "is written back by no thread that was found";
    // One that was not understood may do it, and wait in NFS.
    const auto& inside = index_.inside("writeback_sb_inodes");
    bool all_known =
        index_.sleepers().complete &&
        std::all_of(index_.sleepers().items.begin(), index_.sleepers().items.end(),
                    is_known_whole) &&
        std::all_of(inside.begin(), inside.end(), [](const Sleeper* sleeper) {
            return argument_of(*sleeper, "writeback_sb_inodes", 0, "struct super_block *")
                .has_value();
        });
    if (!all_known) break_off(node, "may be written back by a thread that could not be followed");
}

void WaitFollower::expand_io_counter(std::size_t node, VAddr lock_context) {
    std::vector<VAddr> tasks;
    for (const NfsPage& page : index_.areas().writeback.nfs_pages.items)
        if (page.lock_context.is(lock_context) && page.task && !page.task->is_null())
            tasks.push_back(*page.task);
    to_rpc_tasks(node, tasks, "whose I/O is carried by");
}

void WaitFollower::expand_rpc_client(std::size_t node, VAddr clnt) {
    std::vector<VAddr> tasks;
    for (const RpcTask& task : index_.rpc_tasks().items)
        if (task.clnt.is(clnt)) tasks.push_back(task.address);
    to_rpc_tasks(node, tasks, "whose calls are");
}

}  // namespace nfstriage::nfs
